"""Polygons of neighbours simplified together, so that a map of them has no gaps.

Published borders are drawn village by village: neighbours overlap and leave slivers. They are first
made a coverage (overlaps go to the smaller village, narrow gaps to the one with the longest common
border), and then its edges are simplified, each once for both sides (Visvalingam and Whyatt), by
GEOS. Only gaps that villages enclose are closed, not those that open to the sea or to where the
polygons end.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]

FINEST_TOLERANCE_M = 20.0
CLOSED_GAP_M = 50.0
# What differs by less is lost in simplifying anyway; real files have up to 100 times the vertices.
_FIRST_TOLERANCE_M = 5.0
_METRES_PER_DEGREE = 111_000.0
_PIXELS_ACROSS = 1_500
# About 0.1 m: rounder coordinates would make neighbours overlap.
_DECIMALS = 6
_MOST_ROUNDINGS = 3


def outlined(polygons: Geometries) -> Geometries:
    """Outlines of valid WGS84 polygons, in order: their common borders are equal.

    Simplified to about 20 m, for a map and not for measuring. Equal polygons (one place that two
    claim) get equal outlines; one that others cover wholly is simplified by itself.
    """
    if not polygons.size:
        return polygons
    distinct, place = _distinct(polygons)
    coarse = _each_simplified(distinct, _FIRST_TOLERANCE_M)
    outlines = _simplified(_coverage(coarse), FINEST_TOLERANCE_M)
    lost = shapely.is_empty(outlines)
    outlines[lost] = _each_simplified(distinct[lost], FINEST_TOLERANCE_M)
    return outlines[place]


def on_a_map(outlines: Geometries) -> Geometries:
    """Outlines that share their borders, made as coarse as a map of them all can show.

    A map 1,500 pixels wide or high loses nothing that is larger than a pixel.
    """
    tolerance_m = map_tolerance_m(outlines)
    if tolerance_m <= FINEST_TOLERANCE_M:
        return outlines
    return _simplified(outlines, tolerance_m)


def alone_on_a_map(polygons: Geometries) -> Geometries:
    """Polygons each simplified by itself, as coarse as a map of them all can show."""
    tolerance_m = max(map_tolerance_m(polygons), FINEST_TOLERANCE_M)
    return _each_simplified(_rounded(polygons), tolerance_m)


def map_tolerance_m(polygons: Geometries) -> float:
    """How large a pixel is on a map of them all; 0.0 for none."""
    if not polygons.size:
        return 0.0
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    return float(max(east - west, north - south)) * _METRES_PER_DEGREE / _PIXELS_ACROSS


def _distinct(polygons: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    """Each polygon once, and for each given one its place among them."""
    places: dict[bytes, int] = {}
    place = [places.setdefault(wkb, len(places)) for wkb in shapely.to_wkb(polygons)]
    _, first = np.unique(place, return_index=True)
    return polygons[first], np.array(place, dtype=np.intp)


def _coverage(polygons: Geometries) -> Geometries:
    """The polygons without overlaps and narrow gaps, on round coordinates.

    Rounding may let an edge cross a corner near it, which is rare and gone when cleaned again.
    """
    coverage = _cleaned(_rounded(polygons))
    for _ in range(_MOST_ROUNDINGS):
        rounded = _rounded(coverage)
        if shapely.coverage_is_valid(rounded):
            return rounded
        coverage = _cleaned(rounded)
    return coverage


def _cleaned(polygons: Geometries) -> Geometries:
    """What several claim goes to the smallest, or small ones would vanish where sets meet."""
    # GEOS reckons with NaN on the way, of which NumPy would warn.
    with np.errstate(invalid="ignore"):
        cleaned: Geometries = shapely.coverage_clean(
            polygons, gap_width=CLOSED_GAP_M / _METRES_PER_DEGREE, merge_strategy="min_area"
        )
    return cleaned


def _simplified(coverage: Geometries, tolerance_m: float) -> Geometries:
    simplified: Geometries = shapely.coverage_simplify(coverage, tolerance_m / _METRES_PER_DEGREE)
    return simplified


def _each_simplified(polygons: Geometries, tolerance_m: float) -> Geometries:
    """Douglas and Peucker keep rings from crossing, but may turn a speck into nothing."""
    simplified = shapely.simplify(polygons, tolerance_m / _METRES_PER_DEGREE)
    usable = shapely.is_valid(simplified) & ~shapely.is_empty(simplified)
    return np.where(usable, simplified, polygons)


def _rounded(polygons: Geometries) -> Geometries:
    rounded = shapely.transform(polygons, lambda xy: np.round(xy, _DECIMALS))
    return np.where(shapely.is_valid(rounded) | shapely.is_empty(polygons), rounded, polygons)
