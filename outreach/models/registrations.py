"""People, their registrations, and contents and places that these had before."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from outreach.models.campaigns import Campaign, Stop
from outreach.models.constraints import ChoiceField, within
from outreach.models.name_words import NameWords
from outreach.models.people import User
from outreach.models.places import Region


class Occupation(models.Model):
    """An occupation of the shipped list; transport ones have their own contribution relief."""

    code = models.CharField(max_length=40, primary_key=True)
    name_id = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    is_transport = models.BooleanField(default=False)


class ConsentNotice(models.Model):
    """The text a worker agreed to, by version."""

    version = models.CharField(max_length=20, primary_key=True)
    text_id = models.TextField()
    text_en = models.TextField()
    valid_from = models.DateField()


class Person(models.Model):
    """A worker, counted once, however many registrations point here.

    Which registrations are one person is settled by outreach.matching. `credited`, `state`,
    `village` and `month` follow from the person's registrations (outreach.attribution.standing_of)
    and are what tallies count; the database holds the village to the list where it is declared, at
    the registration.

    `founder` is the registration that the id was made from: the first to arrive of those that the
    person had in the beginning. Where it is somebody else's by now, the person has become that one.
    """

    class State(models.TextChoices):
        NONE = "none"
        PROVISIONAL = "provisional"
        VERIFIED = "verified"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    credited = models.ForeignKey(
        "outreach.Registration", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    founder = models.ForeignKey(
        "outreach.Registration", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    state = ChoiceField(choices=State)
    village = models.ForeignKey(
        Region, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    month = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Who counts where they live: read for a whole regency without the rows.
            models.Index(
                fields=["village"],
                include=["id", "state", "month", "credited"],
                condition=~Q(state="none"),
                name="outreach_person_living",
            ),
            # Of those who bear a common name the newest are shown first.
            models.Index(fields=["created_at", "id"], name="outreach_person_newest"),
        ]


class Registration(models.Model):
    """One captured sign-up, as sent, never merged away. Sealed columns: see outreach.sealing.

    `quote` is what the content would cost (outreach.contributions.quoting.Quote) by the rules that
    were known when it came in.
    """

    class Status(models.TextChoices):
        SUBMITTED = "submitted"
        FLAGGED = "flagged"
        DUPLICATE = "duplicate"
        CONFLICT = "conflict"
        NEEDS_CORRECTION = "needs_correction"
        VERIFIED = "verified"
        HANDED_OFF = "handed_off"
        AWAITING_PAYMENT = "awaiting_payment"
        ACTIVE = "active"
        LAPSED = "lapsed"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    class Sex(models.TextChoices):
        FEMALE = "female"
        MALE = "male"

    class Payer(models.TextChoices):
        SELF = "self"
        SPONSOR = "sponsor"
        VILLAGE = "village"
        LOCAL_BUDGET = "local_budget"
        NATIONAL_BUDGET = "national_budget"

    class MembershipKind(models.TextChoices):
        NEW = "new"
        REACTIVATION = "reactivation"
        SECOND_JOB = "second_job"
        UNKNOWN = "unknown"

    class AccuracyKind(models.TextChoices):
        P68 = "p68"
        P95 = "p95"
        UNKNOWN = "unknown"

    class ConsentMethod(models.TextChoices):
        SIGNED = "signed"
        RECORDED = "recorded"
        TICKED = "ticked"

    class EventReason(models.TextChoices):
        """Why the event village is what it is, or why there is none."""

        CERTAIN = "certain"
        AMBIGUOUS = "ambiguous"
        OUTSIDE = "outside"
        TOO_COARSE = "too_coarse"
        NO_FIX = "no_fix"
        NO_BOUNDARIES = "no_boundaries"

    id = models.UUIDField(primary_key=True)
    revision = models.PositiveIntegerField()
    digest = models.BinaryField()
    status = ChoiceField(choices=Status)
    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="registrations")
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, db_index=False, related_name="registrations"
    )
    stop = models.ForeignKey(Stop, models.PROTECT, null=True, db_index=False)
    kader = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="registrations")
    decided_campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decided_stop = models.ForeignKey(
        Stop, models.PROTECT, null=True, db_index=False, related_name="+"
    )

    captured_at = models.DateTimeField()
    captured_offset_min = models.SmallIntegerField()
    received_at = models.DateTimeField()
    clock_skew_s = models.FloatField()
    corrected_at = models.DateTimeField()
    clock_trusted = models.BooleanField()
    local_day = models.DateField()

    nik = models.BinaryField(null=True)
    nik_index = models.BinaryField(null=True)
    nik_missing_reason = models.CharField(max_length=200, null=True)
    full_name = models.CharField(max_length=120)
    birth_date = models.DateField()
    sex = ChoiceField(choices=Sex)
    mother_name = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    address = models.CharField(max_length=300)
    rt = models.CharField(max_length=5)
    rw = models.CharField(max_length=5)
    postal_code = models.CharField(max_length=5)
    domicile_code = models.CharField(max_length=13)
    domicile_village = models.ForeignKey(
        Region, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    work_code = models.CharField(max_length=13, null=True)
    work_village = models.ForeignKey(
        Region, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    work_place = models.CharField(max_length=200)
    occupation_code = models.CharField(max_length=40)
    occupation = models.ForeignKey(Occupation, models.PROTECT, null=True, db_index=False)
    is_employer = models.BooleanField()
    monthly_income = models.BigIntegerField(null=True)
    programmes = ArrayField(models.CharField(max_length=3))
    months_prepaid = models.PositiveSmallIntegerField(null=True)
    payer = ChoiceField(choices=Payer, null=True)
    quote = models.JSONField(null=True)
    membership_kind = ChoiceField(choices=MembershipKind)

    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    accuracy_kind = ChoiceField(choices=AccuracyKind, null=True)
    location_provider = models.CharField(max_length=20, null=True)
    location_is_mock = models.BooleanField(null=True)
    location_fixed_at = models.DateTimeField(null=True)
    location_missing_reason = models.CharField(max_length=200, null=True)
    event_village = models.ForeignKey(
        Region, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    event_probability = models.FloatField(null=True)
    event_reason = ChoiceField(choices=EventReason, null=True)
    placement = models.JSONField(null=True)
    boundary_version = models.BigIntegerField(null=True)

    photos = models.JSONField()
    consent_notice = models.CharField(max_length=20)
    consent_method = ChoiceField(choices=ConsentMethod)
    consent_at = models.DateTimeField()
    consent_proof_sha256 = models.CharField(max_length=64, null=True)
    working_declaration = models.BooleanField()
    extra = models.JSONField(null=True)

    class Meta:
        constraints = [
            within("lat", -90, 90),
            within("lon", -180, 180),
            within("event_probability", 0, 1.000001),
            models.CheckConstraint(
                condition=Q(nik__isnull=False) | Q(nik_missing_reason__isnull=False),
                name="outreach_registration_nik_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(nik__isnull=True, nik_index__isnull=True)
                | Q(nik__isnull=False, nik_index__isnull=False),
                name="outreach_registration_nik_indexed",
            ),
            models.CheckConstraint(
                condition=Q(lat__isnull=False, lon__isnull=False)
                | Q(lat__isnull=True, lon__isnull=True, location_missing_reason__isnull=False),
                name="outreach_registration_location_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(revision__gte=1), name="outreach_registration_revision"
            ),
        ]
        indexes = [
            # Counting what campaigns brought reads no row either.
            models.Index(
                fields=["campaign", "status"],
                include=["id", "decided_campaign", "local_day", "received_at"],
                name="outreach_registration_queue",
            ),
            GinIndex(NameWords("full_name"), name="outreach_registration_named"),
            models.Index(fields=["received_at", "id"], name="outreach_registration_recent"),
            models.Index(
                fields=["received_at", "id"],
                condition=Q(status__in=["submitted", "flagged", "conflict"]),
                name="outreach_registration_waits",
            ),
            # A queue narrowed to a village or to what is above it, by the beginning of the code.
            models.Index(
                fields=["domicile_code"],
                opclasses=["varchar_pattern_ops"],
                condition=Q(status__in=["submitted", "flagged", "conflict"]),
                name="outreach_registration_waits_at",
            ),
            # Counting a regency's people reads no row, which are wide, but this.
            models.Index(
                fields=["person"],
                include=["id", "status", "campaign", "decided_campaign"],
                name="outreach_registration_own",
            ),
            # The primary key being text, a foreign key would bring a second index for LIKE.
            models.Index(fields=["domicile_village"], name="outreach_registration_home"),
            models.Index(fields=["kader", "lat", "lon"], name="outreach_registration_spot"),
            models.Index(
                fields=["decided_campaign"],
                name="outreach_registration_moved",
                condition=Q(decided_campaign__isnull=False),
            ),
        ]

    @property
    def credited_campaign_id(self) -> uuid.UUID:
        """The campaign that gets the credit: the one decided, else the one that the tablet named
        (outreach.activities.credited_campaign)."""
        return self.decided_campaign_id or self.campaign_id

    @property
    def credited_stop_id(self) -> uuid.UUID | None:
        return self.decided_stop_id if self.decided_campaign_id else self.stop_id


class Revision(models.Model):
    """Content of a registration that is not the current one: replaced, or sent too late.

    `content` is the record as sent, sealed; a null `number` marks content that never was the
    current one: it lost a conflict or, if it `was_held`, could not be stored as it was. `enrolled`
    and `clock_skew_s` are of the tablet that sent it.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(null=True)
    digest = models.BinaryField()
    content = models.BinaryField()
    was_held = models.BooleanField()
    kader = models.ForeignKey(User, models.PROTECT, related_name="+")
    enrolled = models.BooleanField()
    clock_skew_s = models.FloatField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "digest"], name="outreach_revision_once"
            ),
        ]


class PastPlacement(models.Model):
    """Where a registration was placed before the boundaries changed."""

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="past_placements")
    boundary_version = models.BigIntegerField(null=True)
    event_code = models.CharField(max_length=13, null=True)
    event_probability = models.FloatField(null=True)
    event_reason = ChoiceField(choices=Registration.EventReason, null=True)
    placement = models.JSONField(null=True)
    replaced_at = models.DateTimeField()
