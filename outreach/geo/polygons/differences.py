"""How far two polygons of one place differ, in shares of area and in metres."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from outreach.geo.ellipsoid import metres_per_degree

# Borders are compared at points this far apart, or further where a border is very long.
_STEP_M = 20.0
_MOST_POINTS = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Two polygons against each other.

    `common` is the area in common as a share of the area that either covers (1 for equal ones, the
    Jaccard index). The displacements are how far points of either border, evenly spread, lie from
    the other border: half of them within `p50_m`, nine tenths within `p90_m`, all within `most_m`.
    """

    common: float
    p50_m: float
    p90_m: float
    most_m: float


def difference(one: Any, other: Any) -> Difference:
    """How far two valid WGS84 polygons of one place differ; right to about 0.5 % and 20 m."""
    here, there = in_metres([one, other])
    union = shapely.union(here, there).area
    away = np.concatenate([_distances(here, there), _distances(there, here)])
    p50, p90, most = np.percentile(away, [50, 90, 100]).tolist()
    return Difference(
        shapely.intersection(here, there).area / union if union else 0, p50, p90, most
    )


def in_metres(polygons: Any) -> Any:
    """Neighbouring WGS84 polygons on a plane, in metres east and north of their middle."""
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    middle = np.array([(west + east) / 2, (south + north) / 2])
    lat_m, lon_m = metres_per_degree(middle[1])
    scale = np.array([lon_m, lat_m])
    return shapely.transform(np.array(polygons, dtype=object), lambda xy: (xy - middle) * scale)


def _distances(one: Any, other: Any) -> Any:
    """How far points along one's border are from the other's."""
    border, target = shapely.boundary(one), shapely.boundary(other)
    step = max(_STEP_M, border.length / _MOST_POINTS)
    points = shapely.points(shapely.get_coordinates(shapely.segmentize(border, step)))
    shapely.prepare(target)
    return shapely.distance(points, target)
