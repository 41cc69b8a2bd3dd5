"""The change log that tablets pull."""

from django.db import models

from outreach.models.constraints import ChoiceField
from outreach.models.people import User


class Change(models.Model):
    """One change, numbered under a lock just before commit (outreach.changes): no gaps to miss.

    It says that something changed, not what: whoever reads it looks up how the thing is now. Of the
    rows of one thing only the newest is ever needed. No `kader`: it is of interest to all.
    """

    class Op(models.TextChoices):
        UPSERT = "upsert"
        DELETE = "delete"

    seq = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    object_id = models.CharField(max_length=40)
    op = ChoiceField(choices=Op)
    kader = models.ForeignKey(
        User, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["kader", "seq"], name="outreach_change_of_kader")]
