"""Village polygons made valid without changing what they cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.formats.feature import Parts, Ring
from outreach.geo.polygons.oddities import mean_widths_m

LARGEST_AREA_CHANGE = 0.01
# What making a polygon valid costs grows with these: about 700 bytes and 0.1 ms each. One that
# was drawn by hand has a few.
MOST_CROSSINGS, CROSSINGS_PER_VERTEX = 1_000, 0.25
# Every hole is looked for in its whole shell.
MOST_HOLES_TIMES_VERTICES = 500_000_000
SAMPLED_SEGMENTS = 64
_FEWEST_SAMPLED = 16
_MANY_RINGS = 1_000
_TOO_OFTEN = "its lines meet about {:,} times, too often"
# Below these a part is a slip of the pen: no house stands on it, and no fix can be told into it.
SPECK_M2 = 100.0
SPECK_WIDTH_M = 1.0
_SURELY_NO_SPECK = 1e-7
"""Square degrees: some 1,200 m²."""
# Longitudes and latitudes that hold Indonesia, and are told apart when swapped.
WEST, EAST, SOUTH, NORTH = 94.0, 142.0, -12.0, 8.0


@dataclass(frozen=True, slots=True)
class Repair:
    """A valid polygon or multipolygon and what had to be done, or else why there is none."""

    polygon: Any = None
    steps: tuple[str, ...] = ()
    problem: str = ""


def repair(parts: Parts) -> Repair:
    """Rings closed, stray holes made parts, crossings resolved, specks left out.

    All that changes under 1 % of the area, which is compared with the sum of the shells less the
    holes, as the source wrote them.
    """
    steps: list[str] = []
    kept = [rings for part in parts if (rings := _closed_rings(part, steps))]
    kept = [piece for rings in kept for piece in _with_stray_holes_apart(rings, steps)]
    if not kept:
        return Repair(problem="it has no ring with an area")
    lines = [ring for rings in kept for ring in rings]
    most = int(MOST_CROSSINGS + CROSSINGS_PER_VERTEX * sum(map(len, lines)))
    if problem := _too_much_to_ask(kept, lines, most):
        return Repair(problem=problem)
    polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in kept]
    polygon = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    if shapely.is_valid(polygon):
        return _without_specks(polygon, steps)
    reason = shapely.is_valid_reason(polygon).partition("[")[0].lower()
    if (crossings := _crossings(lines, most)) > most:
        return Repair(problem=f"{reason}: {_TOO_OFTEN.format(crossings)}")
    written = sum(_area(rings[0]) - sum(map(_area, rings[1:])) for rings in kept)
    valid = _polygons_of(shapely.make_valid(polygon, method="structure", keep_collapsed=False))
    change = abs(valid.area - written) / written if written > 0 else np.inf
    if valid.is_empty or not change < LARGEST_AREA_CHANGE:
        share = "all" if change == np.inf else f"{change:.1%}"
        return Repair(problem=f"{reason}: making it valid would change {share} of its area")
    return _without_specks(valid, [*steps, f"made valid ({reason})"])


def _too_much_to_ask(kept: Sequence[Sequence[Ring]], lines: Sequence[Ring], most: int) -> str:
    """Why it takes too long even to ask whether a polygon is valid, if it does."""
    if max((len(rings) - 1) * len(rings[0]) for rings in kept) > MOST_HOLES_TIMES_VERTICES:
        return "it has too many holes for so long a border, no village's"
    if len(lines) > _MANY_RINGS and (crossings := _crossings(lines, most)) > most:
        return _TOO_OFTEN.format(crossings)
    return ""


def _without_specks(polygon: Any, steps: Sequence[str]) -> Repair:
    """The polygon without parts that are tiny or hair-thin, unless they matter."""
    if polygon.geom_type == "Polygon" and polygon.area > _SURELY_NO_SPECK:
        return Repair(polygon, tuple(steps))
    parts = shapely.get_parts(polygon)
    lat_m, lon_m = metres_per_degree(shapely.get_y(shapely.centroid(parts)))
    areas = shapely.area(parts)
    areas_m2 = areas * lat_m * lon_m
    specks = (areas_m2 < SPECK_M2) | (mean_widths_m(parts) < SPECK_WIDTH_M)
    if not specks.any():
        return Repair(polygon, tuple(steps))
    if specks.all():
        return Repair(problem=f"it is only a speck of {areas_m2.sum():.0f} m²")
    count = specks.sum()
    told = f"{count} speck{'s' if count > 1 else ''} of {areas_m2[specks].sum():.1f} m²"
    if areas[specks].sum() >= LARGEST_AREA_CHANGE * areas.sum():
        return Repair(polygon, (*steps, f"kept {told}, too much of it to leave out"))
    kept = parts[~specks]
    polygon = kept[0] if len(kept) == 1 else shapely.MultiPolygon(list(kept))
    return Repair(polygon, (*steps, f"left out {told}"))


def axes_of(parts: Parts) -> str:
    """Where a geometry lies: `indonesia`, `swapped` (latitude first) or `elsewhere`."""
    xy = np.concatenate([ring for rings in parts for ring in rings] or [np.empty((0, 2))])
    if not xy.size:
        return "indonesia"
    (x_low, y_low), (x_high, y_high) = xy.min(axis=0), xy.max(axis=0)
    if x_low >= WEST and x_high <= EAST and y_low >= SOUTH and y_high <= NORTH:
        return "indonesia"
    if y_low >= WEST and y_high <= EAST and x_low >= SOUTH and x_high <= NORTH:
        return "swapped"
    return "elsewhere"


def with_axes_swapped(parts: Parts) -> Parts:
    return [[ring[:, ::-1] for ring in rings] for rings in parts]


def _closed_rings(part: Sequence[Ring], steps: list[str]) -> list[Ring]:
    """The part's rings closed, those without an area left out; empty when the shell has none."""
    rings: list[Ring] = []
    for number, ring in enumerate(part):
        closed = ring
        if len(ring) and not np.array_equal(ring[0], ring[-1]):
            closed = np.concatenate([ring, ring[:1]])
            _note(steps, "closed a ring")
        if len(closed) < 4 or _area(closed) == 0:
            _note(steps, "left out a ring without an area")
            if number == 0:
                return []
            continue
        rings.append(closed)
    return rings


