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

    __slots__ = ("_entries", "_first", "_grid", "_owner", "_page", "_x", "_y", "margins_m")

    def __init__(self, polygons: Geometries) -> None:
        outlines = Outlines.of(polygons)
        self._x, self._y, self._owner = outlines.x, outlines.y, outlines.owner
        self._grid = Grid.over(polygons)
        self._page, self._first, self._entries = listed(outlines, self._grid, polygons)
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
        number = self._around(lat, lon, rings)[1].sum(axis=1)
        part = np.cumsum(number) // _PAIRS_AT_ONCE
        if not part.size or part[-1] == 0:
            return [np.arange(lat.size)] if lat.size else []
        return np.split(np.arange(lat.size), np.flatnonzero(part[1:] != part[:-1]) + 1)

    def _around(self, lat: Floats, lon: Floats, rings: int) -> tuple[Indices, Indices]:
        """Where the entries of the cells around each place begin, its own in the middle."""
        column, row = self._grid.cell(lat, lon)
        if not rings:
            first, number = self._entries_of(column, row)
            return first[:, None], number[:, None]
        beside = np.arange(-rings, rings + 1)
        column = (column[:, None, None] + beside).clip(0, (self._grid.page_columns << PAGE) - 1)
        row = (row[:, None, None] + beside[:, None]).clip(0, (self._grid.page_rows << PAGE) - 1)
        first, number = self._entries_of(column, row)
        return first.reshape(lat.size, -1), number.reshape(lat.size, -1)

    def _listed(self, lat: Floats, lon: Floats, rings: int) -> tuple[Indices, Indices]:
        """Pairs of a place and an entry around it, each once and in order."""
        first, number = self._around(lat, lon, rings)
        ends = np.cumsum(number)
        shift = first.ravel() - (ends - number.ravel())
        pair = np.arange(ends[-1]) + np.repeat(shift, number.ravel())
        entry = self._entries[pair].astype(np.intp)
        row = np.repeat(np.arange(lat.size), number.sum(axis=1))
        if not rings:
            return row, entry
        cells = first.shape[1]
        is_own = np.repeat(np.arange(first.size) % cells == cells // 2, number.ravel())
        kept = is_own | (entry & 1 == 1)
        key = np.sort(row[kept] << 32 | entry[kept])
        key = key[is_first(key)]
        return key >> 32, key & 0xFFFFFFFF

    def around(self, lat: Floats, lon: Floats, rings: int) -> tuple[Runs, Edges]:
        """The villages around each place, which of them hold it, and where their edges lie."""
        row, entry = self._listed(lat, lon, rings)
        point, is_edge = entry >> 1, entry & 1 == 1
        owner = self._owner[point]
        begins = np.ones(row.size, dtype=np.bool_)
        begins[1:] = (row[1:] != row[:-1]) | (owner[1:] != owner[:-1])
        run = np.cumsum(begins) - 1
        centre_inside = ~is_edge[begins]
        point, of, run = point[is_edge], row[is_edge], run[is_edge]
        lat_m, lon_m = metres_per_degree(lat)
        column, up = self._grid.cell(lat, lon)
        grid = self._grid
        cx = ((grid.west + (column + 0.5) * grid.wide - lon) * lon_m)[of]
        cy = ((grid.south + (up + 0.5) * grid.high - lat) * lat_m)[of]
        x, y, x_m, y_m = lon[of], lat[of], lon_m[of], lat_m[of]
        ends = (self._x[point] - x) * x_m, (self._y[point] - y) * y_m
        point += 1
        edges, crossed = measured(
            (run, of), ends, ((self._x[point] - x) * x_m, (self._y[point] - y) * y_m), (cx, cy)
        )
        odd = np.bincount(run[crossed], minlength=centre_inside.size) & 1
        return Runs(row[begins], owner[begins].astype(np.intp), centre_inside != odd), edges


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
