"""What tablets note beside registrations: leads, and how many attended a session."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outreach.models.campaigns import Campaign, CampaignTarget, Stop
from outreach.models.constraints import ChoiceField
from outreach.models.people import User
from outreach.models.places import Region
from outreach.models.registrations import Registration


class Note(models.Model):
    """What both have in common. `doubts` maps codes of outreach.flags to their evidence."""

    id = models.UUIDField(primary_key=True)
    revision = models.PositiveIntegerField()
    digest = models.BinaryField()
    campaign = models.ForeignKey(Campaign, models.PROTECT, db_index=False, related_name="+")
    stop = models.ForeignKey(
        Stop, models.PROTECT, null=True, db_index=False, related_name="%(class)s_notes"
    )
    kader = models.ForeignKey(User, models.PROTECT, related_name="+")
    captured_at = models.DateTimeField()
    captured_offset_min = models.SmallIntegerField()
    received_at = models.DateTimeField()
    clock_skew_s = models.FloatField()
    local_day = models.DateField()
    notes = models.CharField(max_length=1000)
    doubts = models.JSONField()
    extra = models.JSONField(null=True)

    class Meta:
        abstract = True


class Lead(Note):
    """Somebody to come back to: not registered here, or not yet. The phone number is sealed.

    `phone_key` is the key under which outreach.matching finds registrations with that number.
    `follow_up_on` is the day on which the kader said to come back.
    `state` follows from the newest LeadEvent. Of an erased one nothing is left that says who it
    was.
    """

    class State(models.TextChoices):
        NEW = "new"
        CONTACTED = "contacted"
        INTERESTED = "interested"
        NOT_INTERESTED = "not_interested"
        REGISTERED = "registered"
        LOST = "lost"

    class ConsentBasis(models.TextChoices):
        SIGNED = "signed"
        RECORDED = "recorded"
        TICKED = "ticked"
        SPOKEN = "spoken"
        BUSINESS_CONTACT = "business_contact"

    segment = ChoiceField(choices=CampaignTarget.Segment)
    state = ChoiceField(choices=State, default=State.NEW)
    full_name = models.CharField(max_length=120)
    phone = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    phone_key = models.BigIntegerField(null=True)
    employer = models.CharField(max_length=200)
    village_code = models.CharField(max_length=13, null=True)
    village = models.ForeignKey(Region, models.PROTECT, null=True, db_index=False, related_name="+")
    consent_basis = ChoiceField(choices=ConsentBasis)
    consent_notice = models.CharField(max_length=20, null=True)
    consent_at = models.DateTimeField()
    registration = models.ForeignKey(Registration, models.PROTECT, null=True, related_name="leads")
    follow_up_on = models.DateField(null=True)
    followed_up_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "state"], name="outreach_lead_of_campaign"),
            models.Index(fields=["received_at", "id"], name="outreach_lead_recent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(full_name="", phone__isnull=True),
                name="outreach_lead_erased_whole",
            ),
        ]


class Attendance(Note):
    """How many came to a session, as one kader counted; no names are taken.

    The parts by segment and the officials are among those who came.
    """

    session = models.CharField(max_length=120)
    female = models.PositiveIntegerField()
    male = models.PositiveIntegerField()
    sex_unknown = models.PositiveIntegerField()
    bpu = models.PositiveIntegerField()
    pu = models.PositiveIntegerField()
    jakon = models.PositiveIntegerField()
    pmi = models.PositiveIntegerField()
    officials = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "local_day"], name="outreach_attendance_of_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(officials__lte=F("female") + F("male") + F("sex_unknown"))
                & Q(
                    bpu__lte=F("female")
                    + F("male")
                    + F("sex_unknown")
                    - F("pu")
                    - F("jakon")
                    - F("pmi")
                ),
                name="outreach_attendance_parts",
            ),
        ]


class NoteVersion(models.Model):
    """One content of a note as a tablet sent it, sealed, with the verdict that it has for ever.

    It is receipt, held copy and past revision at once. `revision` is the one it became, if any;
    a `faulty` one made the server fail and has no verdict yet. `decision` is a coordinator's last
    one about what was held; `stored_as` the note that it then became, if under another id. Where
    the note was erased there is no content any more.
    """

    class Kind(models.TextChoices):
        LEAD = "lead"
        ATTENDANCE = "attendance"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        CONFLICT = "conflict"
        FAULTY = "faulty"

    pk = models.CompositePrimaryKey("kind", "record_id", "digest")
    kind = ChoiceField(choices=Kind)
    record_id = models.UUIDField()
    digest = models.BinaryField()
    outcome = ChoiceField(choices=Outcome)
    revision = models.PositiveIntegerField(null=True)
    problems = models.JSONField()
    content = models.BinaryField(null=True)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    kader = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    enrolled = models.BooleanField()
    clock_skew_s = models.FloatField()
    received_at = models.DateTimeField()
    decision = models.ForeignKey(
        "NoteDecision", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    stored_as = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"],
                name="outreach_noteversion_held",
                condition=Q(outcome__in=["rejected", "faulty"]),
            ),
        ]


class NoteDecision(models.Model):
    """What somebody decided about contents of a note that could not be stored, and why."""

    class Kind(models.TextChoices):
        RELEASE = "release"
        DISMISS = "dismiss"
        REOPEN = "reopen"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = ChoiceField(choices=Kind)
    note_kind = ChoiceField(choices=NoteVersion.Kind)
    record_id = models.UUIDField()
    kader = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    actor = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    reason = models.CharField(max_length=500)
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["record_id"], name="outreach_notedecision_of_note")]


class LeadEvent(models.Model):
    """What somebody did about a lead: came back to it, linked it to a registration, took that
    back, erased it."""

    class Kind(models.TextChoices):
        FOLLOW_UP = "follow_up"
        LINK = "link"
        UNLINK = "unlink"
        ERASE = "erase"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="events")
    kind = ChoiceField(choices=Kind)
    actor = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    reason = models.CharField(max_length=500)
    state_before = ChoiceField(choices=Lead.State)
    state = ChoiceField(choices=Lead.State)
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    happened_at = models.DateTimeField()


class LeadDisclosure(models.Model):
    """Personal data of a lead that was shown unmasked: to whom, when, why."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="disclosures")
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    fields = ArrayField(models.CharField(max_length=20))
    reason = models.CharField(max_length=500)
    shown_at = models.DateTimeField()


class LeadRetention(models.Model):
    """For how many days what says who a lead is may be kept since the last follow-up.

    The newest rule in force holds for all leads, also those of before it.
    """

    effective_from = models.DateField(primary_key=True)
    days = models.PositiveIntegerField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1), name="outreach_leadretention_days"),
        ]
