"""Which keys the data was written with."""

from django.db import models


class KeyMark(models.Model):
    """A keyed hash by which a key of a ring is known again; it tells nothing about the key."""

    ring = models.CharField(max_length=20)
    key_id = models.CharField(max_length=32)
    mark = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ring", "key_id"], name="outreach_keymark_once"),
        ]
