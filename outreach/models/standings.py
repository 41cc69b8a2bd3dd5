"""Numbers derived from registrations and decisions; `rebuild_standings` makes them anew."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outreach.models.campaigns import Campaign
from outreach.models.people import User
from outreach.models.places import Denominator, Region


class VillageTally(models.Model):
    """People credited to a village in a month (its first day): by domicile, and hosted events."""

    village = models.ForeignKey(Region, models.PROTECT, db_index=False)
    month = models.DateField()
    provisional = models.IntegerField(default=0)
    verified = models.IntegerField(default=0)
    hosted = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["village", "month"], name="outreach_villagetally_once"),
        ]


class CampaignTally(models.Model):
    """People credited to a kader on a campaign, by the month of capture (its first day)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, db_index=False)
    kader = models.ForeignKey(User, models.PROTECT, related_name="+")
    month = models.DateField()
    provisional = models.IntegerField(default=0)
    verified = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "kader", "month"], name="outreach_campaigntally_once"
            ),
        ]


class Formula(models.Model):
    """How a village's score is made, with its source, and the months in which it is made like this.

    `weights` maps coverage, gap_closed, retention and officials to their share; `z` is the width of
    the bounds. Retention looks at people who became members in `cohort_months` successive months,
    the last of them `cohort_age_months` before the period. Counts of officials are called old
    `officials_old_after_months` after their day. A draft is in force in no month.
    """

    version = models.CharField(max_length=20, primary_key=True)
    weights = models.JSONField()
    z = models.FloatField()
    smallest_denominator = models.PositiveIntegerField()
    cohort_age_months = models.PositiveSmallIntegerField(default=3, db_default=3)
    cohort_months = models.PositiveSmallIntegerField(default=12, db_default=12)
    officials_old_after_months = models.PositiveSmallIntegerField(default=12, db_default=12)
    is_draft = models.BooleanField(default=False, db_default=False)
    effective_from = models.DateField(null=True)
    effective_until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["effective_from"],
                condition=Q(is_draft=False),
                name="outreach_formula_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(is_draft=True) | Q(effective_from__isnull=False, effective_from__day=1),
                name="outreach_formula_from_a_month",
            ),
        ]


class VillageOfficials(models.Model):
    """How many of a village's officials and RT/RW heads are members, on a day, by a source.

    Numbers only. A row stands for ever: another count is another row.
    """

    village = models.ForeignKey(Region, models.PROTECT, db_index=False, related_name="+")
    as_of = models.DateField()
    officials = models.PositiveIntegerField()
    members = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["village", "as_of", "source"], name="outreach_villageofficials_once"
            ),
            models.CheckConstraint(
                condition=Q(members__lte=F("officials")), name="outreach_villageofficials_share"
            ),
        ]


class Standing(models.Model):
    """Where a village stands in the current period, kept so that a ranking is one index scan.

    All rows are of one period. Components follow from the counts (outreach.standings.scoring):
    people, working people, `cohort` members of whom so many are `retained`, and officials. The
    ranks of the period before are for the country, province, regency and district, each among all
    villages and then within the stratum.
    """

    village = models.OneToOneField(
        Region, models.PROTECT, primary_key=True, related_name="standing"
    )
    province = models.CharField(max_length=2)
    regency = models.CharField(max_length=5)
    stratum = models.CharField(max_length=30)
    period = models.DateField()
    formula = models.ForeignKey(Formula, models.PROTECT, db_index=False)
    verified = models.IntegerField()
    opening_verified = models.IntegerField()
    provisional = models.IntegerField()
    cohort = models.IntegerField(default=0, db_default=0)
    retained = models.IntegerField(default=0, db_default=0)
    denominator = models.ForeignKey(Denominator, models.PROTECT, null=True, db_index=False)
    officials = models.ForeignKey(VillageOfficials, models.PROTECT, null=True, db_index=False)
    score = models.FloatField(null=True)
    previous_ranks = ArrayField(models.IntegerField(null=True), size=8)

    class Meta:
        indexes = [
            models.Index(
                F("score").desc(nulls_last=True), "village", name="outreach_standing_national"
            ),
            models.Index(
                "province",
                F("score").desc(nulls_last=True),
                "village",
                name="outreach_standing_province",
            ),
            models.Index(
                "regency",
                F("score").desc(nulls_last=True),
                "village",
                name="outreach_standing_regency",
            ),
        ]


class StandingSnapshot(models.Model):
    """A period's table as it was published: revision 1 after the period's end, more as it changed.

    `reasons` say what brought a revision about, `changes` how much; both are of this revision
    against the one before. The rows are FrozenStanding.
    """

    period = models.DateField()
    revision = models.PositiveIntegerField()
    formula = models.ForeignKey(Formula, models.PROTECT)
    frozen_at = models.DateTimeField()
    reasons = ArrayField(models.CharField(max_length=20))
    changes = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "revision"], name="outreach_standingsnapshot_once"
            ),
        ]


class FrozenStanding(models.Model):
    """A village's row in a period's tables, from one revision until before another or for good.

    It holds all that the table needs, as it was then: nothing in it changes but `until_revision`.
    """

    period = models.DateField()
    village_id = models.CharField(max_length=13)
    from_revision = models.PositiveIntegerField()
    until_revision = models.PositiveIntegerField(null=True)
    province = models.CharField(max_length=2)
    regency = models.CharField(max_length=5)
    stratum = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    verified = models.IntegerField()
    opening_verified = models.IntegerField()
    provisional = models.IntegerField()
    cohort = models.IntegerField()
    retained = models.IntegerField()
    denominator_id = models.BigIntegerField(null=True)
    denominator_value = models.PositiveIntegerField(null=True)
    denominator_kind = models.CharField(max_length=20, null=True)
    denominator_source = models.CharField(max_length=200, null=True)
    denominator_year = models.PositiveSmallIntegerField(null=True)
    officials_id = models.BigIntegerField(null=True)
    officials_count = models.PositiveIntegerField(null=True)
    officials_members = models.PositiveIntegerField(null=True)
    officials_as_of = models.DateField(null=True)
    officials_source = models.CharField(max_length=200, null=True)
    score = models.FloatField(null=True)
    previous_ranks = ArrayField(models.IntegerField(null=True), size=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "village_id", "from_revision"],
                name="outreach_frozenstanding_once",
            ),
            models.UniqueConstraint(
                fields=["period", "village_id"],
                condition=Q(until_revision__isnull=True),
                name="outreach_frozenstanding_newest",
            ),
        ]
        indexes = [
            models.Index(
                "period",
                F("score").desc(nulls_last=True),
                "village_id",
                name="outreach_frozen_national",
            ),
            models.Index(
                "period",
                "province",
                F("score").desc(nulls_last=True),
                "village_id",
                name="outreach_frozen_province",
            ),
            models.Index(
                "period",
                "regency",
                F("score").desc(nulls_last=True),
                "village_id",
                name="outreach_frozen_regency",
            ),
        ]
