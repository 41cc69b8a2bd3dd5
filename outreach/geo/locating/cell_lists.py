"""Lists of what each cell of a grid knows of villages: made once, when an index is built.

The earth is cut into cells of longitude and latitude, and their numbers into pages, so that cells
where nothing is take no memory. A list has entries, in order: for an edge twice the number of its
first point and 1; for a village that holds the cell's centre, before its edges, twice the number of
its own first point.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]
# Cells by column and row, beside what they know.
_Known = tuple[Indices, Indices, Indices]

# Fixes of up to 30 m beside borders that are right to 15 m need one cell only.
MARGIN_M = 110.0
LEAST_LAT_M = 110_574.0
# A page has so many cells along each side, as a power of two.
PAGE = 4
INNER = (1 << PAGE) - 1
# Some 220 m, but no round number: no cell's centre should lie on an edge.
_SMALLEST_DEGREES = 0.0020073128
_MOST_CELLS, _MOST_PIECES, _MOST_PLACES = 2e6, 2e7, 2.0**30
# Small parts stay in a processor's cache.
_POLYGONS_AT_ONCE, _EDGES_AT_ONCE, _POINTS_AT_ONCE = 512, 16_384, 200_000


@dataclass(frozen=True, slots=True)
class Outlines:
    """Points of polygons that lie left of their rings, one polygon's after the other's.

    An edge goes from each point to the next where `is_edge`; `owner` is each point's polygon, whose
    points begin at `begins`.
    """

    x: Floats
    y: Floats
    owner: NDArray[np.int32]
    is_edge: Flags
    begins: Indices

    @classmethod
    def of(cls, polygons: Geometries) -> Self:
        number = shapely.get_num_coordinates(polygons)
        begins = np.append(0, np.cumsum(number))
        x, y = np.empty(begins[-1]), np.empty(begins[-1])
        is_edge = np.zeros(begins[-1], dtype=np.bool_)
        for start in range(0, len(polygons), _POLYGONS_AT_ONCE):
            some = shapely.orient_polygons(polygons[start : start + _POLYGONS_AT_ONCE])
            rings = shapely.get_rings(shapely.get_parts(some))
            xy, ring = shapely.get_coordinates(rings, return_index=True)
            at = slice(begins[start], begins[start] + len(xy))
            x[at], y[at] = xy.T
            is_edge[at][:-1] = (ring[1:] == ring[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
        owner = np.repeat(np.arange(len(polygons), dtype=np.int32), number)
        return cls(x, y, owner, is_edge, begins)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells `wide` and `high` in degrees, from a south-west corner on, in pages."""

    west: float
    south: float
    wide: float
    high: float
    page_columns: int
    page_rows: int

    @classmethod
    def over(cls, polygons: Geometries) -> Self:
        """As fine a grid as memory allows; there is nothing in the pages along its sides."""
        bounds = shapely.total_bounds(polygons) if len(polygons) else np.zeros(4)
        west, south, east, north = bounds.tolist()
        _, [lon_m] = metres_per_degree(np.array([min(max(-south, north) + 0.1, 89.0)]))
        high = max(
            _SMALLEST_DEGREES,
            float(np.sqrt(shapely.area(polygons).sum() / _MOST_CELLS)),
            float(shapely.length(polygons).sum()) / _MOST_PIECES,
            float(np.sqrt((east - west) * (north - south) / _MOST_PLACES)),
        )
        wide = high * LEAST_LAT_M / float(lon_m)
        columns, rows = (
            int(size) >> PAGE for size in ((east - west) / wide, (north - south) / high)
        )
        return cls(west - wide * 2**PAGE, south - high * 2**PAGE, wide, high, columns + 3, rows + 3)

    def cell(self, lat: Floats, lon: Floats) -> tuple[Indices, Indices]:
        """Columns and rows of the cells that points lie in, or of the nearest ones there are."""
        column = (lon - self.west) * (1 / self.wide)
        row = (lat - self.south) * (1 / self.high)
        return (
            np.minimum(np.maximum(column, 0), (self.page_columns << PAGE) - 1).astype(np.intp),
            np.minimum(np.maximum(row, 0), (self.page_rows << PAGE) - 1).astype(np.intp),
        )

    def middle(self, column: Indices, row: Indices) -> tuple[Floats, Floats]:
        """Latitudes and longitudes of the middles of cells."""
        up, right = (row + 0.5).astype(np.float64), (column + 0.5).astype(np.float64)
        return self.south + up * self.high, self.west + right * self.wide

    def place(self, column: Indices, row: Indices) -> Indices:
        """The number of a cell among all that might be, page by page."""
        page = (row >> PAGE) * self.page_columns + (column >> PAGE)
        return (page << PAGE | row & INNER) << PAGE | column & INNER


def listed(
    outlines: Outlines, grid: Grid, polygons: Geometries
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32]]:
    """For each page its number, or 0; for each cell of the pages by number where its list begins,
    and after the last one where that ends; and all entries."""
    numbers = np.zeros((grid.page_rows, grid.page_columns), dtype=np.int32)
    counts, entries = [np.zeros(1 << 2 * PAGE, dtype=np.int32)], []
    _, south, _, north = shapely.bounds(polygons).reshape(-1, 4).T
    # The margin may reach into the next page.
    low, high = (((at - grid.south) / grid.high).astype(np.intp) for at in (south, north))
    low, high = ((low >> PAGE) - 1).clip(0), (high >> PAGE) + 1
    for begin, end in _bands(low, np.diff(outlines.begins)):
        some = np.flatnonzero((low < end) & (high >= begin))
        key = _keys(outlines, grid, some, (begin << PAGE, end << PAGE))
        place = key >> 32
        page = place >> 2 * PAGE
        used = page[is_first(page)]
        numbers.ravel()[used] = np.arange(used.size) + len(counts)
        cell = np.searchsorted(used, page) << 2 * PAGE | place & (1 << 2 * PAGE) - 1
        more = np.bincount(cell, minlength=used.size << 2 * PAGE).astype(np.int32)
        counts.extend(more.reshape(used.size, -1))
        entries.append((key & 0xFFFFFFFF).astype(np.uint32))
    first = np.append(0, np.cumsum(np.concatenate(counts), dtype=np.int32)).astype(np.int32)
    return numbers, first, np.concatenate(entries) if entries else np.empty(0, dtype=np.uint32)


