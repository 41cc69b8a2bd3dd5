"""The villages of a region and points in them."""

import random
from collections.abc import Iterable, Sequence
from math import cos, pi, radians, sin, sqrt
from typing import Any, NamedTuple

import shapely
from shapely.geometry import shape

METRES_PER_DEGREE = 111_000.0
TRIES = 40


class Point(NamedTuple):
    """WGS84 degrees."""

    lat: float
    lon: float


class Spot(NamedTuple):
    """A point in one village; `is_clear` says it keeps the asked distance from all others."""

    point: Point
    is_clear: bool


class Gazetteer:
    """Villages by Kemendagri code with their polygons."""

    def __init__(self, features: Iterable[dict[str, Any]]) -> None:
        """From GeoJSON features with `properties.code`. Raises ValueError when none has area."""
        polygons = {
            feature["properties"]["code"]: shape(feature["geometry"])
            for feature in features
            if feature.get("geometry")
        }
        polygons = {code: polygon for code, polygon in polygons.items() if polygon.area > 0}
        if not polygons:
            raise ValueError("no village has a polygon")
        self.codes: Sequence[str] = tuple(sorted(polygons))
        self._polygons = [polygons[code] for code in self.codes]
        for polygon in self._polygons:
            shapely.prepare(polygon)
        self._tree = shapely.STRtree(self._polygons)
        self._place = {code: at for at, code in enumerate(self.codes)}

    def spot(self, rng: random.Random, code: str, margin_m: float = 0.0) -> Spot:
        """A random point in a village, as far from its border as asked if the village allows it."""
        polygon = self._polygons[self._place[code]]
        west, south, east, north = polygon.bounds
        best = polygon.representative_point()
        best_m = 0.0
        for _ in range(TRIES):
            point = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
            if not polygon.contains(point):
                continue
            clear_m = self._clear_m(code, point)
            if clear_m >= best_m:
                best, best_m = point, clear_m
            if clear_m >= margin_m:
                break
        return Spot(Point(best.y, best.x), best_m >= margin_m)

    def village_at(self, point: Point) -> str | None:
        """A village that holds the point; the first by code where polygons overlap."""
        found = self._tree.query(shapely.Point(point.lon, point.lat), predicate="intersects")
        return self.codes[min(found)] if len(found) else None

    def far_from(self, rng: random.Random, point: Point, distance_m: float) -> str | None:
        """A village that lies at least so far from a point; None where chance finds none."""
        here = shapely.Point(point.lon, point.lat)
        for _ in range(TRIES):
            at = rng.randrange(len(self.codes))
            if self._polygons[at].distance(here) * METRES_PER_DEGREE >= distance_m:
                return self.codes[at]
        return None

    def _clear_m(self, code: str, point: shapely.Point) -> float:
        """Metres to the village's border; 0 where another village overlaps it."""
        others = self._tree.query(point, predicate="intersects")
        if any(self.codes[at] != code for at in others):
            return 0.0
        border = self._polygons[self._place[code]].boundary
        return float(border.distance(point)) * METRES_PER_DEGREE


def moved(rng: random.Random, point: Point, sigma_m: float) -> Point:
    """The point with Gaussian error of so many metres each way."""
    north_m, east_m = rng.gauss(0, sigma_m), rng.gauss(0, sigma_m)
    east_degrees = east_m / METRES_PER_DEGREE / cos(radians(point.lat))
    return Point(point.lat + north_m / METRES_PER_DEGREE, point.lon + east_degrees)


def within(rng: random.Random, centre: Point, radius_m: float) -> Point:
    """A point in a circle, each part of it as likely as any other."""
    turn, reach_m = rng.uniform(0, 2 * pi), radius_m * sqrt(rng.random())
    east_degrees = reach_m * cos(turn) / METRES_PER_DEGREE / cos(radians(centre.lat))
    return Point(centre.lat + reach_m * sin(turn) / METRES_PER_DEGREE, centre.lon + east_degrees)
