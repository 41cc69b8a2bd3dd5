"""What contributions are reckoned by, as it was loaded: versions, each for its months.

Months are stored by their first days. A version never changes; one that is in force until further
notice is given its last month when another one follows, a table becomes checked, and what was wrong
is withdrawn: it stays, for the quotes that name it, and is in force no more.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outreach.models.constraints import within


class ContributionLoad(models.Model):
    """A change of the rules. The newest number stands for the rules as they are."""

    source = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()


class Dated(models.Model):
    """A version that is in force for some months, both included; without a last, for good."""

    version = models.CharField(max_length=40, primary_key=True)
    first_month = models.DateField()
    last_month = models.DateField(null=True)
    source = models.CharField(max_length=500)
    load = models.ForeignKey(ContributionLoad, models.PROTECT, related_name="+")
    withdrawn_by = models.ForeignKey(ContributionLoad, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(first_month__day=1)
                & (
                    Q(last_month__isnull=True)
                    | Q(last_month__day=1, last_month__gte=F("first_month"))
                ),
                name="%(app_label)s_%(class)s_months",
            ),
        ]


class ContributionRule(Dated):
    """What the programmes cost a month: outreach.contributions.rules.Rule."""

    jkk_rate_ppm = models.PositiveIntegerField()
    jkm_amount = models.PositiveBigIntegerField()
    jht_rate_ppm = models.PositiveIntegerField()
    lowest_base = models.PositiveBigIntegerField()


class ContributionRelief(Dated):
    """What is paid less for some months: outreach.contributions.rules.Relief."""

    for_transport = models.BooleanField()
    programmes = ArrayField(models.CharField(max_length=3))
    pays_percent = models.PositiveSmallIntegerField()
    not_for_payers = ArrayField(models.CharField(max_length=20))

    class Meta(Dated.Meta):
        constraints = [*Dated.Meta.constraints, within("pays_percent", 0, 100)]


class IncomeBracketTable(Dated):
    """A table of income brackets; `checked` says by whom and against what, if it was."""

    step = models.PositiveSmallIntegerField()
    checked = models.CharField(max_length=200, null=True)


class IncomeBracket(models.Model):
    """Incomes, both bounds included, and the base that they are reckoned with."""

    table = models.ForeignKey(IncomeBracketTable, models.PROTECT, related_name="brackets")
    lowest_income = models.BigIntegerField()
    highest_income = models.BigIntegerField(null=True)
    base = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["table", "lowest_income"], name="outreach_incomebracket_once"
            ),
        ]
