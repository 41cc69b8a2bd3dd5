"""Spreadsheets that offices send: what was in them, what is wrong with it, what became of it."""

import uuid

from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField
from outreach.models.people import Office, User


class Import(models.Model):
    """A file of one kind (outreach.imports.kinds) that an office sent, once.

    `columns` has the file's headings with the column each was taken for, `refusal` why it could not
    be read at all or what we failed to do with it, `report` what confirming it did, `undo_report`
    what undoing it did and left. Of an administrator there is no office. What was undone can be
    sent again, as another import.
    """

    class State(models.TextChoices):
        READING = "reading"
        REFUSED = "refused"
        READY = "ready"
        CONFIRMING = "confirming"
        CONFIRMED = "confirmed"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=40)
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    state = ChoiceField(choices=State)
    columns = models.JSONField(default=list)
    refusal = models.JSONField(null=True)
    row_count = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    erased_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undo_reason = models.CharField(max_length=500, null=True)
    undo_report = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "office", "sha256"],
                condition=~Q(state="undone"),
                name="outreach_import_counts_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=Q(erased_at__isnull=True),
                name="outreach_import_unerased",
            ),
        ]


class ImportedFile(models.Model):
    """The bytes of a file that was not read yet, sealed; gone once it was."""

    of_import = models.OneToOneField(
        Import, models.CASCADE, primary_key=True, related_name="content"
    )
    content = models.BinaryField()


class ImportRow(models.Model):
    """A row of a file as it was read, sealed; `number` is the row's in the file.

    `findings` lists what is wrong with it or worth knowing: column, code, level and what belongs
    into the sentence. Nothing in them is personal data.
    """

    class Worst(models.TextChoices):
        NONE = "none"
        WARNING = "warning"
        PROBLEM = "problem"

    of_import = models.ForeignKey(Import, models.CASCADE, db_index=False, related_name="rows")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    findings = models.JSONField(default=list)
    worst = ChoiceField(choices=Worst)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of_import", "number"], name="outreach_importrow_once"),
        ]
        indexes = [
            models.Index(
                fields=["of_import", "worst", "number"],
                condition=~Q(worst="none"),
                name="outreach_importrow_found",
            ),
        ]
