"""Rings in any order as parts: which is a shell, and which a hole of which shell."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.formats.feature import BadGeometryError, Parts, Ring

Indices = NDArray[np.intp]

# A real polygon's rings lie in the boxes of few others; a file may not cost more than its size.
_PAIRS_PER_RING = 50
_PAIRS_AT_ONCE = 1_000_000


def nested(rings: Sequence[Ring]) -> Parts:
    """Parts with their shells first, by what lies in what: rings need no direction.

    A ring within an odd number of others is a hole of the smallest of them, all others are shells.
    Raises BadGeometryError when too many lie in one another to tell.
    """
    thin = [[ring] for ring in rings if len(ring) < 4]
    rings = [ring for ring in rings if len(ring) >= 4]
    if len(rings) < 2:
        return [*([ring] for ring in rings), *thin]
    polygons = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    areas = shapely.area(polygons)
    inside, around = _containments(polygons, areas)
    depth = np.bincount(inside, minlength=len(rings))
    is_hole_of = (depth[inside] % 2 == 1) & (depth[around] == depth[inside] - 1)
    # The smallest last, so that it is the one that stays.
    order = np.argsort(-areas[around[is_hole_of]], kind="stable")
    holes = inside[is_hole_of][order].tolist()
    shell_of = dict(zip(holes, around[is_hole_of][order].tolist(), strict=True))
    parts = {i: [ring] for i, ring in enumerate(rings) if i not in shell_of}
    for hole in sorted(shell_of):
        parts[shell_of[hole]].append(rings[hole])
    return [*parts.values(), *thin]


def _containments(
    polygons: NDArray[np.object_], areas: NDArray[np.float64]
) -> tuple[Indices, Indices]:
    """Pairs of a ring and a larger one around it."""
    shapely.prepare(polygons)
    tree = shapely.STRtree(polygons)
    points = shapely.point_on_surface(polygons)
    budget = _PAIRS_PER_RING * len(polygons)
    inside: list[Indices] = []
    around: list[Indices] = []
    step = 1 + _PAIRS_AT_ONCE // len(polygons)
    for start in range(0, len(polygons), step):
        some, other = tree.query(points[start : start + step])
        some += start
        budget -= len(some)
        if budget < 0:
            raise BadGeometryError(
                f"its {len(polygons):,} rings lie in one another too often to tell holes from parts"
            )
        larger = areas[other] > areas[some]
        some, other = some[larger], other[larger]
        contains = shapely.intersects(polygons[other], points[some])
        inside.append(some[contains])
        around.append(other[contains])
    return np.concatenate(inside), np.concatenate(around)
