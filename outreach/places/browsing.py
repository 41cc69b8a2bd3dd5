"""Finding one's way to a region: what lies under it, what is called so, what was called so."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from outreach import bulk
from outreach.geo.region_codes import CODE_LENGTHS, is_region_code, level_of
from outreach.models import BoundarySet, Region, RegionAlias

MOST_FOUND = 50
MOST_EXCEPTIONS = 100


class Below(NamedTuple):
    """A region with how many villages it has and how many of them have a current polygon."""

    code: str
    name: str
    kind: str
    villages: int
    with_polygon: int


class VillageState(NamedTuple):
    """A village and its current boundary: whether there is one, with a polygon, claimed twice."""

    code: str
    name: str
    kind: str
    district: str
    is_known: bool
    has_polygon: bool
    is_disputed: bool


class LoadException(NamedTuple):
    """What the load of a set said of a village that was not simply matched."""

    set_name: str
    code: str
    name: str
    outcome: str
    why: str


def below(code: str = "") -> list[Below]:
    """The regions directly under a province, regency or city, or the provinces, by code."""
    level = level_of(code) if code else 0
    rows = bulk.run(
        "SELECT region.code, region.name, region.kind, count(village.code),"
        " count(boundary.id) FILTER (WHERE boundary.wkb IS NOT NULL)"
        " FROM outreach_region AS region"
        " LEFT JOIN outreach_region AS village ON village.level = 4"
        f" AND left(village.code, {CODE_LENGTHS[level]}) = region.code AND village.code LIKE %s"
        " LEFT JOIN outreach_boundary AS boundary"
        " ON boundary.region_id = village.code AND boundary.is_current"
        " WHERE region.level = %s AND region.code LIKE %s GROUP BY region.code ORDER BY 1",
        [f"{code}%", level + 1, f"{code}%"],
    )
    return [Below(*row) for row in rows]


def villages_of(code: str) -> list[VillageState]:
    """The villages of a district, regency or city, by code."""
    rows = bulk.run(
        "SELECT village.code, village.name, village.kind, district.name, boundary.id IS NOT NULL,"
        " boundary.wkb IS NOT NULL, coalesce(boundary.is_disputed, false)"
        " FROM outreach_region AS village"
        " JOIN outreach_region AS district ON district.code = village.parent_id"
        " LEFT JOIN outreach_boundary AS boundary"
        " ON boundary.region_id = village.code AND boundary.is_current"
        " WHERE village.level = 4 AND village.code LIKE %s ORDER BY village.code",
        [f"{code}.%"],
    )
    return [VillageState(*row) for row in rows]


def found(text: str) -> list[Region]:
    """Regions with this code, of today or before, or with this in their names; the larger first.

    At most 51 of them.
    """
    text = " ".join(text.replace("\0", "").split())
    if not text:
        return []
    wanted = Q(name__icontains=text) | Q(code=text)
    if is_region_code(text):
        wanted |= Q(
            aliases__system=RegionAlias.System.KEMENDAGRI,
            aliases__code=text,
            aliases__confidence=RegionAlias.Confidence.HIGH,
        )
    regions = Region.objects.filter(wanted).select_related("parent__parent__parent").distinct()
    return list(regions.order_by("level", "code")[: MOST_FOUND + 1])


def load_exceptions(code: str) -> list[LoadException]:
    """What loads said of a region's villages (or itself), at most 100, those left without first."""
    rows = bulk.run(
        "SELECT source.source || ' ' || source.vintage,"
        " entry ->> 'code', entry ->> 'name', entry ->> 'outcome', entry ->> 'why'"
        " FROM outreach_boundaryset AS source"
        " CROSS JOIN jsonb_array_elements(coalesce(source.report -> 'villages', '[]')) AS entry"
        " WHERE source.id IN (SELECT set_id FROM outreach_boundary WHERE region_id LIKE %s)"
        " AND entry ->> 'code' LIKE %s"
        " ORDER BY entry ->> 'outcome' = 'matched', source.loaded_at DESC, 2 LIMIT %s",
        [f"{code}%", f"{code}%", MOST_EXCEPTIONS],
    )
    return [LoadException(*row) for row in rows]


def load_counts(sets: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """What became of each set's features when it was loaded, by outcome, without the zeros."""
    rows = BoundarySet.objects.filter(id__in=sets).values_list("id", "report__counts")
    return {
        set_id: {outcome: number for outcome, number in (counts or {}).items() if number}
        for set_id, counts in rows
    }
