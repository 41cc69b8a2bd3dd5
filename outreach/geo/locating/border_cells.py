"""What is known of the borders near a place, to be asked without GEOS.

The earth is cut into cells of longitude and latitude, in levels of doubling size. A cell knows the
edges of villages within its margin and which villages hold its centre, in metres around the centre,
so plain arithmetic tells which villages a point in it lies in and how far their borders are. What
is farther than 25 m from every village is "outside"; in a cell that is open it has edges as a
village has. What a cell knows depends on the polygons alone.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.outlines import Outlines

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

LEVELS = 7
MARGINS_M: Floats = np.ldexp(80.0, np.arange(LEVELS))
GAP_M = 25.0
# Within Indonesia a degree, either way, is this long to within 1.5 %: good enough to close gaps.
_DEGREE_M = 110_800
GAP_DEGREES = GAP_M / _DEGREE_M
OUTSIDE = -1
UNDECIDED = -2
_CELL_DEGREES = MARGINS_M / _DEGREE_M
# Cells along each side of a block: it is some 2 km wide until one cell is wider.
BLOCK_CELLS = np.maximum(1, 32 >> np.arange(LEVELS)).astype(np.intp)
_MOST_PAIRS = 200_000
# The edges that a cell of the lowest level may well know.
_CELL_WEIGHT = 48


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of cells, of the villages ("runs") that matter in each, and of each run's edges.

    `holder` is the village (or OUTSIDE) that alone has a cell's centre, UNDECIDED if not one has,
    and there is no edge within `clearance_m` of that centre. A run's edges are in metres east and
    north of it, and the village is on the left of the way from a to b.
    """

    holder: Indices
    clearance_m: Floats
    lon: Floats
    lat: Floats
    lon_m: Floats
    lat_m: Floats
    first_run: Indices
    runs: Indices
    edges: Indices
    run_village: Indices
    run_holds_centre: Flags
    run_first_edge: Indices
    run_edges: Indices
    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    is_open: Flags

    def moved(self, runs: int, edges: int) -> Self:
        """These cells behind so many runs and edges of others."""
        return replace(
            self,
            first_run=self.first_run + runs,
            run_first_edge=self.run_first_edge + edges,
        )


_I, _B, _F = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.bool_), np.empty(0)
NO_CELLS = Cells(_I, _F, _F, _F, _F, _F, _I, _I, _I, _I, _B, _I, _I, _F, _F, _F, _F, _B)


def place_of(lat: Floats, lon: Floats, level: Indices) -> tuple[Indices, Indices]:
    """Columns and rows of the cells that points lie in."""
    size = _CELL_DEGREES[level]
    return ((lon + 180) / size).astype(np.intp), ((lat + 90) / size).astype(np.intp)


def key_of(level: Indices, column: Indices, row: Indices) -> Indices:
    keys: Indices = (column << 32 | row) * LEVELS + level
    return keys


@dataclass(frozen=True, slots=True)
class Ground:
    """Where cells lie; distances are right in the middle of the block of each.

    `step_x` and `step_y` count cells from the south-west one of the block, which is at `west` and
    `south`.
    """

    level: Indices
    column: Indices
    row: Indices
    west: Floats
    south: Floats
    step_x: Floats
    step_y: Floats
    lon_m: Floats
    lat_m: Floats

    @classmethod
    def of(cls, keys: Indices) -> Self:
        place, level = np.divmod(keys, LEVELS)
        column, row = place >> 32, place & 0xFFFFFFFF
        size, across = _CELL_DEGREES[level], BLOCK_CELLS[level]
        side = size * across
        west, south = column // across * side - 180, row // across * side - 90
        lat_m, lon_m = metres_per_degree(south + side / 2)
        step_x, step_y = (column % across).astype(np.float64), (row % across).astype(np.float64)
        return cls(
            level, column, row, west + size / 2, south + size / 2, step_x, step_y, lon_m, lat_m
        )

    @classmethod
    def of_block(cls, key: int) -> Self:
        """All cells of a block, in rows from the south."""
        place, level = divmod(key, LEVELS)
        across = int(BLOCK_CELLS[level])
        row, column = np.divmod(np.arange(across * across), across)
        column, row = column + (place >> 32) * across, row + (place & 0xFFFFFFFF) * across
        return cls.of(key_of(np.full(column.size, level), column, row))

    @property
    def keys(self) -> Indices:
        return key_of(self.level, self.column, self.row)

    @property
    def in_blocks(self) -> tuple[list[int], list[int]]:
        """The key of each cell's block, and which of the block's cells it is."""
        across = BLOCK_CELLS[self.level]
        inner = self.row % across * across + self.column % across
        return key_of(
            self.level, self.column // across, self.row // across
        ).tolist(), inner.tolist()

    @property
    def lon(self) -> Floats:
        lon: Floats = self.west + self.step_x * _CELL_DEGREES[self.level]
        return lon

    @property
    def lat(self) -> Floats:
        lat: Floats = self.south + self.step_y * _CELL_DEGREES[self.level]
        return lat

    @property
    def half_m(self) -> tuple[Floats, Floats]:
        half = _CELL_DEGREES[self.level] / 2
        return half * self.lon_m, half * self.lat_m

    @property
    def sight_m(self) -> Floats:
        """From a cell's centre to the end of its margin beside a corner."""
        sight_m: Floats = np.hypot(*self.half_m) + MARGINS_M[self.level]
        return sight_m

    def boxes(self, more_m: float) -> Floats:
        """The cells with their margins, and `more_m` and a little more to each side."""
        beyond = MARGINS_M[self.level] * 1.1 + more_m
        half = _CELL_DEGREES[self.level] / 2
        right, up = half + beyond / self.lon_m, half + beyond / self.lat_m
        lon, lat = self.lon, self.lat
        return np.column_stack((lon - right, lat - up, lon + right, lat + up))


