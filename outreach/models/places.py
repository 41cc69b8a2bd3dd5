"""Administrative regions, their boundaries and their denominators."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from outreach.models.constraints import ChoiceField, within

CODE_PATTERN = r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$"


class Region(models.Model):
    """A province, regency or city, district, or village, keyed by its Kemendagri code."""

    class Kind(models.TextChoices):
        PROVINCE = "province"
        REGENCY = "regency"
        CITY = "city"
        DISTRICT = "district"
        DESA = "desa"
        KELURAHAN = "kelurahan"
        CUSTOMARY_VILLAGE = "customary_village"

    class Level(models.IntegerChoices):
        PROVINCE = 1
        REGENCY = 2
        DISTRICT = 3
        VILLAGE = 4

    code = models.CharField(max_length=13, primary_key=True)
    level = models.PositiveSmallIntegerField(choices=Level)
    kind = ChoiceField(choices=Kind)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    bps_code = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="outreach_region_code"
            ),
            models.CheckConstraint(
                condition=Q(level=1, parent__isnull=True)
                | Q(level__range=(2, 4), parent__isnull=False),
                name="outreach_region_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RegionAlias(models.Model):
    """A code that is not, or not only, today's: an older Kemendagri code, or a BPS code.

    `region` is the one successor; null where there is none or it is not clear which. Only a `high`
    confidence is acted upon. `code` is dotted for Kemendagri and plain digits for BPS.
    """

    class System(models.TextChoices):
        KEMENDAGRI = "kemendagri"
        BPS = "bps"

    class Confidence(models.TextChoices):
        HIGH = "high"
        LOW = "low"
        NONE = "none"

    system = ChoiceField(choices=System)
    code = models.CharField(max_length=13)
    level = models.PositiveSmallIntegerField(choices=Region.Level)
    name = models.CharField(max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="aliases")
    basis = models.CharField(max_length=60)
    confidence = ChoiceField(choices=Confidence)
    last_vintage = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "code"], name="outreach_alias_once"),
            models.CheckConstraint(
                condition=Q(confidence="none", region__isnull=True)
                | Q(confidence__in=["high", "low"], region__isnull=False),
                name="outreach_alias_successor",
            ),
        ]


class BoundarySet(models.Model):
    """One load of boundaries: where it came from and how far its borders can be trusted."""

    class Status(models.TextChoices):
        DEFINITIVE = "definitive"
        INDICATIVE = "indicative"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    source = models.CharField(max_length=200)
    vintage = models.CharField(max_length=40)
    licence = models.CharField(max_length=120)
    status = ChoiceField(choices=Status, default=Status.UNKNOWN)
    border_error_m = models.FloatField()
    sha256 = models.CharField(max_length=64)
    report = models.JSONField(default=dict)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [within("border_error_m", 0, 1000)]

    def __str__(self) -> str:
        return f"{self.source} {self.vintage}"


class Boundary(models.Model):
    """A village's polygon in one set: WKB, WGS84 longitude and latitude, 2-D, valid.

    A null `wkb` says that the source has the village but no usable geometry. A disputed polygon
    stands under each village that claims it. `outline` is simplified together with its neighbours'
    (WKB), to be drawn and not to be measured.
    """

    set = models.ForeignKey(BoundarySet, models.CASCADE, related_name="boundaries")
    region = models.ForeignKey(Region, models.PROTECT, related_name="boundaries")
    wkb = models.BinaryField(null=True)
    area_km2 = models.FloatField(null=True)
    outline = models.BinaryField(null=True)
    is_disputed = models.BooleanField(default=False, db_default=False)
    is_current = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["set", "region"], name="outreach_boundary_once"),
            models.UniqueConstraint(
                fields=["region"], condition=Q(is_current=True), name="outreach_boundary_current"
            ),
        ]


class BoundaryChange(models.Model):
    """A change of which boundaries are current; its id is the version of the boundaries since then.

    `regencies` maps each code that changed to the ids of its set `before` and `after`, null for
    none. `report` says what became of registrations once `reattributed_at` is set, and outlines
    fit the change since `outlined_at`. A change of the list of villages (`list`) leaves the sets as
    they are, and says that their villages go by other codes.
    """

    class Kind(models.TextChoices):
        LOAD = "load"
        SWITCH = "switch"
        UNDO = "undo"
        LIST = "list"

    kind = ChoiceField(choices=Kind)
    regencies = models.JSONField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    made_at = models.DateTimeField()
    reattributed_at = models.DateTimeField(null=True)
    outlined_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)


class Denominator(models.Model):
    """How many working people a region has, according to one source; several stand side by side.

    A corrected figure of the same source and year is a new `revision`; the one before it stays,
    with the time at which it was replaced. `error_share` says of an estimate by what share of the
    truth it is off at the median, where that could be measured.
    """

    class Kind(models.TextChoices):
        OFFICIAL = "official"
        ESTIMATE = "estimate"

    region = models.ForeignKey(Region, models.PROTECT, related_name="denominators")
    year = models.PositiveSmallIntegerField()
    segment = models.CharField(max_length=20, default="working_population")
    value = models.PositiveIntegerField()
    kind = ChoiceField(choices=Kind)
    method = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200)
    error_share = models.FloatField(null=True)
    revision = models.PositiveSmallIntegerField(default=1, db_default=1)
    of_import = models.ForeignKey(
        "outreach.Import", models.PROTECT, null=True, db_index=False, related_name="denominators"
    )
    loaded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            within("year", 1945, 2200),
            models.UniqueConstraint(
                fields=["region", "year", "segment", "source", "revision"],
                name="outreach_denominator_once",
            ),
            models.UniqueConstraint(
                fields=["region", "year", "segment", "source"],
                condition=Q(replaced_at__isnull=True),
                name="outreach_denominator_current",
            ),
        ]
