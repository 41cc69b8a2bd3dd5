"""What is farther than 25 m from every village, around fixes that may see it: the sea, mostly.

It takes GEOS, so it is made for a place at a time, and kept.
"""

import threading
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.border_cells import GAP_DEGREES, Edges, measured
from outreach.geo.locating.cell_lists import repeated

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

# Places are as wide as one sees from them, or wider: some 440 m, or twice as much, and so on.
_LEAST_DEGREES = 0.00408
_LEVELS = 8
_DEGREE_M = 109_000.0
_MOST_EDGES, _MOST_PLACES = 400_000, 50_000


@dataclass(frozen=True, slots=True)
class _Piece:
    """The outside around a place, and its edges as columns ax, ay, bx, by in degrees."""

    polygon: shapely.Geometry
    edges: Floats


class Outside:
    """To be asked from any thread. Answers do not depend on what is kept."""

    __slots__ = ("_edges", "_lock", "_pieces", "_polygons", "_tree")

    def __init__(self, polygons: Geometries, tree: shapely.STRtree) -> None:
        self._polygons, self._tree = polygons, tree
        self._pieces: dict[int, _Piece] = {}
        self._edges = 0
        self._lock = threading.Lock()

    def around(self, lat: Floats, lon: Floats, margin_m: float) -> tuple[Flags, Edges]:
        """For each fix whether it is outside, and the outside's edges within the margin."""
        level = int(
            np.searchsorted(_DEGREE_M * _LEAST_DEGREES * 2.0 ** np.arange(_LEVELS), margin_m)
        )
        size = _LEAST_DEGREES * 2.0**level
        column, row = ((lon + 180) / size).astype(np.intp), ((lat + 90) / size).astype(np.intp)
        keys, which = np.unique((column << 32 | row) * _LEVELS + level, return_inverse=True)
        pieces = self._of(keys)
        whole = np.array([piece.polygon for piece in pieces], dtype=object)
        inside = shapely.intersects_xy(whole[which], lon, lat)
        number = np.array([len(piece.edges) for piece in pieces], dtype=np.intp)
        of, nth = repeated(number[which])
        edge = (np.cumsum(number) - number)[which][of] + nth
        ax, ay, bx, by = np.concatenate([piece.edges for piece in pieces])[edge].T
        lat_m, lon_m = metres_per_degree(lat)
        x, y, x_m, y_m = lon[of], lat[of], lon_m[of], lat_m[of]
        edges, _ = measured(
            (of, of),
            ((ax - x) * x_m, (ay - y) * y_m),
            ((bx - x) * x_m, (by - y) * y_m),
            (np.zeros(of.size), np.zeros(of.size)),
        )
        return inside, edges

    def _of(self, keys: Indices) -> list[_Piece]:
        with self._lock:
            kept = {key: self._pieces.get(key) for key in keys.tolist()}
        missing = np.array([key for key, piece in kept.items() if piece is None], dtype=np.intp)
        if missing.size:
            made = dict(zip(missing.tolist(), self._made(missing), strict=True))
            kept |= made
            with self._lock:
                if self._edges > _MOST_EDGES or len(self._pieces) > _MOST_PLACES:
                    self._pieces, self._edges = {}, 0
                self._pieces |= made
                self._edges += sum(len(piece.edges) for piece in made.values())
        return [piece for piece in kept.values() if piece is not None]

    def _made(self, keys: Indices) -> list[_Piece]:
        place, level = np.divmod(keys, _LEVELS)
        size = _LEAST_DEGREES * 2.0**level
        west, south = (place >> 32) * size - 180, (place & 0xFFFFFFFF) * size - 90
        _, lon_m = metres_per_degree(np.abs(south).clip(0, 89) + size)
        more_x, more_y = size * np.maximum(1, _DEGREE_M / lon_m) * 1.05, size * 1.05
        frames, boxes = (
            shapely.box(
                west - more_x - gap,
                south - more_y - gap,
                west + size + more_x + gap,
                south + size + more_y + gap,
            )
            for gap in (0, 2 * GAP_DEGREES)
        )
        cell, village = self._tree.query(boxes, predicate="intersects")
        order = np.lexsort((village, cell))
        cell, village = cell[order], village[order]
        pieces = shapely.intersection(self._polygons[village], boxes[cell])
        # A buffer joins what it is made of.
        land = shapely.geometrycollections(
            pieces, indices=cell, out=np.full(keys.size, shapely.Polygon(), dtype=object)
        )
        outside = shapely.difference(frames, shapely.buffer(land, GAP_DEGREES))
        outside = shapely.orient_polygons(outside)
        parts, whole = shapely.get_parts(outside, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        is_edge = np.flatnonzero((ring[1:] == ring[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
        ends = np.cumsum(np.bincount(whole[part[ring[is_edge]]], minlength=keys.size))[:-1]
        edges = np.split(np.hstack((xy[is_edge], xy[is_edge + 1])), ends)
        return [_Piece(*piece) for piece in zip(outside, edges, strict=True)]
