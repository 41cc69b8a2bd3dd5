"""Borders that are asked for again, kept as cells.

A cell is made by itself when little is asked there, so that scattered points cost little; what is
asked more often is made a block at a time and kept. The outside around a cell takes GEOS, so it is
looked for only when a fix needs it, and kept with its cell. Answers do not depend on what is kept.
"""

import threading
from collections import Counter
from dataclasses import fields, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.border_cells import (
    BLOCK_CELLS,
    GAP_DEGREES,
    GAP_M,
    LEVELS,
    NO_CELLS,
    OUTSIDE,
    UNDECIDED,
    Cells,
    Ground,
    columns,
    edges_by_cell,
    key_of,
    place_of,
)
from outreach.geo.locating.outlines import Outlines

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Geometries = NDArray[np.object_]

# To make a block takes about as long as to make cells for so many fixes one by one.
_OFTEN = [256, 96, 32, 8, 2, 0, 0]
_MOST_EDGES = 800_000
_MOST_CELLS = 800_000
# Of so many fixes at a time, lest places that are asked once a day push out the others.
_MOST_COUNTED = 50_000
_NO_SLOTS = np.array([-1], dtype=np.intp)
_NAMES = [field.name for field in fields(Cells)]


class _KeptCells:
    """Cells that only become more: who looks at `cells` sees no change."""

    __slots__ = ("_columns", "cells")

    def __init__(self) -> None:
        self.cells = NO_CELLS
        self._columns = {name: getattr(NO_CELLS, name) for name in _NAMES}

    def append(self, part: Cells) -> None:
        part = part.moved(self.cells.run_village.size, self.cells.ax.size)
        views = []
        for name in _NAMES:
            old, new = getattr(self.cells, name), getattr(part, name)
            size = old.size + new.size
            column = self._columns[name]
            if size > column.size:
                column = self._columns[name] = np.resize(old, 2 * size)
            column[old.size : size] = new
            views.append(column[:size])
        self.cells = Cells(*views)


