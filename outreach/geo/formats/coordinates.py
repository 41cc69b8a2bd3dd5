"""Lists of coordinates in JSON, as files of several formats hold them, as rings."""

import re
from typing import Any

import msgspec
import numpy as np

from outreach.geo.formats.feature import BadGeometryError, FormatError, Parts, Ring, check_positions

# About 400,000 vertices: the finest national layer stays far below.
LARGEST_GEOMETRY_BYTES = 16 * 1024**2
# Beyond these, rings of one or two positions would cost many times the size of the file.
_MANY_RINGS = 1000
# Of a text where a number should be: 98°40'30"E, 98 40 30, 98d40m, with ° also as º or escaped.
_MINUTES = re.compile(
    r"""["\s]-?\d{1,3}(?:\.\d+)?\s*(?:°|º|˚|\\u00b0|\\u00ba|[dD:'′]|\\["']|\s\d)""".encode()
)

_of_depth: dict[int, msgspec.json.Decoder[Any]] = {
    2: msgspec.json.Decoder(list[list[float | None]] | None, strict=False),
    3: msgspec.json.Decoder(list[list[list[float | None]]] | None, strict=False),
    4: msgspec.json.Decoder(list[list[list[list[float | None]]]] | None, strict=False),
}


def read_coordinates(json: bytes | msgspec.Raw, depth: int) -> Parts:
    """The parts of a ring (depth 2), a polygon (3) or a multipolygon (4), axes as written.

    Numbers may be texts, heights are left out. Raises BadGeometryError, and FormatError for
    degrees with minutes, which the rest of the file then has too.
    """
    size = len(memoryview(json))
    if size > LARGEST_GEOMETRY_BYTES:
        raise BadGeometryError(too_large(size))
    try:
        coordinates = _of_depth[depth].decode(json) or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _MINUTES.search(json):
            raise FormatError(
                "has coordinates in degrees and minutes (like 98°40'30\"): "
                "convert them to decimal degrees (98.675)"
            ) from None
        raise BadGeometryError(f"its geometry cannot be read: {error}") from None
    for _ in range(depth, 4):
        coordinates = [coordinates]
    rings = sum(map(len, coordinates))
    if rings > _MANY_RINGS and rings * 3 > sum(len(ring) for part in coordinates for ring in part):
        raise BadGeometryError(f"its geometry has {rings:,} rings, most of them without an area")
    return [[_ring(ring) for ring in part] for part in coordinates if part]


def too_large(size: int) -> str:
    return f"its geometry is {size // 1024**2} MiB of text, no village's"


def _ring(positions: list[list[float | None]]) -> Ring:
    if any(len(position) < 2 for position in positions):
        raise BadGeometryError("a position of its geometry has fewer than two coordinates")
    ring = np.array([(position[0], position[1]) for position in positions], dtype=np.float64)
    check_positions(ring)
    return ring.reshape(-1, 2)
