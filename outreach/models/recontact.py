"""Samples of verified registrations whose workers are called again by somebody who knows nothing
of the kader: what was drawn from what, and what each call brought."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.models.campaigns import Campaign
from outreach.models.constraints import ChoiceField
from outreach.models.people import Office, User
from outreach.models.registrations import Registration


class RecontactSample(models.Model):
    """A draw, which never changes: of registrations of these days that campaigns of an office and
    its branches, or one campaign, are credited with. `seed` and the strata say how it came about
    (outreach.recontact.drawing)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    size = models.PositiveIntegerField()
    seed = models.CharField(max_length=32)
    drawn = models.PositiveIntegerField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_reason = models.CharField(max_length=500)


class RecontactStratum(models.Model):
    """A kader's registrations that could be drawn, those with doubts or those without, and how many
    could not as there is no phone number."""

    sample = models.ForeignKey(RecontactSample, models.PROTECT, related_name="strata")
    kader = models.ForeignKey(User, models.PROTECT, related_name="+")
    is_flagged = models.BooleanField()
    frame = ArrayField(models.UUIDField())
    without_phone = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "kader", "is_flagged"], name="outreach_recontactstratum_once"
            ),
        ]


class RecontactCase(models.Model):
    """Somebody to be called. `caller` was shown last who it is, and has the case for oneself until
    `held_until`; `outcome` is that of the last call."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed"
        DENIED = "denied"
        NOT_REACHED = "not_reached"
        WRONG_NUMBER = "wrong_number"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    sample = models.ForeignKey(
        RecontactSample, models.PROTECT, db_index=False, related_name="cases"
    )
    stratum = models.ForeignKey(RecontactStratum, models.PROTECT, related_name="cases")
    place = models.PositiveIntegerField()
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="recontact_cases")
    caller = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    held_until = models.DateTimeField(null=True)
    outcome = ChoiceField(choices=Outcome, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "place"], name="outreach_recontactcase_place"
            ),
        ]


class RecontactCall(models.Model):
    """What a call brought; only ever added to, under the caller's id of it."""

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(RecontactCase, models.PROTECT, related_name="calls")
    outcome = ChoiceField(choices=RecontactCase.Outcome)
    note = models.CharField(max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
