"""How far a fix lies outside a venue."""

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any

import shapely
from shapely.geometry import shape

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = 111_195.0


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two points in degrees."""
    half_lat = radians(lat2 - lat1) / 2
    half_lon = radians(lon2 - lon1) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def outside_circle_m(
    lat: float, lon: float, centre_lat: float, centre_lon: float, radius_m: float
) -> float:
    """Metres from the point to the circle; 0 inside it."""
    return max(0.0, distance_m(lat, lon, centre_lat, centre_lon) - radius_m)


def outside_polygon_m(lat: float, lon: float, polygon: shapely.Geometry) -> float:
    """Metres from the point to a polygon in degrees of longitude and latitude; 0 inside it."""
    if shapely.contains_xy(polygon, lon, lat):
        return 0.0
    squeeze = cos(radians(lat))
    plane = shapely.transform(polygon, lambda xy: (xy - (lon, lat)) * (squeeze, 1.0))
    return float(shapely.Point(0, 0).distance(plane)) * METRES_PER_DEGREE


def polygon_of(geojson: Mapping[str, Any]) -> shapely.Geometry:
    """A GeoJSON polygon, made ready for many look-ups."""
    polygon = shape(geojson)
    shapely.prepare(polygon)
    return polygon
