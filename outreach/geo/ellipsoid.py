"""Degrees and metres on the WGS84 ellipsoid."""

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def metres_per_degree(lat: Floats) -> tuple[Floats, Floats]:
    """Lengths of a degree of latitude and of longitude, at latitudes in degrees."""
    phi = np.radians(lat)
    lat_m = 111_132.954 - 559.822 * np.cos(2 * phi) + 1.175 * np.cos(4 * phi)
    lon_m = 111_412.84 * np.cos(phi) - 93.5 * np.cos(3 * phi) + 0.118 * np.cos(5 * phi)
    return lat_m, lon_m


def areas_km2(polygons: NDArray[np.object_]) -> Floats:
    """Areas of longitude and latitude polygons the size of a village, right to about 0.1 %."""
    lat_m, lon_m = metres_per_degree(shapely.get_y(shapely.centroid(polygons)))
    areas: Floats = shapely.area(polygons) * lat_m * lon_m / 1e6
    return areas