def _with_stray_holes_apart(rings: list[Ring], steps: list[str]) -> list[list[Ring]]:
    """Holes that lie outside their shell are parts that were written as holes."""
    if len(rings) == 1:
        return [rings]
    shell = shapely.Polygon(rings[0])
    shapely.prepare(shell)
    holes = [rings[0]]
    strays: list[list[Ring]] = []
    for ring in rings[1:]:
        inside = shapely.contains_xy(shell, ring[:, 0], ring[:, 1]).any()
        if inside or shapely.Polygon(ring).representative_point().intersects(shell):
            holes.append(ring)
        else:
            strays.append([ring])
            _note(steps, "made a hole outside its shell a part")
    return [holes, *strays]


def _crossings(rings: Sequence[Ring], most: int) -> int:
    """About how often the rings' lines cross, touch or overlap one another, from a sample of them.

    Where it is surely beyond `most` it is not counted to the end.
    """
    ends = np.concatenate([np.stack((ring[:-1], ring[1:]), axis=1) for ring in rings])
    segments = shapely.linestrings(ends)
    count = min(len(segments), SAMPLED_SEGMENTS)
    # Even steps through a regular shape would see only one of its sides.
    sampled = np.random.default_rng(0).choice(segments, count, replace=False)
    tree = shapely.STRtree(segments)
    met = 0
    for number, segment in enumerate(sampled, 1):
        # It meets itself and the two beside it.
        met += max(len(tree.query(segment, predicate="intersects")) - 3, 0)
        if number >= _FEWEST_SAMPLED and met * len(segments) > 8 * most * number:
            return met * len(segments) // (2 * number)
    return met * len(segments) // (2 * count)


def _polygons_of(geometry: Any) -> Any:
    """A geometry's polygons, one or several."""
    parts: NDArray[np.object_] = shapely.get_parts(shapely.get_parts(geometry))
    polygons = [part for part in parts if part.geom_type == "Polygon" and part.area > 0]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _area(ring: Ring) -> float:
    x, y = (ring - ring[0]).T
    return abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))) / 2


def _note(steps: list[str], step: str) -> None:
    if step not in steps:
        steps.append(step)
