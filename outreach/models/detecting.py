"""What detectors go by, what they found about a kader's month, and how far they have looked."""

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField
from outreach.models.people import Office, User
from outreach.models.registrations import Registration


class DetectorRule(models.Model):
    """A detector's thresholds from a day on, until the next ones (outreach.detecting.rules)."""

    class Detector(models.TextChoices):
        TRAVEL = "travel"
        BURST = "burst"
        SAME_PLACE = "same_place"
        SHARED_PHONE = "shared_phone"
        MONTH_END = "month_end"
        BUNCHING = "bunching"

    detector = ChoiceField(choices=Detector)
    effective_from = models.DateField()
    thresholds = models.JSONField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detector", "effective_from"], name="outreach_detectorrule_from"
            ),
        ]


class Remark(models.Model):
    """What was said about a doubt: an answer, or a decision; only ever added to."""

    class Kind(models.TextChoices):
        ANSWER = "answer"
        ACCEPT = "accept"
        UPHOLD = "uphold"
        REOPEN = "reopen"

    kind = ChoiceField(choices=Kind)
    text = models.CharField(max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        abstract = True


class FlagRemark(Remark):
    """What a kader answered to a flag, or a coordinator decided about it.

    Kept by the flag's code, so that it stands when the flag is taken back and raised again. A
    tablet pushes answers under ids of its own.
    """

    registration = models.ForeignKey(
        Registration, models.PROTECT, db_index=False, related_name="flag_remarks"
    )
    code = models.CharField(max_length=40)
    sent_id = models.UUIDField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["registration", "code"], name="outreach_flagremark_of_flag")
        ]


class MonthFinding(models.Model):
    """A doubt about a kader's month, or an office's: about no single worker.

    One whose ground is gone is kept, with `taken_back_at`; one that comes back is as old as it is.
    """

    kader = models.ForeignKey(User, models.PROTECT, null=True, related_name="month_findings")
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="month_findings")
    month = models.DateField()
    code = models.CharField(max_length=40)
    evidence = models.JSONField()
    raised_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kader", "office", "month", "code"],
                nulls_distinct=False,
                name="outreach_monthfinding_once",
            ),
            models.CheckConstraint(
                condition=Q(kader__isnull=True, office__isnull=False)
                | Q(kader__isnull=False, office__isnull=True),
                name="outreach_monthfinding_of_one",
            ),
        ]


class FindingRemark(Remark):
    """What was answered to a finding about a month, or decided about it."""

    finding = models.ForeignKey(MonthFinding, models.PROTECT, related_name="remarks")


class Watched(models.Model):
    """What a registration was when detectors last looked at it: an edit changes the findings about
    where it was as well."""

    registration = models.OneToOneField(
        Registration, models.CASCADE, primary_key=True, related_name="+"
    )
    kader = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    month = models.DateField()
    phone_index = models.BinaryField(null=True)

    class Meta:
        indexes = [HashIndex(fields=["phone_index"], name="outreach_watched_phone")]


class LookedAt(models.Model):
    """How far detectors have followed the change log: the newest change they looked at."""

    seq = models.BigIntegerField()
