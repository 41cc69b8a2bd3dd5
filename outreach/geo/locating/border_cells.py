"""The borders around a place, to be found without GEOS.

Each cell of a grid knows the edges that come within its margin and the villages that hold its
centre (`cell_lists`), so plain arithmetic tells which villages a point in it lies in and how far
their borders are. Who looks farther than the margin asks the cells around, too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.cell_lists import (
    INNER,
    LEAST_LAT_M,
    MARGIN_M,
    PAGE,
    Grid,
    Outlines,
    is_first,
    listed,
    repeated,
)

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

GAP_M = 25.0
# Within Indonesia a degree, either way, is this long to within 1.5 %: good enough to close gaps.
GAP_DEGREES = GAP_M / 110_800
OUTSIDE = -1
UNDECIDED = -2
_FARTHEST_M = 4_000.0
_PAIRS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Runs:
    """Pairs of a fix (`row`) and a village that matters around it."""

    row: Indices
    village: Indices
    inside: Flags


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of a run and an edge, in metres as gaussian.lost_beyond takes them in σ."""

    run: Indices
    row: Indices
    across: Floats
    start: Floats
    end: Floats
    distance: Floats

    def only(self, some: Indices) -> "Edges":
        return Edges(
            self.run[some],
            self.row[some],
            self.across[some],
            self.start[some],
            self.end[some],
            self.distance[some],
        )


