"""Polygons that cannot all be villages: masks, slivers and twins."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import Floats, metres_per_degree

Polygons = NDArray[np.object_]
Places = NDArray[np.intp]
_FEWEST_COVERED = 3
_TWIN_SHARE = 0.95
# Degrees: a centimetre beside an edge, and some 200 m along it.
_ON_EDGE, _STRAIGHT = 1e-7, 0.002
# A village lies near about ten others; whatever lies near hundreds is no layer of villages.
_MOST_NEAR = 300
_FEW = 1_000
_QUERIES_PER_STEP = 100
# Comparing polygons costs some 5 kB for each crossing of their borders.
_CROSSINGS, _CROSSINGS_PER_VERTEX = 20_000, 0.25
_PAIRS_SAMPLED, _FEWEST_SAMPLED = 400, 20
_SEGMENTS_SAMPLED, _SEGMENTS_CROSSED = 32, 1_000


class TangledError(Exception):
    """So many polygons lie over one another that they cannot be villages."""


def near_pairs(one: Polygons, other: Polygons) -> tuple[Places, Places]:
    """Places of pairs whose boxes touch, of `one` and of `other`; bounded. Raises TangledError."""
    tree = shapely.STRtree(other)
    most = _MOST_NEAR * max(len(one), _FEW)
    found: list[NDArray[np.intp]] = [np.empty((2, 0), dtype=np.intp)]
    count = 0
    for start in range(0, len(one), _QUERIES_PER_STEP):
        pairs = tree.query(one[start : start + _QUERIES_PER_STEP])
        count += pairs.shape[1]
        if count > most:
            raise TangledError
        pairs[0] += start
        found.append(pairs)
    first, second = np.concatenate(found, axis=1)
    return first, second


def refuse_tangled(one: Polygons, other: Polygons) -> None:
    """Raise TangledError if the borders of these pairs cross so often that comparing has no bounds.

    Judged from samples: of the pairs, those with more vertices more often, and of their segments.
    """
    sizes, others = shapely.get_num_coordinates(one), shapely.get_num_coordinates(other)
    ends = np.cumsum(sizes.astype(np.float64) * others)
    most = _CROSSINGS + _CROSSINGS_PER_VERTEX * float(sizes.sum() + others.sum())
    if not len(ends) or ends[-1] <= most:
        return
    # Even steps through a regular shape would see only one of its sides.
    random = np.random.default_rng(0)
    steps = (np.arange(_PAIRS_SAMPLED) + 0.5) / _PAIRS_SAMPLED * ends[-1]
    share = 0.0
    for number, at in enumerate(random.permutation(np.searchsorted(ends, steps)).tolist(), 1):
        some = _some_segments(one[at], _SEGMENTS_SAMPLED, random)
        crossed = _some_segments(other[at], _SEGMENTS_CROSSED, random)
        found, _ = shapely.STRtree(crossed).query(some, predicate="crosses")
        share += len(found) / (len(some) * len(crossed))
        surely = 4 if number < _PAIRS_SAMPLED else 1
        if number >= _FEWEST_SAMPLED and share / number * ends[-1] > surely * most:
            raise TangledError


def _some_segments(polygon: shapely.Geometry, most: int, random: np.random.Generator) -> Polygons:
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(polygon)), return_index=True
    )
    starts = np.flatnonzero(ring[1:] == ring[:-1])
    if len(starts) > most:
        starts = random.choice(starts, most, replace=False)
    segments: Polygons = shapely.linestrings(np.stack((xy[starts], xy[starts + 1]), axis=1))
    return segments


def mean_widths_m(polygons: Polygons) -> Floats:
    """How wide strips of these areas and lengths of border would be."""
    lat_m, lon_m = metres_per_degree(shapely.get_y(shapely.centroid(polygons)))
    lengths_m = shapely.length(polygons) * np.sqrt(lat_m * lon_m)
    widths: Floats = 2 * shapely.area(polygons) * lat_m * lon_m / lengths_m
    return widths


def cut_straight(polygons: Polygons, extent: Floats) -> NDArray[np.bool_]:
    """Whether polygons have a straight border along an extent's edges, as if cut off there.

    An array (4, n): of the west, south, east and north edge.
    """
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    is_cut = np.zeros((4, len(polygons)), dtype=bool)
    for number, edge in enumerate(extent):
        axis = number % 2
        on_edge = np.abs(xy[:, axis] - edge) < _ON_EDGE
        low, high = np.full(len(polygons), np.inf), np.full(len(polygons), -np.inf)
        np.minimum.at(low, owner[on_edge], xy[on_edge, 1 - axis])
        np.maximum.at(high, owner[on_edge], xy[on_edge, 1 - axis])
        is_cut[number] = high - low > _STRAIGHT
    return is_cut


def coverers(polygons: Polygons) -> dict[int, int]:
    """Polygons that hold the middle of at least half of the others, and of how many.

    Only others of at most half the area count. Raises TangledError.
    """
    if len(polygons) <= _FEWEST_COVERED:
        return {}
    middles = shapely.point_on_surface(polygons)
    x, y = shapely.get_x(middles), shapely.get_y(middles)
    least = max(_FEWEST_COVERED, (len(polygons) - 1) / 2)
    areas = shapely.area(polygons)
    holder, held = near_pairs(polygons, middles)
    is_smaller = areas[held] <= areas[holder] / 2
    holder, held = holder[is_smaller], held[is_smaller]
    near = np.bincount(holder, minlength=len(polygons))
    found: dict[int, int] = {}
    for at in np.flatnonzero(near >= least).tolist():
        others = held[holder == at]
        covered = int(shapely.contains_xy(polygons[at], x[others], y[others]).sum())
        if covered >= least:
            found[at] = covered
    return found


def twins(polygons: Polygons) -> Iterator[tuple[int, int]]:
    """Pairs of polygons that are nearly the same: 95 % of both together is in both.

    Raises TangledError.
    """
    if len(polygons) < 2:
        return
    bounds, areas = shapely.bounds(polygons), shapely.area(polygons)
    one, other = near_pairs(polygons, polygons)
    least, most = np.minimum(areas[one], areas[other]), np.maximum(areas[one], areas[other])
    sizes = (bounds[:, 2:] - bounds[:, :2])[one].max(axis=1)
    off = np.abs(bounds[one] - bounds[other]).max(axis=1)
    near = (one < other) & (least >= _TWIN_SHARE * most) & (off <= 0.25 * sizes)
    for first, second in zip(one[near].tolist(), other[near].tolist(), strict=True):
        common = shapely.intersection(polygons[first], polygons[second]).area
        if common >= _TWIN_SHARE * (areas[first] + areas[second] - common):
            yield first, second
