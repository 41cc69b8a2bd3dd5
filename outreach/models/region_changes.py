"""What became of regions: recodes, mergers, splits and new names, each from a day on."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField
from outreach.models.places import Denominator, Region
from outreach.models.registrations import Registration


class RegionChange(models.Model):
    """A change of the list of regions, applied from `effective_day` on.

    A split gives several `to_codes`, with `shares` of the people where somebody says so
    (`shares_source`); everything else one. `names` are those of the `to_codes`. `report` says what
    it touched, `before` what an undo puts back. Registrations have followed since `followed_at`.
    """

    class Kind(models.TextChoices):
        RECODE = "recode"
        MERGE = "merge"
        SPLIT = "split"
        RENAME = "rename"

    kind = ChoiceField(choices=Kind)
    effective_day = models.DateField()
    from_codes = ArrayField(models.CharField(max_length=13))
    to_codes = ArrayField(models.CharField(max_length=13))
    names = ArrayField(models.CharField(max_length=120))
    shares = ArrayField(models.FloatField(), null=True)
    shares_source = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    report = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    applied_at = models.DateTimeField()
    followed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    undone_reason = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="split") | Q(to_codes__len=1), name="outreach_regionchange_one"
            ),
        ]


class ChangedDenominator(models.Model):
    """A figure that a change made, or that does not hold since; so that an undo finds both."""

    change = models.ForeignKey(RegionChange, models.CASCADE, related_name="denominators")
    denominator = models.ForeignKey(Denominator, models.PROTECT, related_name="+")
    is_made = models.BooleanField()


class VillageChoice(models.Model):
    """In which of a split village's successors a registration's worker lives, as somebody decided.

    It holds for the `code` that was declared: who declares another one later is asked no more.
    """

    registration = models.OneToOneField(
        Registration, models.PROTECT, primary_key=True, related_name="village_choice"
    )
    change = models.ForeignKey(RegionChange, models.PROTECT, related_name="choices")
    code = models.CharField(max_length=13)
    village = models.ForeignKey(Region, models.PROTECT, db_index=False, related_name="+")
    was_proposed = models.BooleanField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    decided_at = models.DateTimeField()
