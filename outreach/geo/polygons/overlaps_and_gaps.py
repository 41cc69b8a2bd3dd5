"""How far the villages of a layer overlap, and leave gaps between them."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from outreach.geo.ellipsoid import Floats, areas_km2
from outreach.geo.polygons.oddities import Places, Polygons, mean_widths_m, near_pairs

# An overlap worth a look: one hectare.
LARGE_OVERLAP_KM2 = 0.01
# Holes that are wider are lakes, cities or villages that are missing, and no sloppy borders.
WIDEST_GAP_M = 100.0
# Shapely works outside the interpreter's lock.
_THREADS = min(4, os.cpu_count() or 1)
_PAIRS_PER_STEP = 500
_WORST_TOLD = 10
_HA_PER_KM2 = 100
_NONE: Polygons = np.empty(0, dtype=object)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two villages that both claim an area, in hectares."""

    villages: tuple[str, str]
    ha: float


@dataclass(frozen=True, slots=True)
class Hole:
    """An area that no village claims, and a point in it."""

    lat: float
    lon: float
    km2: float


@dataclass(frozen=True, slots=True)
class Mess:
    """Overlaps of a group's villages, and gaps between them; shares are of the villages' area.

    Overlaps with other groups' villages count for both. `holes` are wider than gaps; what another
    group's villages fill is neither. The
    `worst_overlaps`, those above a hectare, and the `largest_holes` come largest first, some of
    many.
    """

    overlap_km2: float
    overlap_share: float
    large_overlaps: int
    largest_overlap_km2: float
    gap_km2: float
    gap_share: float
    holes: int
    holes_km2: float
    worst_overlaps: list[Overlap]
    largest_holes: list[Hole]


def mess_of(
    polygons: Polygons, villages: Sequence[str], groups: Sequence[str], beside: Polygons = _NONE
) -> dict[str, Mess]:
    """The mess of villages' valid polygons, by the group that each is in. Raises TangledError.

    `beside` are polygons of no group that may fill what these leave free.
    """
    names, group = np.unique(np.array(groups), return_inverse=True)
    totals = np.bincount(group, weights=areas_km2(polygons))
    with ThreadPoolExecutor(_THREADS) as threads:
        unions = threads.map(shapely.union_all, [polygons[group == n] for n in range(len(names))])
        one, other, overlaps = _overlaps(polygons, threads)
        filling = _Filling(np.concatenate((polygons, beside)), group)
        gaps = [_gaps(filling.left_of(_holes(union), n)) for n, union in enumerate(unions)]
    found: dict[str, Mess] = {}
    for n, name in enumerate(names):
        here = np.flatnonzero((group[one] == n) | (group[other] == n))
        here = here[np.argsort(-overlaps[here], kind="stable")]
        worst = [
            Overlap(
                (villages[one[at]], villages[other[at]]),
                round(float(overlaps[at]) * _HA_PER_KM2, 2),
            )
            for at in here[:_WORST_TOLD].tolist()
            if overlaps[at] > LARGE_OVERLAP_KM2
        ]
        found[str(name)] = _mess(overlaps[here], worst, gaps[n], float(totals[n]))
    return found


def _overlaps(polygons: Polygons, threads: ThreadPoolExecutor) -> tuple[Places, Places, Floats]:
    """Pairs of polygons that overlap, and by how many km²."""
    one, other = near_pairs(polygons, polygons)
    one, other = one[one < other], other[one < other]
    shapely.prepare(polygons)
    near = shapely.intersects(polygons[one], polygons[other])
    one, other = one[near], other[near]
    starts = range(0, len(one), _PAIRS_PER_STEP)
    common = list(
        threads.map(
            lambda at: shapely.intersection(
                polygons[one[at : at + _PAIRS_PER_STEP]], polygons[other[at : at + _PAIRS_PER_STEP]]
            ),
            starts,
        )
    )
    areas = areas_km2(np.concatenate(common)) if common else np.empty(0)
    real = areas > 0
    return one[real], other[real], areas[real]


class _Filling:
    """Polygons that can lie in the holes of other groups; the last ones are of no group."""

    def __init__(self, polygons: Polygons, group: Places) -> None:
        self._polygons = polygons
        self._group = np.concatenate((group, np.full(len(polygons) - len(group), -1)))
        self._tree = shapely.STRtree(polygons)

    def left_of(self, holes: Polygons, group: int) -> Polygons:
        """What polygons of other groups leave of a group's holes."""
        hole, other = self._tree.query(holes, predicate="intersects")
        foreign = self._group[other] != group
        hole, other = hole[foreign], other[foreign]
        left = holes.copy()
        for at in np.unique(hole).tolist():
            left[at] = holes[at].difference(shapely.union_all(self._polygons[other[hole == at]]))
        parts: Polygons = shapely.get_parts(left)
        there: Polygons = parts[shapely.area(parts) > 0]
        return there


def _holes(union: object) -> Polygons:
    """What lies inside a group's outlines and is none of its villages'."""
    rings, part = shapely.get_rings(shapely.get_parts(union), return_index=True)
    holes: Polygons = shapely.polygons(rings[np.diff(part, prepend=-1) == 0])
    return holes


def _gaps(holes: Polygons) -> tuple[Floats, Polygons, Floats]:
    """The areas in km² of narrow holes, and the wider holes with theirs."""
    if not len(holes):
        return np.empty(0), holes, np.empty(0)
    areas, narrow = areas_km2(holes), mean_widths_m(holes) < WIDEST_GAP_M
    return areas[narrow], holes[~narrow], areas[~narrow]


def _mess(
    overlaps: Floats,
    worst: list[Overlap],
    gaps: tuple[Floats, Polygons, Floats],
    total: float,
) -> Mess:
    narrow, holes, wide = gaps
    return Mess(
        overlap_km2=round(float(overlaps.sum()), 4),
        overlap_share=round(float(overlaps.sum() / total), 6),
        large_overlaps=int((overlaps > LARGE_OVERLAP_KM2).sum()),
        largest_overlap_km2=round(float(overlaps.max(initial=0)), 4),
        gap_km2=round(float(narrow.sum()), 4),
        gap_share=round(float(narrow.sum() / total), 6),
        holes=len(wide),
        holes_km2=round(float(wide.sum()), 4),
        worst_overlaps=worst,
        largest_holes=_largest(holes, wide),
    )


def _largest(holes: Polygons, areas: Floats) -> list[Hole]:
    largest = np.argsort(-areas, kind="stable")[:_WORST_TOLD]
    points = shapely.point_on_surface(holes[largest])
    return [
        Hole(lat=round(lat, 5), lon=round(lon, 5), km2=round(km2, 4))
        for lat, lon, km2 in zip(
            shapely.get_y(points).tolist(),
            shapely.get_x(points).tolist(),
            areas[largest].tolist(),
            strict=True,
        )
    ]
