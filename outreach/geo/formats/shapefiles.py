"""Shapefiles as features: the .shp's polygons with the rows of the .dbf beside it.

Both layouts are read as their makers describe them (ESRI's white paper of 1998; dBase III). The
coordinate system must be said by a .prj.
"""

import struct
from collections.abc import Iterator, Mapping

import numpy as np

from outreach.geo.formats.coordinate_systems import check_wkt
from outreach.geo.formats.dbase import read_rows
from outreach.geo.formats.feature import (
    MOST_FEATURES,
    MOST_VERTICES,
    BadGeometryError,
    Feature,
    FormatError,
    Parts,
    check_positions,
)
from outreach.geo.formats.ring_nesting import nested

MAGIC = b"\0\0\x27\x0a"
_HEADER_BYTES = 100
_NULL = 0
_POLYGONS = {5, 15, 25}
_OTHERS = {
    **dict.fromkeys((1, 11, 21), "a point"),
    **dict.fromkeys((8, 18, 28), "a set of points"),
    **dict.fromkeys((3, 13, 23), "a line"),
    31: "a multipatch",
}


def read_shapefile(shp: bytes, beside: Mapping[str, bytes]) -> tuple[list[Feature], list[str]]:
    """The features of a .shp, and notes; `beside` has its .dbf, .prj and perhaps .cpg.

    Heights and measures are left out. Raises FormatError.
    """
    if ".prj" not in beside:
        raise FormatError(
            "has no .prj, so its coordinate system is unknown: add the .prj it came with, or write "
            "one with `ogr2ogr -a_srs EPSG:4326 new.geojson FILE` if it is in WGS84 degrees"
        )
    notes = check_wkt(beside[".prj"][:100_000].decode(errors="replace"))
    if ".dbf" not in beside:
        raise FormatError("has no .dbf, which holds the codes and names: add it")
    geometries = list(_geometries(shp))
    if not geometries:
        raise FormatError("has no features")
    rows, told = read_rows(beside[".dbf"], beside.get(".cpg"))
    if len(rows) != len(geometries):
        raise FormatError(
            f"has {len(geometries):,} shapes but {len(rows):,} rows in its .dbf: "
            "they do not belong together, or one was cut short"
        )
    features = [
        Feature(row, geometry)
        for row, geometry in zip(rows, geometries, strict=True)
        if row is not None
    ]
    if deleted := len(rows) - len(features):
        told.append(f"{deleted:,} shapes whose rows are deleted were left out")
    return features, notes + told


def _geometries(shp: bytes) -> Iterator[Parts | str | None]:
    if len(shp) < _HEADER_BYTES or not shp.startswith(MAGIC):
        raise FormatError("is no whole .shp")
    end = 2 * struct.unpack_from(">i", shp, 24)[0]
    if not _HEADER_BYTES <= end <= len(shp):
        raise FormatError(f"is cut short: its .shp has {len(shp):,} of {end:,} bytes")
    at, number = _HEADER_BYTES, 0
    while at < end:
        number += 1
        words = struct.unpack_from(">i", shp, at + 4)[0] if at + 8 <= end else 0
        start, at = at + 8, at + 8 + 2 * words
        if words < 2 or at > end:
            raise FormatError(f"is damaged or cut short at shape {number:,} of its .shp")
        if number > MOST_FEATURES:
            raise FormatError(f"has more than {MOST_FEATURES:,} shapes: split it")
        try:
            yield _parts(shp, start, at)
        except BadGeometryError as error:
            yield str(error)


def _parts(shp: bytes, start: int, end: int) -> Parts | None:
    """The parts of the shape between two places of the .shp."""
    [kind] = struct.unpack_from("<i", shp, start)
    if kind == _NULL:
        return None
    if kind not in _POLYGONS:
        raise BadGeometryError(f"its geometry is {_OTHERS.get(kind, 'unknown')}, not a polygon")
    rings, vertices = struct.unpack_from("<2i", shp, start + 36) if end - start >= 44 else (-1, -1)
    if vertices > MOST_VERTICES:
        raise BadGeometryError(f"its geometry has {vertices:,} vertices, no village's")
    if not 0 <= rings <= vertices or start + 44 + 4 * rings + 16 * vertices > end:
        raise BadGeometryError("its shape is damaged: it is shorter than it says")
    first = np.frombuffer(shp, "<i4", rings, start + 44).astype(np.intp)
    if rings and (first[0] != 0 or (np.diff(first) < 0).any() or first[-1] > vertices):
        raise BadGeometryError("its shape is damaged: its rings are out of order")
    points = np.frombuffer(shp, "<f8", 2 * vertices, start + 44 + 4 * rings).reshape(-1, 2)
    check_positions(points)
    points = points.astype(np.float64)
    return nested([ring for ring in np.split(points, first[1:]) if len(ring)]) or None