def _bands(low: Indices, points: Indices) -> list[tuple[int, int]]:
    """Rows of pages in parts that have few enough points, single rows aside."""
    if not low.size:
        return []
    of_row = np.bincount(low, points)
    part = (np.cumsum(of_row) // _POINTS_AT_ONCE).astype(np.intp)
    begins = np.append(0, np.flatnonzero(part[1:] != part[:-1]) + 1).tolist()
    return list(zip(begins, [*begins[1:], 1 << 31], strict=True))


def _keys(outlines: Outlines, grid: Grid, polygons: Indices, rows: tuple[int, int]) -> Indices:
    """Cells' places and what they know, in order, in one number each; of these rows only."""
    of, nth = repeated(np.diff(outlines.begins)[polygons])
    edge = outlines.begins[polygons][of] + nth
    is_edge = outlines.is_edge[edge]
    edge, polygon = edge[is_edge], polygons[of[is_edge]]
    ax, bx = ((outlines.x[at] - grid.west) / grid.wide for at in (edge, edge + 1))
    ay, by = ((outlines.y[at] - grid.south) / grid.high for at in (edge, edge + 1))
    held = _held((ax - 0.5, ay - 0.5, bx - 0.5, by - 0.5), polygon, outlines.begins << 1)
    parts = [slice(at, at + _EDGES_AT_ONCE) for at in range(0, edge.size, _EDGES_AT_ONCE)]
    near = (_near(grid, (ax[at], ay[at], bx[at], by[at]), edge[at] << 1 | 1) for at in parts)
    known = []
    for column, row, what in chain([held], near):
        there = np.flatnonzero((row >= rows[0]) & (row < rows[1]))
        known.append(grid.place(column[there], row[there]) << 32 | what[there])
    key = np.concatenate(known)
    key.sort()
    return key[is_first(key)]


_Ends = tuple[Floats, Floats, Floats, Floats]


def _near(grid: Grid, ends: _Ends, edge: Indices) -> _Known:
    """The cells that have an edge within their margin. Ends are counted in cells."""
    ax, ay, bx, by = ends
    # A little more than the margin, in cells.
    more = 1.01 * MARGIN_M / LEAST_LAT_M / grid.high
    number = 1 + np.maximum(np.abs(bx - ax), np.abs(by - ay)).astype(np.intp)
    of, nth = repeated(number)
    x0, y0 = ax[of], ay[of]
    step_x, step_y = ((bx - ax) / number)[of], ((by - ay) / number)[of]
    x0, y0 = x0 + nth * step_x, y0 + nth * step_y
    west = (np.minimum(x0, x0 + step_x) - more).astype(np.intp)
    south = (np.minimum(y0, y0 + step_y) - more).astype(np.intp)
    across = (np.maximum(x0, x0 + step_x) + more).astype(np.intp) - west + 1
    up = (np.maximum(y0, y0 + step_y) + more).astype(np.intp) - south + 1
    piece, nth = repeated(across * up)
    column, row = west[piece] + nth % across[piece], south[piece] + nth // across[piece]
    # The edge's line, too, must come near.
    dx, dy = step_x[piece], step_y[piece]
    off = dx * (row + 0.5 - y0[piece]) - dy * (column + 0.5 - x0[piece])
    near = np.abs(off) <= (np.abs(dx) + np.abs(dy)) * (more + 0.5)
    return column[near], row[near], edge[of[piece[near]]]


def _held(ends: _Ends, polygon: Indices, begins: Indices) -> _Known:
    """The cells whose centres polygons hold, by where edges cross the rows of centres."""
    ax, ay, bx, by = ends
    first = np.ceil(np.minimum(ay, by)).astype(np.intp)
    of, nth = repeated(np.ceil(np.maximum(ay, by)).astype(np.intp) - first)
    row = first[of] + nth
    ax, ay, bx, by = ax[of], ay[of], bx[of], by[of]
    column = np.ceil(ax + (row - ay) / (by - ay) * (bx - ax)).astype(np.intp)
    polygon = polygon[of]
    order = np.lexsort((column, row, polygon))
    # What is between the first and the second crossing is inside, and so on.
    begin, end = column[order[::2]], column[order[1::2]]
    span, nth = repeated(end - begin)
    return begin[span] + nth, row[order[::2]][span], begins[polygon[order[::2]][span]]


def is_first(key: Indices) -> Flags:
    """What differs from what is before it."""
    is_first = np.ones(key.size, dtype=np.bool_)
    np.not_equal(key[1:], key[:-1], out=is_first[1:])
    return is_first


def repeated(counts: Indices) -> tuple[Indices, Indices]:
    """Each index as often as it counts, and how many times it came before."""
    index = np.repeat(np.arange(counts.size), counts)
    return index, np.arange(index.size) - np.repeat(np.cumsum(counts) - counts, counts)
