"""How far the villages of a layer overlap, and leave gaps between them."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from outreach.geo.ellipsoid import Floats, areas_km2
from outreach.geo.oddities import Places, Polygons, mean_widths_m, near_pairs

# An overlap worth a look: one hectare.
LARGE_OVERLAP_KM2 = 0.01
# Holes that are wider are lakes, cities or villages that are missing, and no sloppy borders.
WIDEST_GAP_M = 100.0
# Shapely works outside the interpreter's lock.
_THREADS = min(4, os.cpu_count() or 1)
_PAIRS_PER_STEP = 500


@dataclass(frozen=True, slots=True)
class Mess:
    """Overlaps of a group's villages, and gaps between them; shares are of the villages' area.

    Overlaps with other groups' villages count for both. `holes` are wider than gaps.
    """

    overlap_km2: float
    overlap_share: float
    large_overlaps: int
    largest_overlap_km2: float
    gap_km2: float
    gap_share: float
    holes: int
    holes_km2: float


def mess_of(polygons: Polygons, groups: Sequence[str]) -> dict[str, Mess]:
    """The mess of valid village polygons, by the group that each is in. Raises TangledError."""
    names, group = np.unique(np.array(groups), return_inverse=True)
    totals = np.bincount(group, weights=areas_km2(polygons))
    with ThreadPoolExecutor(_THREADS) as threads:
        unions = threads.map(shapely.union_all, [polygons[group == n] for n in range(len(names))])
        one, other, overlaps = _overlaps(polygons, threads)
        gaps = [_gaps(union) for union in unions]
    return {
        str(name): _mess(overlaps[(group[one] == n) | (group[other] == n)], gaps[n], totals[n])
        for n, name in enumerate(names)
    }


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


def _gaps(union: object) -> tuple[Floats, Floats]:
    """The areas in km² of the gaps and of the wider holes inside a group's villages."""
    rings, part = shapely.get_rings(shapely.get_parts(union), return_index=True)
    inner = np.diff(part, prepend=-1) == 0
    holes = shapely.polygons(rings[inner])
    if not len(holes):
        return np.empty(0), np.empty(0)
    areas, narrow = areas_km2(holes), mean_widths_m(holes) < WIDEST_GAP_M
    return areas[narrow], areas[~narrow]


def _mess(overlaps: Floats, gaps: tuple[Floats, Floats], total: float) -> Mess:
    narrow, wide = gaps
    return Mess(
        overlap_km2=round(float(overlaps.sum()), 4),
        overlap_share=round(float(overlaps.sum() / total), 6),
        large_overlaps=int((overlaps > LARGE_OVERLAP_KM2).sum()),
        largest_overlap_km2=round(float(overlaps.max(initial=0)), 4),
        gap_km2=round(float(narrow.sum()), 4),
        gap_share=round(float(narrow.sum() / total), 6),
        holes=len(wide),
        holes_km2=round(float(wide.sum()), 4),
    )
