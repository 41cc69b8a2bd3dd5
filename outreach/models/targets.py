"""What offices are out for in a year, and what a kader is paid by."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from outreach.models.campaigns import Campaign, CampaignTarget
from outreach.models.constraints import ChoiceField, within
from outreach.models.people import Office

ALL_ACTIVITIES = ""


class OfficeTarget(models.Model):
    """One version of what an office is out for in a year, of a segment, by one activity or all.

    `months` are twelve numbers, January's first; the target is their sum. A version is in force
    from `effective_from` until the next one is, and none is ever changed. `profile` names the
    shares by which the months were made, if they were.
    """

    office = models.ForeignKey(Office, models.PROTECT, related_name="targets")
    segment = ChoiceField(choices=CampaignTarget.Segment)
    activity = ChoiceField(
        choices=[(ALL_ACTIVITIES, "all"), *Campaign.Type.choices], default=ALL_ACTIVITIES
    )
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    effective_from = models.DateField()
    months = ArrayField(models.PositiveIntegerField(), size=12)
    profile = models.CharField(max_length=80)
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            within("year", 2014, 2200),
            models.CheckConstraint(
                condition=Q(months__len=12), name="outreach_officetarget_twelve_months"
            ),
            models.UniqueConstraint(
                fields=["office", "year", "segment", "activity", "version"],
                name="outreach_officetarget_version",
            ),
            models.UniqueConstraint(
                fields=["office", "year", "segment", "activity", "effective_from"],
                name="outreach_officetarget_from",
            ),
        ]

    @property
    def number(self) -> int:
        """The year's target."""
        return sum(self.months)


class IncentiveRule(models.Model):
    """From how many verified people in a period on a kader is paid an incentive, on these days."""

    class Period(models.TextChoices):
        MONTH = "month"

    threshold = models.PositiveIntegerField()
    period = ChoiceField(choices=Period, default=Period.MONTH)
    first_day = models.DateField(unique=True)
    last_day = models.DateField(null=True)
    source = models.CharField(max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold__gte=1), name="outreach_incentiverule_threshold"
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="outreach_incentiverule_days",
            ),
        ]
