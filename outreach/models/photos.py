"""Photos that arrived, and how far the change log was followed for them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField
from outreach.models.people import User


class Photo(models.Model):
    """What a kader sent under one SHA-256: fit to be shown, refused, or erased by now.

    Which registrations it belongs to follows from what they declare (Registration.photos), in
    whatever order photo and record arrive. `path` is where the sealed bytes lie in the storage
    "photos" (outreach.photos.keeping); `exif` is sealed; `dhash` is null for a photo that says too
    little to compare, and before it was developed.
    """

    class Kind(models.TextChoices):
        WORKPLACE = "workplace"
        PERSON = "person"
        ID_CARD = "id_card"
        CONSENT = "consent"

    class State(models.TextChoices):
        ARRIVED = "arrived"
        READY = "ready"
        REFUSED = "refused"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kader = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="photos")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    kind = ChoiceField(choices=Kind)
    state = ChoiceField(choices=State)
    refusal = models.CharField(max_length=20)
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    path = models.CharField(max_length=100)
    exif = models.BinaryField(null=True)
    arrived_at = models.DateTimeField()
    is_declared = models.BooleanField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_plain = models.BooleanField(default=False)
    dhash = models.BigIntegerField(null=True)
    bands = ArrayField(models.IntegerField(), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kader", "sha256"], name="outreach_photo_once"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="outreach_photo_same"),
            # What waits to be put into the index is gone through by each look-up.
            GinIndex(fields=["bands"], name="outreach_photo_near", fastupdate=False),
            models.Index(
                fields=["arrived_at"],
                condition=Q(state="arrived"),
                name="outreach_photo_undeveloped",
            ),
            models.Index(
                fields=["kader", "arrived_at"],
                condition=Q(is_declared=False),
                name="outreach_photo_early",
            ),
            models.Index(
                fields=["arrived_at"],
                condition=Q(kind="id_card", state__in=["arrived", "ready"]),
                name="outreach_photo_id_card",
            ),
        ]


class FollowedChanges(models.Model):
    """How far the change log was looked at for photos: the newest change that was."""

    seq = models.BigIntegerField()
