"""What people decided about registrations, and whose data they were shown."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.models.constraints import ChoiceField
from outreach.models.people import User
from outreach.models.registrations import Registration, Revision


class Decision(models.Model):
    """What somebody decided about a registration, why, and what it was before.

    Of a decision about who is who, `registration` is the first it was asked about, and `about` what
    the decision was made on: model, score and evidence as they were shown. Of one about content,
    `about` says which: the `revision` (key) that was restored, or the `held_record` released.
    """

    class Kind(models.TextChoices):
        VERIFY = "verify"
        REJECT = "reject"
        REQUEST_CORRECTION = "request_correction"
        REASSIGN = "reassign"
        UNDO = "undo"
        SAME_PERSON = "same_person"
        DIFFERENT_PEOPLE = "different_people"
        MERGE = "merge"
        SPLIT = "split"
        RESTORE = "restore"
        RELEASE = "release"
        WITHDRAW = "withdraw"
        REFUSE = "refuse"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="decisions")
    kind = ChoiceField(choices=Kind)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    status_before = ChoiceField(choices=Registration.Status)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    about = models.JSONField(null=True)
    decided_at = models.DateTimeField()


class Disclosure(models.Model):
    """Personal data that was shown unmasked: to whom, when, why; of the current content or of a
    `revision`."""

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="disclosures")
    revision = models.ForeignKey(
        Revision, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    fields = ArrayField(models.CharField(max_length=20))
    reason = models.CharField(max_length=500)
    shown_at = models.DateTimeField()
