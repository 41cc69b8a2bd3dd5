"""Polygons of longitude and latitude as paths of an SVG picture, north up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree

_SMALLEST_M = 100.0
_LETTER_PX = 6.5
_ASCENT_PX, _DESCENT_PX = 12.0, 5.0
_SCANS = 7
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
        drawn = self._in_pixels(polygons)
        drawn = shapely.clip_by_rect(drawn, -4, -4, self.width + 4, self.height + 4)
        simple: NDArray[np.object_] = shapely.simplify(drawn, 0.5)
        return simple

    def pictured_together(self, polygons: Any, tolerance_px: float) -> NDArray[np.object_]:
        """Polygons that share their borders in pixels, simplified so that they still share them."""
        drawn = self._in_pixels(polygons)
        # Where neighbours overlap after all, a ring may cross itself.
        simple: NDArray[np.object_] = shapely.make_valid(
            shapely.coverage_simplify(drawn, tolerance_px)
        )
        return simple

    def _in_pixels(self, polygons: Any) -> NDArray[np.object_]:
        scale = np.array(self.pixels_per_degree) * [1, -1]
        corner = np.array([self.west, self.north])
        drawn: NDArray[np.object_] = shapely.transform(
            np.asarray(polygons), lambda xy: (xy - corner) * scale
        )
        return drawn

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


def short_path_of(picture: Any) -> str:
    """The same to a whole pixel and as short as can be, for maps of thousands; empty for a speck.

    Neighbours that share a border share it still.
    """
    return "".join(
        _steps(shapely.get_coordinates(ring))
        for polygon in shapely.get_parts(picture)
        if polygon.geom_type == "Polygon" and not polygon.is_empty
        for ring in (polygon.exterior, *polygon.interiors)
    )


def _steps(ring: NDArray[np.float64]) -> str:
    """A ring as its first corner and the steps from each to the next, without those of nothing."""
    corners = np.rint(ring).astype(int)
    steps = np.diff(corners, axis=0)
    kept = steps[steps.any(axis=1)][:-1].tolist()
    if len(kept) < 2:
        return ""
    x, y = corners[0].tolist()
    # A minus sign parts two numbers as well as a space does.
    walk = " ".join(f"{right} {down}" for right, down in kept).replace(" -", "-")
    return f"M{x} {y}l{walk}z"


def label_places(
    pictures: Sequence[Any], texts: Sequence[str], frame: Frame
) -> list[tuple[float, float] | None]:
    """For each picture where its text's middle goes, or None: what does not fit is left out.

    Larger polygons come first. No text lies over another, over the scale bar or the arrow.
    """
    taken = [
        shapely.box(0, frame.height - 48, 28 + frame.scale_bar.pixels, frame.height),
        shapely.box(frame.width - 44, 0, frame.width, 56),
    ]
    picture = shapely.box(0, 0, frame.width, frame.height)
    places: list[tuple[float, float] | None] = [None] * len(pictures)
    largest = [_largest(drawn) for drawn in pictures]
    for number in sorted(range(len(largest)), key=lambda number: -largest[number].area):
        for x, y in _candidates(largest[number], len(texts[number])):
            half = len(texts[number]) * _LETTER_PX / 2
            text = shapely.box(x - half, y - _ASCENT_PX, x + half, y + _DESCENT_PX)
            if picture.contains(text) and not any(text.intersects(other) for other in taken):
                places[number] = round(x, 1), round(y, 1)
                taken.append(text)
                break
    return places


def _largest(picture: Any) -> Any:
    """The largest of a picture's polygons, maybe an empty one."""
    parts = shapely.get_parts(picture)
    return parts[shapely.area(parts).argmax()] if parts.size else shapely.Polygon()


def _candidates(polygon: Any, text_length: int) -> Iterator[tuple[float, float]]:
    """Points of a polygon where a text may have its middle, the most roomy first; none if small."""
    if polygon.is_empty:
        return
    west, south, east, north = polygon.bounds
    if east - west < text_length * _LETTER_PX or north - south < 2 * _LETTER_PX:
        return
    place = shapely.point_on_surface(polygon)
    yield place.x, place.y
    scans = [
        shapely.LineString([(west, y), (east, y)])
        for y in np.linspace(south, north, _SCANS + 2)[1:-1].tolist()
    ]
    within = shapely.get_parts(shapely.intersection(polygon, scans))
    for part in within[np.argsort(-shapely.length(within), kind="stable")]:
        if part.length >= text_length * _LETTER_PX:
            middle = part.interpolate(0.5, normalized=True)
            yield middle.x, middle.y


def _points(ring: NDArray[np.float64]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.tolist())