@dataclass(frozen=True, slots=True)
class _Edges:
    """Edges of polygons as cells see them: distance to the centre, and columns ax, ay, bx, by."""

    cell: Indices
    polygon: Indices
    distance_m: Floats
    ends: tuple[Floats, Floats, Floats, Floats]

    def joined(self, more: Self) -> Self:
        ends = tuple(np.append(a, b) for a, b in zip(self.ends, more.ends, strict=True))
        return type(self)(
            np.append(self.cell, more.cell),
            np.append(self.polygon, more.polygon),
            np.append(self.distance_m, more.distance_m),
            (ends[0], ends[1], ends[2], ends[3]),
        )

    def in_order(self) -> Self:
        """By cells, then polygons, then as they follow each other."""
        order = np.lexsort((self.polygon, self.cell))
        ends = [column[order] for column in self.ends]
        return type(self)(
            self.cell[order],
            self.polygon[order],
            self.distance_m[order],
            (ends[0], ends[1], ends[2], ends[3]),
        )


def edges_by_cell(
    outlines: Outlines, ground: Ground, cell: Indices, polygon: Indices, boxes: Floats
) -> _Edges:
    """The edges within the margin of cells, of the polygon beside each cell."""
    pair, edge = outlines.within(polygon, boxes[cell])
    cell, polygon = cell[pair], polygon[pair]
    lon_m, lat_m = ground.lon_m[cell], ground.lat_m[cell]
    half_x, half_y = (half[cell] for half in ground.half_m)
    centre_x, centre_y = ground.step_x[cell] * 2 * half_x, ground.step_y[cell] * 2 * half_y
    west, south = ground.west[cell], ground.south[cell]
    x, y = outlines.xy.T
    ax, bx = ((x[at] - west) * lon_m - centre_x for at in (edge, edge + 1))
    ay, by = ((y[at] - south) * lat_m - centre_y for at in (edge, edge + 1))
    along_x, along_y = bx - ax, by - ay
    t = -(ax * along_x + ay * along_y) / (along_x * along_x + along_y * along_y)
    t = t.clip(0, 1)
    distance = np.hypot(ax + t * along_x, ay + t * along_y)
    near = np.flatnonzero(distance <= ground.sight_m[cell])
    return _Edges(
        cell[near], polygon[near], distance[near], (ax[near], ay[near], bx[near], by[near])
    )


def columns(
    ground: Ground,
    outside: int,
    edges: _Edges,
    holders: tuple[Indices, Indices],
    is_open: Flags,
) -> Cells:
    """The cells; `holders` are pairs of a cell and who holds its centre, `outside` is OUTSIDE."""
    of_edge = edges.cell * (outside + 1) + edges.polygon
    of_holder = holders[0] * (outside + 1) + holders[1]
    run = np.union1d(of_edge, of_holder)
    run_cell, run_village = np.divmod(run, outside + 1)
    run_edges = np.bincount(np.searchsorted(run, of_edge), minlength=run.size)
    cells = ground.level.size
    edges_of_cell = np.bincount(edges.cell, minlength=cells)
    runs = np.bincount(run_cell, minlength=cells)
    holder = np.full(cells, UNDECIDED)
    holder[holders[0]] = np.where(holders[1] == outside, OUTSIDE, holders[1])
    holder[np.bincount(holders[0], minlength=cells) > 1] = UNDECIDED
    clearance_m = ground.sight_m
    np.minimum.at(clearance_m, edges.cell, edges.distance_m)
    return Cells(
        holder,
        clearance_m,
        ground.lon,
        ground.lat,
        ground.lon_m,
        ground.lat_m,
        np.cumsum(runs) - runs,
        runs,
        edges_of_cell,
        np.where(run_village == outside, OUTSIDE, run_village),
        np.isin(run, of_holder),
        np.cumsum(run_edges) - run_edges,
        run_edges,
        *edges.ends,
        is_open,
    )


def bounded(weights: Indices) -> list[Indices]:
    """All indices in parts that weigh little enough to work on at once, single ones aside."""
    if not weights.size:
        return []
    part = np.cumsum(weights) // _MOST_PAIRS
    return np.split(np.arange(weights.size), np.flatnonzero(part[1:] != part[:-1]) + 1)


def parted(lat: Floats, lon: Floats, level: Indices) -> list[Indices]:
    """All points in parts whose cells do not know too much at once, those of a cell together."""
    if not lat.size:
        return []
    weight = _CELL_WEIGHT << (2 * level)
    if weight.sum() <= _MOST_PAIRS:
        return [np.arange(lat.size)]
    keys = key_of(level, *place_of(lat, lon, level))
    order = np.argsort(keys, kind="stable")
    is_first = np.append(True, keys[order][1:] != keys[order][:-1])
    return [order[part] for part in bounded(np.where(is_first, weight[order], 1))]
