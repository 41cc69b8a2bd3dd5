"""Finding one's way to a region: what lies under it, what is called so, what was called so."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from outreach import bulk
from outreach.geo.region_codes import CODE_LENGTHS, dotted, is_bps_code, is_region_code, level_of
from outreach.models import Region, RegionAlias

MOST_FOUND = 50
MOST_EXCEPTIONS = 100
FILES_NAMED = 3


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


class Load(NamedTuple):
    """Where a set came from: its first few files, how many more, and what became of features.

    `outcomes` are without the zeros.
    """

    files: list[str]
    more: int
    outcomes: dict[str, int]


class LoadException(NamedTuple):
    """What the load of a set said of a village that was not simply matched."""

    set_name: str
    file: str
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

    Codes of Kemendagri may be without their dots, and BPS codes find their regions too. At most 51.
    """
    text = " ".join(text.replace("\0", "").split())
    if not text:
        return []
    wanted = Q(name__icontains=text)
    if is_region_code(code := dotted(text)):
        wanted |= Q(code=code) | _known_as(RegionAlias.System.KEMENDAGRI, code)
    if is_bps_code(text):
        wanted |= Q(bps_code=text) | _known_as(RegionAlias.System.BPS, text)
    regions = Region.objects.filter(wanted).select_related("parent__parent__parent").distinct()
    return list(regions.order_by("level", "code")[: MOST_FOUND + 1])


def _known_as(system: RegionAlias.System, code: str) -> Q:
    return Q(
        aliases__system=system,
        aliases__code=code,
        aliases__confidence=RegionAlias.Confidence.HIGH,
    )


def load_exceptions(code: str) -> list[LoadException]:
    """What loads said of a region's villages (or itself), at most 100, those left without first."""
    rows = bulk.run(
        "SELECT source.source || ' ' || source.vintage,"
        " entry ->> 'file', entry ->> 'code', entry ->> 'name', entry ->> 'outcome',"
        " entry ->> 'why'"
        " FROM outreach_boundaryset AS source"
        " CROSS JOIN jsonb_array_elements(coalesce(source.report -> 'villages', '[]')) AS entry"
        " WHERE source.id IN (SELECT set_id FROM outreach_boundary WHERE region_id LIKE %s)"
        " AND entry ->> 'code' LIKE %s"
        " ORDER BY entry ->> 'outcome' = 'matched', source.loaded_at DESC, 3 LIMIT %s",
        [f"{code}%", f"{code}%", MOST_EXCEPTIONS],
    )
    return [LoadException(*row) for row in rows]


def loads(sets: Collection[UUID]) -> dict[UUID, Load]:
    """Where sets came from, by their ids."""
    rows = bulk.run(
        "SELECT id, jsonb_path_query_array(report, '$.files[*].file'), report -> 'counts'"
        " FROM outreach_boundaryset WHERE id = ANY(%s)",
        [list(sets)],
    )
    return {
        set_id: Load(
            files[:FILES_NAMED],
            max(0, len(files) - FILES_NAMED),
            {outcome: number for outcome, number in (counts or {}).items() if number},
        )
        for set_id, files, counts in rows
    }
