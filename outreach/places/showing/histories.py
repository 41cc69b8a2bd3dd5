"""Which boundary sets a region has, and how its current one changed."""

from django.db.models import Count, Q, QuerySet, Sum

from outreach.geo.region_codes import level_of
from outreach.models import BoundaryChange, BoundarySet, Region

MOST_CHANGES = 20
MOST_SETS = 50


def boundary_sets(code: str) -> QuerySet[BoundarySet]:
    """The sets that know villages of a region, the one loaded last first, without their reports.

    Each with how many `villages` of the region it knows, how many of them `with_polygon` and
    `current`, and the `area_km2` of its polygons, null for none.
    """
    here = Q(boundaries__region=code) | Q(boundaries__region__code__startswith=f"{code}.")
    counted = BoundarySet.objects.filter(here).annotate(
        villages=Count("boundaries"),
        with_polygon=Count("boundaries", filter=Q(boundaries__wkb__isnull=False)),
        current=Count("boundaries", filter=Q(boundaries__is_current=True)),
        area_km2=Sum("boundaries__area_km2"),
    )
    return counted.defer("report").order_by("-loaded_at", "id")[:MOST_SETS]


def boundary_changes(code: str) -> list[BoundaryChange]:
    """The newest changes of the current set in the regency or city of a region; none of provinces.

    Each names the region's regency in its `regencies`.
    """
    if level_of(code) == Region.Level.PROVINCE:
        return []
    changes = BoundaryChange.objects.filter(regencies__has_key=code[:5])
    return list(changes.select_related("actor").order_by("-id")[:MOST_CHANGES])
