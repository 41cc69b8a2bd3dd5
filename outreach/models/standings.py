"""Numbers derived from registrations and decisions; `rebuild_standings` makes them anew."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F

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
    """People credited to a kader on a campaign."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, db_index=False)
    kader = models.ForeignKey(User, models.PROTECT, related_name="+")
    provisional = models.IntegerField(default=0)
    verified = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "kader"], name="outreach_campaigntally_once"
            ),
        ]


class Formula(models.Model):
    """How a village's score is made: weights of the components and the bounds' z, with its source.

    `weights` maps coverage, gap_closed, retention and officials to their share.
    """

    version = models.CharField(max_length=20, primary_key=True)
    weights = models.JSONField()
    z = models.FloatField()
    smallest_denominator = models.PositiveIntegerField()
    effective_from = models.DateField(unique=True)
    source = models.CharField(max_length=200)


class Standing(models.Model):
    """Where a village stands in the current period, kept so that a ranking is one index scan.

    All rows are of one period. Components follow from the counts (outreach.standings.scoring). The
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
    denominator = models.ForeignKey(Denominator, models.PROTECT, null=True, db_index=False)
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
