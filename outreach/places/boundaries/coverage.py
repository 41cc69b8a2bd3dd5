"""How a set of boundaries covers regencies, and how far it differs from what is current there."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from outreach import bulk
from outreach.geo.polygons.oddities import Polygons, TangledError, near_pairs, refuse_tangled
from outreach.models import BoundaryChange
from outreach.places.regions.aliases import IS_TODAYS

_NOTHING = shapely.Polygon()
MOST_MOVED_SHARE = 0.5
"""Beyond this a file may have its codes or its coordinates wrong."""


@dataclass(frozen=True, slots=True)
class RegencyCoverage:
    """How many of a regency's villages have a polygon in this set, and had one before.

    Villages that are gone from the list of regions do not count. Where another set was current,
    `area_km2_before` is the area of its polygons, and the shares are how much of that area is not
    the same village's in this set, but another's of the regency, or none's of them; None if that
    is too tangled to tell. A set with fewer villages than before, or with most of the area not
    surely the same villages', does not become the current one there by itself.
    """

    code: str
    name: str
    villages: int
    with_boundary: int
    with_boundary_before: int
    is_current: bool
    area_km2: float
    area_km2_before: float | None
    another_share: float | None
    nobody_share: float | None

    @property
    def is_fewer(self) -> bool:
        """Whether villages would lose their boundary."""
        return self.with_boundary < self.with_boundary_before

    @property
    def moved_share(self) -> float | None:
        """How much of the area before is not the same village's; None if that is not known."""
        if self.another_share is None or self.nobody_share is None:
            return None
        return self.another_share + self.nobody_share

    @property
    def is_elsewhere(self) -> bool:
        """Whether most of the area before is not surely the same villages'."""
        if self.area_km2_before is None:
            return False
        return self.moved_share is None or self.moved_share > MOST_MOVED_SHARE


def coverage(set_id: UUID, regencies: Collection[str]) -> list[RegencyCoverage]:
    """How a set covers regencies, in the order of their codes, before anything is changed."""
    codes = sorted(regencies)
    had = _drawn("is_current", codes)
    has = _drawn("set_id = %s", codes, set_id)
    current = current_sets(codes)
    rows = bulk.run(
        "SELECT regency.code, regency.name, count(village.code) FROM outreach_region AS regency"
        " LEFT JOIN outreach_region AS village"
        f" ON village.level = 4 AND left(village.code, 5) = regency.code AND {IS_TODAYS}"
        " WHERE regency.code = ANY(%s) GROUP BY 1, 2 ORDER BY 1",
        [codes],
    )
    nothing = 0, 0.0
    moved = {
        code: _moved_shares(set_id, before, code)
        for code, before in current.items()
        if before != set_id
    }
    return [
        RegencyCoverage(
            code=code,
            name=name,
            villages=villages,
            with_boundary=has.get(code, nothing)[0],
            with_boundary_before=had.get(code, nothing)[0],
            is_current=current.get(code) == set_id,
            area_km2=has.get(code, nothing)[1],
            area_km2_before=had[code][1] if current.get(code) != set_id and code in had else None,
            another_share=moved.get(code, (None, None))[0],
            nobody_share=moved.get(code, (None, None))[1],
        )
        for code, name, villages in rows
    ]


def boundaries_before_and_after(change: BoundaryChange) -> dict[str, tuple[int, int]]:
    """By regency, how many villages had a polygon before a change, and have one since."""
    sets = {s for moved in change.regencies.values() for s in moved.values() if s}
    rows = bulk.run(
        "SELECT left(region_id, 5), set_id::text, count(*) FROM outreach_boundary"
        " JOIN outreach_region AS village ON village.code = region_id"
        f" WHERE set_id = ANY(%s::uuid[]) AND wkb IS NOT NULL AND {IS_TODAYS} GROUP BY 1, 2",
        [list(sets)],
    )
    drawn = {(code, set_id): count for code, set_id, count in rows}
    return {
        code: (drawn.get((code, moved["before"]), 0), drawn.get((code, moved["after"]), 0))
        for code, moved in change.regencies.items()
    }


def current_sets(regencies: Collection[str]) -> dict[str, UUID]:
    """The current set of each regency that has one."""
    return dict(
        bulk.run(
            "SELECT DISTINCT left(region_id, 5), set_id FROM outreach_boundary"
            " WHERE is_current AND left(region_id, 5) = ANY(%s)",
            [list(regencies)],
        )
    )


def _drawn(which: str, codes: Sequence[str], *parameters: object) -> dict[str, tuple[int, float]]:
    """By regency, how many villages have a polygon among boundaries, and their area in km²."""
    rows = bulk.run(
        "SELECT left(region_id, 5), count(*), round(coalesce(sum(area_km2), 0)::numeric, 4)::float8"
        " FROM outreach_boundary JOIN outreach_region AS village ON village.code = region_id"
        f" WHERE {which} AND wkb IS NOT NULL AND left(region_id, 5) = ANY(%s) AND {IS_TODAYS}"
        " GROUP BY 1",
        [*parameters, codes],
    )
    return {code: (count, area) for code, count, area in rows}


def _moved_shares(
    set_id: UUID, current: UUID, regency: str
) -> tuple[float, float] | tuple[None, None]:
    """How much of a regency's current area is another village's in a set, and how much none's."""
    rows = bulk.run(
        "SELECT old.wkb, new.wkb FROM outreach_boundary AS old"
        " JOIN outreach_region AS village ON village.code = old.region_id"
        " LEFT JOIN outreach_boundary AS new ON new.region_id = old.region_id AND new.set_id = %s"
        " WHERE old.set_id = %s AND left(old.region_id, 5) = %s AND old.wkb IS NOT NULL"
        f" AND {IS_TODAYS}",
        [set_id, current, regency],
    )
    before = _polygons(old for old, _ in rows)
    total = float(shapely.area(before).sum())
    if not total:
        return None, None
    moved = np.array([old != new for old, new in rows])
    after = _polygons(new for old, new in rows if old != new)
    try:
        refuse_tangled(before[moved], after)
        left = shapely.difference(
            before[moved], np.where(shapely.is_missing(after), _NOTHING, after)
        )
        left = left[~shapely.is_empty(left)]
        others = _area_within(left, _drawn_polygons(set_id, regency)) / total
    except TangledError:
        return None, None
    share = float(shapely.area(left).sum()) / total
    return round(min(others, share), 4), round(max(share - others, 0.0), 4)


def _area_within(polygons: Polygons, others: Polygons) -> float:
    """How much of polygons' area, in square degrees, others cover. Raises TangledError."""
    one, other = near_pairs(polygons, others)
    refuse_tangled(polygons[one], others[other])
    common = shapely.intersection(
        shapely.union_all(polygons), shapely.union_all(others[np.unique(other)])
    )
    return float(common.area)


def _drawn_polygons(set_id: UUID, regency: str) -> Polygons:
    rows = bulk.run(
        "SELECT wkb FROM outreach_boundary"
        " WHERE set_id = %s AND left(region_id, 5) = %s AND wkb IS NOT NULL",
        [set_id, regency],
    )
    return _polygons(wkb for (wkb,) in rows)


def _polygons(wkb: Iterable[memoryview | None]) -> Polygons:
    polygons: Polygons = shapely.from_wkb(np.array([one and bytes(one) for one in wkb], object))
    return polygons