class KnownBorders:
    """Village polygons as cells, to be asked from any thread."""

    __slots__ = (
        "_asked",
        "_blocks",
        "_counted",
        "_kept",
        "_lock",
        "_opened",
        "_outlines",
        "_polygons",
        "_slots",
        "_tree",
    )

    def __init__(self, polygons: Geometries, tree: shapely.STRtree) -> None:
        self._polygons = polygons
        self._tree = tree
        self._outlines = Outlines(polygons)
        self._blocks: dict[int, int] = {}
        self._kept = _KeptCells()
        # Which cell to ask for a slot: an open one, once it is known.
        self._slots = _NO_SLOTS
        self._opened: dict[int, int] = {}
        self._asked: Counter[int] = Counter()
        self._counted = 0
        self._lock = threading.Lock()

    def kept(self, lat: Floats, lon: Floats, level: Indices) -> tuple[Cells, Indices]:
        """All cells that are kept, and which of them each point lies in; -1 where it is not kept.

        What is asked for often enough is kept from then on.
        """
        across = BLOCK_CELLS[level]
        column, row = place_of(lat, lon, level)
        block_column, block_row = column // across, row // across
        keys, block = np.unique(key_of(level, block_column, block_row), return_inverse=True)
        wanted = keys.tolist()
        with self._lock:
            if not self._blocks.keys() >= set(wanted):
                times = np.bincount(block).tolist()
                self._keep(
                    [
                        key
                        for key, number in zip(wanted, times, strict=True)
                        if key not in self._blocks and self._is_often_asked(key, number)
                    ]
                )
            first = np.array([self._blocks.get(key, -1) for key in wanted], dtype=np.intp)[block]
            inner = (row - block_row * across) * across + (column - block_column * across)
            slot = self._slots[np.where(first < 0, -1, first + inner)]
            return self._kept.cells, slot

    def made(self, lat: Floats, lon: Floats, level: Indices) -> tuple[Cells, Indices]:
        """Cells for these points alone, as they would be kept, and which of them each lies in."""
        keys, cell = np.unique(key_of(level, *place_of(lat, lon, level)), return_inverse=True)
        return self._made(Ground.of(keys)), cell

    def opened(self, lat: Floats, lon: Floats, level: Indices) -> tuple[Cells, Indices]:
        """All cells that are kept, and those open ones that each point lies in; keeps them."""
        keys, cell = np.unique(key_of(level, *place_of(lat, lon, level)), return_inverse=True)
        with self._lock:
            self._open(keys.tolist())
            slots = np.array([self._opened[key] for key in keys.tolist()], dtype=np.intp)
            return self._kept.cells, slots[cell]

    def sure(self, lat: Floats, lon: Floats, reach_m: Floats) -> Indices:
        """The village that has everything within reach, or OUTSIDE; UNDECIDED for all else.

        It never says other than the cells would.
        """
        point, village = self._tree.query(shapely.points(lon, lat), predicate="intersects")
        home = np.full(lat.size, OUTSIDE)
        home[point] = village
        home[np.bincount(point, minlength=lat.size) > 1] = UNDECIDED
        lat_m, lon_m = metres_per_degree(lat)
        far_m = 1.02 * reach_m + np.where(home == OUTSIDE, 2 * GAP_M, 1)
        right, up = far_m / (lon_m, lat_m)
        boxes = np.column_stack((lon - right, lat - up, lon + right, lat + up))
        point, village = self._tree.query(shapely.box(*boxes.T))
        home[point[self._outlines.reach(village, boxes[point])]] = UNDECIDED
        return home

    def _is_often_asked(self, key: int, times: int) -> bool:
        self._counted += times
        if self._counted > _MOST_COUNTED:
            self._asked.clear()
            self._counted = 0
        self._asked[key] += times
        return self._asked[key] > _OFTEN[key % LEVELS]

    def _keep(self, keys: list[int]) -> None:
        """Keep these blocks, or as many of them as memory allows."""
        if not keys:
            return
        self._forget()
        slots = [self._slots[:-1]]
        for key in keys:
            if self._kept.cells.ax.size > _MOST_EDGES:
                break
            ground = Ground.of_block(key)
            first = self._blocks[key] = self._kept.cells.holder.size
            self._kept.append(self._made(ground))
            # A cell that was opened before is asked instead.
            cells = [self._opened.get(of, first + n) for n, of in enumerate(ground.keys.tolist())]
            slots.append(np.array(cells, dtype=np.intp))
            self._asked.pop(key, None)
        self._slots = np.concatenate([*slots, [-1]])

    def _open(self, keys: list[int]) -> None:
        """Keep these cells with what they know of the outside."""
        if all(key in self._opened for key in keys):
            return
        self._forget()
        missing = [key for key in keys if key not in self._opened]
        ground = Ground.of(np.array(missing, dtype=np.intp))
        more = self._made(ground, self._outside(ground))
        new = np.arange(len(missing)) + self._kept.cells.holder.size
        self._kept.append(more)
        self._slots = np.concatenate([self._slots[:-1], new, [-1]])
        self._opened.update(zip(missing, new.tolist(), strict=True))
        for block, inner, slot in zip(*ground.in_blocks, new.tolist(), strict=True):
            if block in self._blocks:
                self._slots[self._blocks[block] + inner] = slot

    def _forget(self) -> None:
        """Forget all cells if they are too many."""
        cells = self._kept.cells
        if cells.ax.size > _MOST_EDGES or cells.holder.size > _MOST_CELLS:
            self._kept, self._slots = _KeptCells(), _NO_SLOTS
            self._blocks.clear()
            self._opened.clear()

    def _made(self, ground: "Ground", outside: Geometries | None = None) -> Cells:
        """Cells with the villages around them, and with the outside of each where it is given."""
        villages = len(self._polygons)
        boxes = ground.boxes(0)
        cell, village = self._tree.query(shapely.box(*boxes.T))
        holders = self._tree.query(shapely.points(ground.lon, ground.lat), predicate="intersects")
        held, holder = holders[0], holders[1]
        edges = edges_by_cell(self._outlines, ground, cell, village, boxes)
        if outside is not None:
            every = np.arange(len(outside))
            around = edges_by_cell(Outlines(outside), ground, every, every, boxes)
            edges = edges.joined(replace(around, polygon=np.full(around.cell.size, villages)))
            beyond = np.flatnonzero(shapely.intersects_xy(outside, ground.lon, ground.lat))
            held = np.append(held, beyond)
            holder = np.append(holder, np.full(beyond.size, villages))
        is_open = np.full(ground.level.size, outside is not None)
        return columns(ground, villages, edges.in_order(), (held, holder), is_open)

    def _outside(self, ground: "Ground") -> Geometries:
        """What is farther than 25 m from every village, around each cell."""
        boxes, frames = (shapely.box(*ground.boxes(more_m).T) for more_m in (2 * GAP_M, 0))
        cell, village = self._tree.query(boxes, predicate="intersects")
        cell, village = cell[order := np.lexsort((village, cell))], village[order]
        pieces = shapely.intersection(self._polygons[village], boxes[cell])
        ends = np.cumsum(np.bincount(cell, minlength=boxes.size))[:-1]
        land = np.array([shapely.union_all(part) for part in np.split(pieces, ends)], dtype=object)
        outside: Geometries = shapely.difference(frames, shapely.buffer(land, GAP_DEGREES))
        return outside
