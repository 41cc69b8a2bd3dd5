"""Campaigns (activities): where, when, with whom, and for how many."""

import uuid

from django.db import models
from django.db.models import F, Q

from outreach.models.constraints import ChoiceField, within
from outreach.models.people import Office, User
from outreach.models.places import Region


class Campaign(models.Model):
    """One activity of an office. A day of it is a day in the venue's own time zone."""

    class Type(models.TextChoices):
        MARKET_DRIVE = "market_drive"
        MOBILE_CAR = "mobile_car"
        TRADE_CENTER_DRIVE = "trade_center_drive"
        KADER_PENGGERAK = "kader_penggerak"
        AWARENESS_SESSION = "awareness_session"
        AWARE_VILLAGE = "aware_village"
        SERVICE_COUNTER = "service_counter"
        AGENCY_DRIVE = "agency_drive"
        MONEV = "monev"
        BENEFIT_HANDOVER = "benefit_handover"

    AT_HOME = frozenset({Type.KADER_PENGGERAK, Type.AWARE_VILLAGE})
    """Types in which people are visited at home: only there does a fix speak of the domicile."""

    WITHOUT_SIGNUPS = frozenset({Type.MONEV, Type.BENEFIT_HANDOVER})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    type = ChoiceField(choices=Type)
    office = models.ForeignKey(Office, models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=160)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=40)
    venue_lat = models.FloatField(null=True, blank=True)
    venue_lon = models.FloatField(null=True, blank=True)
    venue_radius_m = models.FloatField(null=True, blank=True)
    venue_polygon = models.JSONField(null=True, blank=True)
    villages = models.ManyToManyField(Region, related_name="campaigns", blank=True)
    team = models.ManyToManyField(User, through="CampaignMember", related_name="campaigns")
    checklist = models.JSONField(default=dict, blank=True)
    calendar = models.JSONField(default=dict, db_default={}, blank=True)
    """On which days and at what hours it runs: outreach.activities.calendar."""
    agency = models.CharField(max_length=160, default="", db_default="", blank=True)
    """The local agency whose businesses an agency drive visits."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            within("venue_lat", -90, 90),
            within("venue_lon", -180, 180),
            within("venue_radius_m", 1, 100_000),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="outreach_campaign_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(
                    venue_lat__isnull=True, venue_lon__isnull=True, venue_radius_m__isnull=True
                )
                | Q(venue_lat__isnull=False, venue_lon__isnull=False, venue_radius_m__isnull=False),
                name="outreach_campaign_venue_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignMember(models.Model):
    """A kader on a campaign's team, on local days from `first_day` to `last_day`, both included."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="members")
    kader = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kader"], name="outreach_member_once"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="outreach_member_days"
            ),
        ]


class Stop(models.Model):
    """A place where a campaign stands for a while: a mobile car has several in a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="stops")
    name = models.CharField(max_length=160)
    lat = models.FloatField()
    lon = models.FloatField()
    radius_m = models.FloatField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sequence = models.PositiveSmallIntegerField(default=0, db_default=0)
    """Its place on the planned way from stop to stop."""

    class Meta:
        constraints = [
            within("lat", -90, 90),
            within("lon", -180, 180),
            within("radius_m", 1, 100_000),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="outreach_stop_ends_after_start"
            ),
        ]


class Partner(models.Model):
    """Who works along on a campaign: a local agency, a union, a market's manager."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="partners")
    name = models.CharField(max_length=160)
    role = models.CharField(max_length=80)


class CampaignTarget(models.Model):
    """How many registrations or leads of a segment a campaign is out for."""

    class Segment(models.TextChoices):
        BPU = "BPU"
        PU = "PU"
        JAKON = "JAKON"
        PMI = "PMI"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets")
    segment = ChoiceField(choices=Segment)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "segment"], name="outreach_target_once"),
        ]
