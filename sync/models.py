"""What the offline protocol remembers: tablets, their tokens, receipts and held records."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outreach.models import Campaign, Office, Photo, Registration, User
from outreach.models.constraints import ChoiceField


class Device(models.Model):
    """A tablet in a kader's hands.

    `installation_id` is a random id that the app made: kader who share one tablet have it in
    common. `hand_over_until`, `handed_over` (records, notes and photos) and `handed_over_at` are
    about what a tablet still holds when it, or its kader, has to go: see sync.handing_over.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        ACTIVE = "active"
        DRAIN_ONLY = "drain_only"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kader = models.ForeignKey(User, models.PROTECT, related_name="devices")
    label = models.CharField(max_length=80)
    state = ChoiceField(choices=State, default=State.PENDING)
    state_reason = models.CharField(max_length=500, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    app_version = models.CharField(max_length=40, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    enrolled_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)
    clock_skew_s = models.FloatField(null=True)
    installation_id = models.UUIDField(null=True, db_index=True)
    # Not unique: changing a unique column waits for everybody who stores something of the tablet.
    last_report = models.ForeignKey(
        "sync.DeviceReport", models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    hand_over_until = models.DateTimeField(null=True)
    handed_over = models.PositiveIntegerField(default=0, db_default=0)
    handed_over_at = models.DateTimeField(null=True)


class DeviceChange(models.Model):
    """That somebody let a tablet work, drained or revoked it, and why.

    `hands_over`: a revoked one may still hand over what it holds.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="changes")
    state = ChoiceField(choices=Device.State)
    hands_over = models.BooleanField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    changed_at = models.DateTimeField()


class DeviceReport(models.Model):
    """What a tablet said of itself, the newest few of each tablet."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="reports")
    received_at = models.DateTimeField()
    clock_skew_s = models.FloatField()
    unsynced_registrations = models.PositiveIntegerField()
    unsynced_photos = models.PositiveIntegerField()
    oldest_unsynced_at = models.DateTimeField(null=True)
    storage_free_bytes = models.BigIntegerField(null=True)
    storage_persistent = models.BooleanField(null=True)


class ClientRule(models.Model):
    """Which versions of a client are deprecated since when, and which end when."""

    client = models.CharField(max_length=40, primary_key=True)
    soft_minimum = models.CharField(max_length=40)
    soft_since = models.DateTimeField()
    hard_minimum = models.CharField(max_length=40, null=True)
    hard_since = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()


class EnrolmentCode(models.Model):
    """A single-use code for one tablet, its newest; only the hash is kept."""

    device = models.OneToOneField(Device, models.CASCADE, related_name="enrolment")
    code_hash = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class HintFilter(models.Model):
    """The duplicate hints of an office's territory, as tablets of the office are given them.

    None without a row, and none while it is off. `key_number` counts the keys there were;
    `content` is packed tags (outreach.hinting), `version` counts its changes, of which the last
    was found at `made_at`.
    """

    office = models.OneToOneField(Office, models.PROTECT, primary_key=True, related_name="+")
    is_on = models.BooleanField()
    reason = models.CharField(max_length=500)
    switched_at = models.DateTimeField()
    key_number = models.PositiveIntegerField(default=1)
    capacity_bits = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    content = models.BinaryField(null=True)
    made_at = models.DateTimeField(null=True)


class HintHolding(models.Model):
    """Which hints a tablet was given last: what a thief of it may hold."""

    device = models.OneToOneField(Device, models.PROTECT, primary_key=True, related_name="hints")
    office = models.ForeignKey(Office, models.PROTECT, db_index=False, related_name="+")
    version = models.PositiveIntegerField()
    given_at = models.DateTimeField()


class TokenFamily(models.Model):
    """Refresh tokens that descend from one log-in, numbered by generation.

    `generation` is the newest token that was used. It and its successor are good, so an answer
    that gets lost locks nobody out; an older one is a stolen one and ends the family.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, null=True, related_name="+")
    generation = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Delivery(models.Model):
    """A batch that brought something new: who sent it, with what, and how its clock stood."""

    batch_id = models.UUIDField()
    kader = models.ForeignKey(User, models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="deliveries")
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_skew_s = models.FloatField()


class Receipt(models.Model):
    """The verdict on one content of one record, given once and kept as long as the record."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"
        REVIEW = "review"
        DUPLICATE = "duplicate"
        REJECTED = "rejected"
        CONFLICT = "conflict"

    pk = models.CompositePrimaryKey("record_id", "digest")
    record_id = models.UUIDField()
    digest = models.BinaryField()
    outcome = ChoiceField(choices=Outcome)
    revision = models.PositiveIntegerField(null=True)
    delivery = models.ForeignKey(Delivery, models.PROTECT, db_index=False, related_name="receipts")


class HeldRecord(models.Model):
    """A record that could not become a registration: kept as sent, sealed, with its problems.

    `campaign` is the one it names, if there is such. `decision` is the one that its state follows
    from, none if nobody decided; `registration` what it became when a coordinator released it.
    """

    class State(models.TextChoices):
        HELD = "held"
        RELEASED = "released"
        DISMISSED = "dismissed"

    record_id = models.UUIDField()
    digest = models.BinaryField()
    content = models.BinaryField()
    problems = models.JSONField()
    state = ChoiceField(choices=State, default=State.HELD)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    kader = models.ForeignKey(User, models.PROTECT, related_name="held_records")
    device = models.ForeignKey(Device, models.PROTECT, null=True, db_index=False, related_name="+")
    clock_skew_s = models.FloatField()
    received_at = models.DateTimeField()
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decision = models.ForeignKey(
        "HeldDecision", models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_id", "digest"], name="sync_heldrecord_once"),
        ]
        indexes = [
            models.Index(fields=["state", "received_at", "id"], name="sync_heldrecord_queue"),
        ]


class HeldDecision(models.Model):
    """What somebody decided about a held record, looking at one version of it, and why."""

    class Kind(models.TextChoices):
        RELEASE = "release"
        DISMISS = "dismiss"
        REOPEN = "reopen"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    held = models.ForeignKey(HeldRecord, models.PROTECT, related_name="decisions")
    kind = ChoiceField(choices=Kind)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    decided_at = models.DateTimeField()


class HeldDisclosure(models.Model):
    """Personal data of a held record that was shown unmasked: to whom, when, why."""

    held = models.ForeignKey(HeldRecord, models.PROTECT, related_name="disclosures")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    fields = ArrayField(models.CharField(max_length=20))
    reason = models.CharField(max_length=500)
    shown_at = models.DateTimeField()


class Upload(models.Model):
    """A photo on its way, by tus: what is to come, and how much of it is here.

    Its bytes are in UploadPiece until it is complete; then it stays for a while so that a tablet
    whose answer got lost finds it complete.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kader = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="+")
    registration = models.UUIDField()
    kind = ChoiceField(choices=Photo.Kind)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    pieces = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(received__lte=F("size")), name="sync_upload_within_size"
            ),
        ]
        indexes = [
            models.Index(fields=["kader", "created_at"], name="sync_upload_of_kader"),
            models.Index(fields=["expires_at"], name="sync_upload_expiry"),
        ]


class UploadPiece(models.Model):
    """Bytes of an upload from `start` on."""

    upload = models.ForeignKey(Upload, models.CASCADE, db_index=False, related_name="+")
    start = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "start"], name="sync_uploadpiece_once"),
        ]


class WrongCodes(models.Model):
    """How many enrolment codes from one address were wrong since `since`."""

    address = models.CharField(max_length=45, primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()
