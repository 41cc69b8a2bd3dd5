"""The borders near a place, without asking GEOS again.

The earth is cut into cells of longitude and latitude, in levels of doubling size. A cell knows the
edges of villages within its margin and which villages hold its centre, in metres around the centre,
so plain arithmetic tells which villages a point in it lies in and how far their borders are. What
is farther than 25 m from every village is "outside" and has edges as a village has. Cells are
filled a block at a time when first asked for; what a cell knows depends on the polygons alone.
"""

import threading
from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree

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
_CELL_DEGREES = 2 * MARGINS_M / _DEGREE_M
# Cells along each side of a block: it is some 2 km wide until one cell is wider.
_BLOCK_CELLS = np.maximum(1, 16 >> np.arange(LEVELS)).astype(np.intp)
_MOST_EDGES = 800_000
_MOST_CELLS = 800_000
_MOST_PAIRS = 200_000
_HARDLY = 3


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

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        moved, runs, edges = [], 0, 0
        for part in parts:
            moved.append(
                replace(
                    part,
                    first_run=part.first_run + runs,
                    run_first_edge=part.run_first_edge + edges,
                )
            )
            runs += part.run_village.size
            edges += part.ax.size
        return cls(*(np.concatenate([getattr(p, f.name) for p in moved]) for f in fields(cls)))


_I, _B, _F = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.bool_), np.empty(0)
_NO_CELLS = Cells(_I, _F, _F, _F, _F, _F, _I, _I, _I, _I, _B, _I, _I, _F, _F, _F, _F)


class Borders:
    """Village polygons as cells, to be asked from any thread."""

    __slots__ = ("_asked", "_blocks", "_cells", "_lock", "_polygons", "_tree")

    def __init__(self, polygons: Geometries, tree: shapely.STRtree) -> None:
        self._polygons = polygons
        self._tree = tree
        self._blocks: dict[int, int] = {}
        self._cells = _NO_CELLS
        self._asked: Counter[int] = Counter()
        self._lock = threading.Lock()

    def cells(
        self, lat: Floats, lon: Floats, level: Indices, *, fill: bool
    ) -> tuple[Cells, Indices]:
        """All cells, and which of them each point lies in at its level; at least one point.

        Unless it shall `fill` them, points in blocks that were hardly asked for have the cell -1.
        """
        size, across = _CELL_DEGREES[level], _BLOCK_CELLS[level]
        column = ((lon + 180) / size).astype(np.intp)
        row = ((lat + 90) / size).astype(np.intp)
        block_column, block_row = column // across, row // across
        keys, block = np.unique(
            (block_column << 32 | block_row) * LEVELS + level, return_inverse=True
        )
        wanted = keys.tolist()
        with self._lock:
            self._fill(
                wanted
                if fill
                else [
                    key for key in wanted if key not in self._blocks and self._is_often_asked(key)
                ]
            )
            cells = self._cells
            first = np.array([self._blocks.get(key, -1) for key in wanted], dtype=np.intp)[block]
        inner = (row - block_row * across) * across + (column - block_column * across)
        return cells, np.where(first < 0, -1, first + inner)

    def sure(self, lat: Floats, lon: Floats, reach_m: Floats) -> Indices:
        """The village that has everything within reach, or OUTSIDE; UNDECIDED for all else.

        Asks GEOS, and never says other than the cells would.
        """
        lat_m, lon_m = metres_per_degree(lat)
        right, up = (1.02 * reach_m + 2 * GAP_M) / (lon_m, lat_m)
        around = shapely.box(lon - right, lat - up, lon + right, lat + up)
        point, village = self._tree.query(around, predicate="intersects")
        number = np.bincount(point, minlength=lat.size)
        alone = number[point] == 1
        point, village = point[alone], village[alone]
        whole = shapely.contains_properly(self._polygons[village], around[point])
        home = np.where(number == 0, OUTSIDE, UNDECIDED)
        home[point[whole]] = village[whole]
        return home

    def _is_often_asked(self, key: int) -> bool:
        if len(self._asked) > _MOST_CELLS:
            self._asked.clear()
        self._asked[key] += 1
        return self._asked[key] > _HARDLY

    def _fill(self, keys: list[int]) -> None:
        """Make sure of these blocks; forget what there was before when that is too much."""
        missing = [key for key in keys if key not in self._blocks]
        if not missing:
            return
        if self._cells.ax.size > _MOST_EDGES or self._cells.holder.size > _MOST_CELLS:
            self._cells, self._blocks, missing = _NO_CELLS, {}, keys
            self._asked.clear()
        blocks, parts, size = dict(self._blocks), [self._cells], self._cells.holder.size
        for key in missing:
            place, level = divmod(key, LEVELS)
            parts.append(self._filled(_Block(place >> 32, place & 0xFFFFFFFF, level)))
            blocks[key] = size
            size += parts[-1].holder.size
        self._cells, self._blocks = Cells.joined(parts), blocks

    def _filled(self, block: "_Block") -> Cells:
        box = block.box(2 * GAP_M)
        villages = np.sort(self._tree.query(box, predicate="intersects"))
        pieces = shapely.intersection(self._polygons[villages], box)
        land = shapely.union_all(pieces).buffer(GAP_DEGREES)
        pieces = np.append(pieces, block.box(0).difference(land))
        centres = shapely.points(block.lon, block.lat)
        holders = shapely.STRtree(pieces).query(centres, predicate="intersects")
        edges = _edges_by_cell(pieces, block)
        return _columns(block, np.append(villages, OUTSIDE), edges, (holders[0], holders[1]))


