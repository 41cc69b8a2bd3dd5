"""Polygons of longitude and latitude as paths of an SVG picture, north up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree

_SMALLEST_M = 100.0
_LETTER_PX = 6.0
_LENGTHS_M = [step * 10**power for power in range(1, 7) for step in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A round length on the ground and how long it is in the picture."""

    metres: int
    pixels: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's size in pixels and the part of the world it shows."""

    width: float
    height: float
    west: float
    north: float
    pixels_per_degree: tuple[float, float]
    pixels_per_m: float

    @classmethod
    def around(cls, polygons: Any, *, width: float, margin: float, most_height: float) -> "Frame":
        """The frame that shows WGS84 polygons, at least one, with a margin as a share of each side.

        As wide as asked unless it would become too high.
        """
        west, south, east, north = shapely.total_bounds(polygons).tolist()
        lat_m, lon_m = metres_per_degree(np.array((south + north) / 2))
        east_m = max((east - west) * float(lon_m), _SMALLEST_M) * (1 + 2 * margin)
        north_m = max((north - south) * float(lat_m), _SMALLEST_M) * (1 + 2 * margin)
        pixels = min(width / east_m, most_height / north_m)
        height = north_m * pixels
        return cls(
            width=width,
            height=height,
            west=(west + east) / 2 - width / pixels / float(lon_m) / 2,
            north=(south + north) / 2 + north_m / float(lat_m) / 2,
            pixels_per_degree=(pixels * float(lon_m), pixels * float(lat_m)),
            pixels_per_m=pixels,
        )

    def pictured(self, polygons: Any) -> NDArray[np.object_]:
        """The polygons in pixels, cut to the frame and without what is smaller than a pixel."""
        scale = np.array(self.pixels_per_degree) * [1, -1]
        corner = np.array([self.west, self.north])
        drawn = shapely.transform(np.asarray(polygons), lambda xy: (xy - corner) * scale)
        drawn = shapely.clip_by_rect(drawn, -4, -4, self.width + 4, self.height + 4)
        simple: NDArray[np.object_] = shapely.simplify(drawn, 0.5)
        return simple

    @property
    def scale_bar(self) -> ScaleBar:
        """The longest round length within a quarter of the picture."""
        fitting = [m for m in _LENGTHS_M if m * self.pixels_per_m <= self.width / 4]
        metres = fitting[-1] if fitting else _LENGTHS_M[0]
        return ScaleBar(metres, metres * self.pixels_per_m)


def path_of(picture: Any) -> str:
    """The `d` of an SVG path of a picture's polygons, to a tenth of a pixel."""
    rings = [
        shapely.get_coordinates(ring)
        for polygon in shapely.get_parts(picture)
        if polygon.geom_type == "Polygon" and not polygon.is_empty
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return "".join(f"M{_points(ring[:-1])}Z" for ring in rings)


def label_place(picture: Any, text_length: int) -> tuple[float, float] | None:
    """Where a name fits into the largest of a picture's polygons, or None."""
    parts = shapely.get_parts(picture)
    if not parts.size:
        return None
    largest = parts[shapely.area(parts).argmax()]
    west, south, east, north = largest.bounds if not largest.is_empty else (0, 0, 0, 0)
    if east - west < text_length * _LETTER_PX or north - south < 2 * _LETTER_PX:
        return None
    place = shapely.point_on_surface(largest)
    return round(place.x, 1), round(place.y, 1)


def _points(ring: NDArray[np.float64]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.tolist())
