"""What single types of activity need: a local agency's businesses, checklists, and dated rules."""

import uuid

from django.db import models
from django.db.models import F, Q

from outreach.models.campaigns import Campaign
from outreach.models.constraints import ChoiceField
from outreach.models.people import User


class RamadanPeriod(models.Model):
    """The days of one Ramadan as announced, both included; estimated until then."""

    hijri_year = models.PositiveSmallIntegerField(primary_key=True)
    first_day = models.DateField()
    last_day = models.DateField()
    is_estimate = models.BooleanField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="outreach_ramadan_days"
            ),
        ]


class TravelRule(models.Model):
    """How fast a service car gets about, from a day on: on roads that are `detour` times as long
    as the straight line."""

    effective_from = models.DateField(primary_key=True)
    kmh = models.FloatField()
    detour = models.FloatField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kmh__gt=0, detour__gte=1), name="outreach_travelrule_speed"
            ),
        ]


class SupervisedBusiness(models.Model):
    """A business that a local agency looks after, on an agency drive's list.

    `permit_required`: the agency asks for membership when it grants or renews the permit.
    `registered` is how many of it registered, as whoever visited it says. No person is named.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        VISITED = "visited"
        DECLINED = "declined"
        NOT_FOUND = "not_found"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="businesses")
    name = models.CharField(max_length=160)
    address = models.CharField(max_length=300, blank=True)
    contact_role = models.CharField(max_length=80, blank=True)
    permit_required = models.BooleanField()
    state = ChoiceField(choices=State, default=State.PLANNED)
    registered = models.PositiveIntegerField(default=0)
    visited_day = models.DateField(null=True)
    changed_by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    changed_at = models.DateTimeField()


class ChecklistMark(models.Model):
    """One item of the service checklist (4P) on a local day of a campaign: done or not, by whom."""

    class Part(models.TextChoices):
        PHYSICAL = "physical"
        PROCESS = "process"
        PEOPLE = "people"
        PRODUCT = "product"

    campaign = models.ForeignKey(Campaign, models.CASCADE, db_index=False, related_name="marks")
    day = models.DateField()
    part = ChoiceField(choices=Part)
    item = models.CharField(max_length=160)
    done = models.BooleanField()
    marked_by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "day", "part", "item"], name="outreach_checklistmark_once"
            ),
        ]