class BorderCells:
    """Villages' edges by the cells they are near to.

    `margins_m` tells how far one sees all around by asking the cell of a place and so many rings of
    cells around it as the margin's number.
    """

    __slots__ = (
        "_entries",
        "_first",
        "_grid",
        "_metres",
        "_most",
        "_owner",
        "_page",
        "_x",
        "_y",
        "margins_m",
    )

    def __init__(self, polygons: Geometries) -> None:
        outlines = Outlines.of(polygons)
        self._x, self._y, self._owner = outlines.x, outlines.y, outlines.owner
        self._grid = Grid.over(polygons)
        self._page, self._first, self._entries = listed(outlines, self._grid, polygons)
        self._most = int(np.diff(self._first).max(initial=0))
        # A cell is so small that lengths are the same all over it.
        rows = np.arange(self._grid.page_rows << PAGE)
        self._metres = metres_per_degree(self._grid.middle(rows, rows)[0].clip(-90, 90))
        step_m = self._grid.high * LEAST_LAT_M
        self.margins_m: Floats = np.arange(MARGIN_M, _FARTHEST_M + step_m, step_m)

    def _entries_of(self, column: Indices, row: Indices) -> tuple[Indices, Indices]:
        """Where the entries of cells begin, and how many they are."""
        page = self._page[row >> PAGE, column >> PAGE]
        cell = (page << PAGE | row & INNER) << PAGE | column & INNER
        first = self._first[cell]
        return first, self._first[cell + 1] - first

    def alone(self, lat: Floats, lon: Floats) -> Indices:
        """The village (or OUTSIDE) that has all within the margin; UNDECIDED for all else."""
        first, number = self._entries_of(*self._grid.cell(lat, lon))
        found = np.where(number == 0, OUTSIDE, UNDECIDED)
        [one] = np.nonzero(number == 1)
        entry = self._entries[first[one]]
        found[one] = np.where(entry & 1, UNDECIDED, self._owner[entry >> 1])
        return found

    def parts(self, lat: Floats, lon: Floats, rings: int) -> list[Indices]:
        """All places in parts that are not too much to look around at once, single ones aside."""
        if lat.size * self._most * (2 * rings + 1) ** 2 <= _PAIRS_AT_ONCE:
            return [np.arange(lat.size)] if lat.size else []
        number = self._lists_around(*self._grid.cell(lat, lon), rings)[1].sum(axis=1)
        part = np.cumsum(number) // _PAIRS_AT_ONCE
        return np.split(np.arange(lat.size), np.flatnonzero(part[1:] != part[:-1]) + 1)

    def _lists_around(self, column: Indices, row: Indices, rings: int) -> tuple[Indices, Indices]:
        """Where the lists of cells around each begin, its own in the middle, and their sizes."""
        beside = np.arange(-rings, rings + 1)
        column = (column[:, None, None] + beside).clip(0, (self._grid.page_columns << PAGE) - 1)
        up = (row[:, None, None] + beside[:, None]).clip(0, (self._grid.page_rows << PAGE) - 1)
        first, number = self._entries_of(column, up)
        return first.reshape(row.size, -1), number.reshape(row.size, -1)

    def _listed(self, column: Indices, row: Indices, rings: int) -> tuple[Indices, Indices]:
        """Pairs of a place and an entry around it, each once and in order."""
        if not rings:
            first, number = self._entries_of(column, row)
            place, nth = repeated(number)
            return place, self._entries[first[place] + nth].astype(np.intp)
        first, number = (part.ravel() for part in self._lists_around(column, row, rings))
        cells = (2 * rings + 1) ** 2
        cell, nth = repeated(number)
        entry = self._entries[first[cell] + nth].astype(np.intp)
        # Who holds a centre matters in the cell itself only.
        kept = np.flatnonzero((entry & 1 == 1) | (cell % cells == cells // 2))
        key = np.sort(cell[kept] // cells << 32 | entry[kept])
        key = key[is_first(key)]
        return key >> 32, key & 0xFFFFFFFF

    def around(self, lat: Floats, lon: Floats, rings: int) -> tuple[Runs, Edges]:
        """The villages around each place, which of them hold it, and where their edges lie."""
        column, up = self._grid.cell(lat, lon)
        row, entry = self._listed(column, up, rings)
        point = entry >> 1
        owner = self._owner[point]
        begins = np.ones(row.size, dtype=np.bool_)
        begins[1:] = (row[1:] != row[:-1]) | (owner[1:] != owner[:-1])
        run = np.cumsum(begins) - 1
        begin = np.flatnonzero(begins)
        is_edge = entry & 1
        edge = np.flatnonzero(is_edge)
        point, of, run = point[edge], row[edge], run[edge]
        lat_m, lon_m = self._metres[0][up], self._metres[1][up]
        centre_lat, centre_lon = self._grid.middle(column, up)
        centre = ((centre_lon - lon) * lon_m)[of], ((centre_lat - lat) * lat_m)[of]
        x, y, x_m, y_m = lon[of], lat[of], lon_m[of], lat_m[of]
        a = (self._x[point] - x) * x_m, (self._y[point] - y) * y_m
        point += 1
        b = (self._x[point] - x) * x_m, (self._y[point] - y) * y_m
        edges, crossed = measured((run, of), a, b, centre)
        odd = np.bincount(run[np.flatnonzero(crossed)], minlength=begin.size) & 1
        inside = is_edge[begin] == odd
        return Runs(row[begin], owner[begin].astype(np.intp), inside), edges


def measured(
    of: tuple[Indices, Indices],
    a: tuple[Floats, Floats],
    b: tuple[Floats, Floats],
    centre: tuple[Floats, Floats],
) -> tuple[Edges, Flags]:
    """Edges as seen from a place at 0, 0; and which are crossed on the way to the centre."""
    (ax, ay), (bx, by), (cx, cy) = a, b, centre
    along_x, along_y = bx - ax, by - ay
    cross = ax * by - ay * bx
    split = (cx * ay >= cy * ax) != (cx * by >= cy * bx)
    crossed = split & ((cross >= 0) != (cross + along_x * cy - along_y * cx >= 0))
    length = np.sqrt(along_x * along_x + along_y * along_y)
    start = (ax * along_x + ay * along_y) / length
    end = (bx * along_x + by * along_y) / length
    beside = np.maximum(np.maximum(start, -end), 0)
    across = cross / length
    return Edges(*of, across, start, end, np.sqrt(across * across + beside * beside)), crossed