class _Block:
    """Where a block's cells lie, in rows from the south; distances are right in its middle."""

    __slots__ = (
        "_bounds",
        "across",
        "half_m",
        "lat",
        "lat_m",
        "lon",
        "lon_m",
        "margin_m",
        "sight_m",
    )

    def __init__(self, column: int, row: int, level: int) -> None:
        size, self.across = float(_CELL_DEGREES[level]), int(_BLOCK_CELLS[level])
        side = size * self.across
        west, south = column * side - 180, row * side - 90
        centres = np.arange(0.5, self.across) * size
        self.lon = np.tile(west + centres, self.across)
        self.lat = np.repeat(south + centres, self.across)
        lat_m, lon_m = metres_per_degree(np.array([south + side / 2]))
        self.lat_m, self.lon_m = float(lat_m[0]), float(lon_m[0])
        self.margin_m = float(MARGINS_M[level])
        self.half_m = np.array([size * self.lon_m, size * self.lat_m]) / 2
        # From a cell's centre to the end of its margin beside a corner.
        self.sight_m = float(np.hypot(*self.half_m)) + self.margin_m
        self._bounds = west, south, west + side, south + side

    def box(self, more_m: float) -> shapely.Polygon:
        """The block with its margin, and `more_m` and a little more to each side."""
        west, south, east, north = self._bounds
        right = (self.margin_m * 1.1 + more_m) / self.lon_m
        up = (self.margin_m * 1.1 + more_m) / self.lat_m
        return shapely.box(west - right, south - up, east + right, north + up)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Edges of polygons as cells see them: distance to the centre, and rows of ax, ay, bx, by."""

    cell: Indices
    polygon: Indices
    distance_m: Floats
    ends: Floats


def _edges_by_cell(polygons: Geometries, block: _Block) -> "_Edges":
    """The edges within the margin of each cell, in order of cells, then polygons."""
    parts, whose_part = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
    rings, whose_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = (points - (block.lon[0], block.lat[0])) * (block.lon_m, block.lat_m)
    follows = np.flatnonzero((ring[1:] == ring[:-1]) & (points[1:] != points[:-1]).any(axis=1))
    a, b = points[follows], points[follows + 1]
    whose = whose_part[whose_ring[ring[follows]]]
    # Cells by column and row that an edge's box reaches, clipped to the block.
    far = block.half_m + block.margin_m
    low = np.ceil((np.minimum(a, b) - far) / (2 * block.half_m)).clip(0)
    high = np.floor((np.maximum(a, b) + far) / (2 * block.half_m)).clip(None, block.across - 1)
    wide, tall = (high - low + 1).clip(0).astype(np.intp).T
    edge, nth = repeated(wide * tall)
    column = low[edge, 0].astype(np.intp) + nth % wide[edge]
    row = low[edge, 1].astype(np.intp) + nth // wide[edge]
    centre = np.column_stack((column, row)) * (2 * block.half_m)
    a, b = a[edge] - centre, b[edge] - centre
    along = b - a
    t = (-(a * along).sum(axis=1) / (along * along).sum(axis=1)).clip(0, 1)[:, None]
    distance = np.hypot(*(a + t * along).T)
    near = distance <= block.sight_m
    cell, whose, ends = row * block.across + column, whose[edge], np.hstack((a, b))
    order = np.flatnonzero(near)[np.lexsort((whose[near], cell[near]))]
    return _Edges(cell[order], whose[order], distance[order], ends[order])


def _columns(
    block: _Block, villages: Indices, edges: "_Edges", holders: tuple[Indices, Indices]
) -> Cells:
    """The cells of a block; `holders` are pairs of a cell and who holds its centre.

    Polygons are meant by their place in `villages`.
    """
    cell = edges.cell
    number = villages.size
    of_edge, of_holder = cell * number + edges.polygon, holders[0] * number + holders[1]
    run = np.union1d(of_edge, of_holder)
    run_cell, run_village = run // number, villages[run % number]
    run_edges = np.bincount(np.searchsorted(run, of_edge), minlength=run.size)
    cells = block.lon.size
    edges_of_cell = np.bincount(cell, minlength=cells)
    runs = np.bincount(run_cell, minlength=cells)
    first_run = np.cumsum(runs) - runs
    holder = np.full(cells, UNDECIDED)
    holder[holders[0]] = villages[holders[1]]
    holder[np.bincount(holders[0], minlength=cells) > 1] = UNDECIDED
    clearance_m = np.full(cells, block.sight_m)
    np.minimum.at(clearance_m, cell, edges.distance_m)
    return Cells(
        holder,
        clearance_m,
        block.lon,
        block.lat,
        np.full(cells, block.lon_m),
        np.full(cells, block.lat_m),
        first_run,
        runs,
        edges_of_cell,
        run_village,
        np.isin(run, of_holder),
        np.cumsum(run_edges) - run_edges,
        run_edges,
        *(column.copy() for column in edges.ends.T),
    )


def repeated(counts: Indices) -> tuple[Indices, Indices]:
    """Each index as often as it counts, and how many times it came before."""
    index = np.repeat(np.arange(counts.size), counts)
    return index, np.arange(index.size) - np.repeat(np.cumsum(counts) - counts, counts)


def bounded(weights: Indices) -> list[Indices]:
    """All indices in parts that weigh little enough to work on at once, single ones aside."""
    if not weights.size:
        return []
    part = np.cumsum(weights) // _MOST_PAIRS
    return np.split(np.arange(weights.size), np.flatnonzero(part[1:] != part[:-1]) + 1)
