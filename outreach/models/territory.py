"""Which office looks after which region, from a day to a day."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from outreach.models.people import Office
from outreach.models.places import Region


class TerritoryChange(models.Model):
    """That regions came to an office from a day on: who decided it and why, and what it changed.

    `regions` are the codes as they were asked for, `report` what outreach.offices.moving told.
    """

    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    regions = models.JSONField()
    first_day = models.DateField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField()


class OfficeTerritory(models.Model):
    """An office looks after a region on these days, both included; no last day: until changed.

    Of a region and those it lies in, the most detailed assignment to an office of the same kind
    wins (outreach.offices.territory). A region is assigned to one office of a kind at a time.
    """

    office = models.ForeignKey(Office, models.PROTECT, related_name="territory")
    region = models.ForeignKey(Region, models.PROTECT, related_name="territory")
    first_day = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "region", "first_day"], name="outreach_territory_once"
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="outreach_territory_days",
            ),
        ]
