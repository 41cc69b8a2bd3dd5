"""The current boundaries of other regencies around some polygons, and how far these overlap them.

Overlaps of one set's own villages are its mess.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from outreach import bulk
from outreach.geo.ellipsoid import areas_km2
from outreach.geo.polygons.oddities import Polygons, TangledError, near_pairs, refuse_tangled
from outreach.geo.polygons.overlaps_and_gaps import LARGE_OVERLAP_KM2

_REGENCIES_PER_STEP = 20


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Current polygons near others, and the regency of each."""

    regencies: Sequence[str]
    polygons: Polygons


@dataclass(frozen=True, slots=True)
class NeighbourOverlap:
    """How much of a regency's villages lies on the current villages of another regency."""

    regency: str
    km2: float


def neighbours_of(polygons: Polygons, groups: Sequence[str]) -> Neighbours:
    """Current villages whose boxes touch that of a regency's polygons, but for these regencies'.

    `groups` are the polygons' regencies. Memory is bounded by what is near. Raises TangledError.
    """
    codes, group = np.unique(np.array(groups), return_inverse=True)
    extents = [shapely.total_bounds(polygons[group == n]) for n in range(len(codes))]
    boxes = np.array([shapely.box(*extent) for extent in extents], dtype=object)
    others = bulk.run(
        "SELECT DISTINCT left(region_id, 5) FROM outreach_boundary"
        " WHERE is_current AND NOT left(region_id, 5) = ANY(%s) ORDER BY 1",
        [codes.tolist()],
    )
    regencies: list[str] = []
    found: list[Polygons] = [np.empty(0, dtype=object)]
    for start in range(0, len(others), _REGENCIES_PER_STEP):
        rows = bulk.run(
            "SELECT left(region_id, 5), wkb FROM outreach_boundary"
            " WHERE is_current AND wkb IS NOT NULL AND left(region_id, 5) = ANY(%s)"
            " ORDER BY region_id",
            [[code for (code,) in others[start : start + _REGENCIES_PER_STEP]]],
        )
        current = shapely.from_wkb(np.array([bytes(wkb) for _, wkb in rows], dtype=object))
        near = np.unique(near_pairs(current, boxes)[0])
        regencies += [rows[at][0] for at in near.tolist()]
        found.append(current[near])
    return Neighbours(regencies, np.concatenate(found))


def overlaps_with(
    neighbours: Neighbours, polygons: Polygons, groups: Sequence[str]
) -> dict[str, list[NeighbourOverlap]]:
    """By the group of polygons what they overlap by a hectare or more, the most first.

    Raises TangledError.
    """
    one, other = near_pairs(polygons, neighbours.polygons)
    refuse_tangled(polygons[one], neighbours.polygons[other])
    areas = areas_km2(shapely.intersection(polygons[one], neighbours.polygons[other]))
    sums: dict[tuple[str, str], float] = {}
    for here, there, km2 in zip(one.tolist(), other.tolist(), areas.tolist(), strict=True):
        pair = groups[here], neighbours.regencies[there]
        # Of an empty geometry it is no number.
        sums[pair] = sums.get(pair, 0.0) + (km2 if km2 > 0 else 0.0)
    found: dict[str, list[NeighbourOverlap]] = {}
    for (group, regency), km2 in sorted(sums.items(), key=lambda item: (-item[1], item[0])):
        if km2 >= LARGE_OVERLAP_KM2:
            found.setdefault(group, []).append(NeighbourOverlap(regency, round(km2, 2)))
    return found


def overlaps_of_current(regencies: Collection[str]) -> dict[str, list[NeighbourOverlap]]:
    """What the current villages of regencies overlap of others'; nothing if they are tangled."""
    rows = bulk.run(
        "SELECT left(region_id, 5), wkb FROM outreach_boundary"
        " WHERE is_current AND wkb IS NOT NULL AND left(region_id, 5) = ANY(%s)",
        [list(regencies)],
    )
    polygons = shapely.from_wkb(np.array([bytes(wkb) for _, wkb in rows], dtype=object))
    groups = [code for code, _ in rows]
    try:
        return overlaps_with(neighbours_of(polygons, groups), polygons, groups)
    except TangledError:
        return {}
