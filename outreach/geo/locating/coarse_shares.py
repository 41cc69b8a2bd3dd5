"""Shares of villages around fixes of many kilometres, by samples each asked of GEOS."""

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.gaussian import unit_samples

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_SAMPLE_X, _SAMPLE_Y = unit_samples()
_SAMPLES = _SAMPLE_X.size


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
