"""Shares of villages by samples of a Gaussian, each sample asked of GEOS.

Slower and coarser than the integral along borders, and right wherever that is not: on the border
itself, where many villages overlap or leave gaps, and for fixes of many kilometres.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.borders import GAP_DEGREES
from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.gaussian import unit_samples

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

_SAMPLE_X, _SAMPLE_Y = unit_samples()
_SAMPLES = _SAMPLE_X.size
_SAMPLE_REACH = float(np.hypot(_SAMPLE_X, _SAMPLE_Y).max()) * 1.000001


def sampled_shares(
    tree: shapely.STRtree, errors: Floats, lat: Floats, lon: Floats, gps_sigma: Floats
) -> tuple[Indices, Indices, Floats]:
    """Triples of point, village and share; what is missing to 1 is outside every village.

    The border error is that of the village the point lies in; in none, the largest in reach.
    """
    lat_m, lon_m = metres_per_degree(lat)
    reach = np.hypot(gps_sigma, errors.max(initial=0.0)) * _SAMPLE_REACH
    right, up = reach / lon_m + GAP_DEGREES, reach / lat_m + GAP_DEGREES
    boxes = shapely.box(lon - right, lat - up, lon + right, lat + up)
    point, village = tree.query(boxes, predicate="intersects")
    if not point.size:
        return point, village, np.empty(0)
    order = np.lexsort((village, point))
    point, village = point[order], village[order]
    polygons: Geometries = tree.geometries[village]
    rows, first, row = np.unique(point, return_index=True, return_inverse=True)
    error = errors[village]
    home = shapely.intersects_xy(polygons, lon[point], lat[point])
    at_home = np.maximum.reduceat(np.where(home, error, -1.0), first)
    sigma = np.hypot(
        gps_sigma[rows], np.where(at_home < 0, np.maximum.reduceat(error, first), at_home)
    )
    x = lon[rows, None] + (sigma / lon_m[rows])[:, None] * _SAMPLE_X
    y = lat[rows, None] + (sigma / lat_m[rows])[:, None] * _SAMPLE_Y
    hits = shapely.intersects_xy(polygons[:, None], x[row], y[row])
    _claim_gaps(polygons, hits, first, row, (x, y))
    claims = np.add.reduceat(hits, first, axis=0, dtype=np.int16)
    return point, village, (hits / np.maximum(claims, 1)[row]).sum(axis=1) / _SAMPLES


def coarse_shares(
    tree: shapely.STRtree, lat: float, lon: float, sigma_m: float
) -> tuple[Indices, Floats]:
    """Villages and their shares around one point, for a σ far above the size of a village."""
    lat_m, lon_m = metres_per_degree(np.array([lat]))
    at = shapely.points(lon + sigma_m / lon_m * _SAMPLE_X, lat + sigma_m / lat_m * _SAMPLE_Y)
    sample, village = tree.query(at, predicate="intersects")
    claims = np.bincount(sample, minlength=_SAMPLES)
    villages, which = np.unique(village, return_inverse=True)
    shares: Floats = np.bincount(which, 1 / claims[sample], minlength=villages.size) / _SAMPLES
    return villages, shares


def _claim_gaps(
    polygons: Geometries, hits: Flags, first: Indices, row: Indices, xy: tuple[Floats, Floats]
) -> None:
    """Give samples that no village claims to the nearest within 25 m, in place.

    `hits` has a row for each pair of point and village and a column for each sample, `xy` a row for
    each point; `first` and `row` tell where a point's pairs begin and which point a pair is of.
    """
    unclaimed = ~np.logical_or.reduceat(hits, first, axis=0)
    pair, sample = np.nonzero(unclaimed[row])
    at = shapely.points(xy[0][row[pair], sample], xy[1][row[pair], sample])
    near = shapely.dwithin(polygons[pair], at, GAP_DEGREES)
    pair, sample = pair[near], sample[near]
    distance = shapely.distance(polygons[pair], at[near])
    _, gap = np.unique(row[pair] * _SAMPLES + sample, return_inverse=True)
    nearest = np.full(gap.size, np.inf)
    np.minimum.at(nearest, gap, distance)
    taken = distance == nearest[gap]
    hits[pair[taken], sample[taken]] = True
