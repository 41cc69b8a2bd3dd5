"""GeoJSON files as features with plain rings, whatever mess they hold."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
Parts = list[list[Ring]]
# About 350,000 vertices: the finest national layer stays far below.
LARGEST_GEOMETRY_BYTES = 16 * 1024**2
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "WGS84", "WGS 84")


class NotGeoJSONError(Exception):
    """The content is not a GeoJSON feature collection in WGS84; the message says why."""


class BadGeometryError(Exception):
    """A geometry that is no polygon; the message says why."""


class _Feature(msgspec.Struct, tag_field="type", tag="Feature"):
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct, tag_field="type", tag="FeatureCollection"):
    features: list[_Feature]
    crs: Any = None


class _Shape(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"[]")
    geometries: list[msgspec.Raw] = []


_polygon = msgspec.json.Decoder(list[list[list[float]]])
_multipolygon = msgspec.json.Decoder(list[list[list[list[float]]]])


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's properties and its geometry, still as JSON text."""

    properties: dict[str, Any]
    geometry: msgspec.Raw

    def parts(self) -> Parts | None:
        """The polygon's parts, each a list of rings (n, 2), x first, shell first, as written.

        None for no geometry. A third coordinate is left out. Raises BadGeometryError.
        """
        size = len(memoryview(self.geometry))
        if size > LARGEST_GEOMETRY_BYTES:
            raise BadGeometryError(f"its geometry is {size // 1024**2} MiB of text, no village's")
        parts = _parts(self.geometry)
        return parts or None


def read_features(content: bytes) -> list[Feature]:
    """The features of a GeoJSON document. Raises NotGeoJSONError."""
    try:
        collection = msgspec.json.decode(content, type=_Collection)
    except msgspec.ValidationError as error:
        raise NotGeoJSONError(f"is not a GeoJSON feature collection: {error}") from None
    except msgspec.DecodeError as error:
        raise NotGeoJSONError(f"is not whole JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise NotGeoJSONError(f"is not UTF-8: {error.reason}") from None
    except RecursionError:
        raise NotGeoJSONError("is nested too deeply") from None
    if collection.crs and not any(name in str(collection.crs) for name in _WGS84_NAMES):
        raise NotGeoJSONError(f"is not in WGS84 but in {collection.crs}: reproject to EPSG:4326")
    if not collection.features:
        raise NotGeoJSONError("has no features")
    return [Feature(f.properties or {}, f.geometry) for f in collection.features]


def _parts(geometry: msgspec.Raw) -> Parts:
    try:
        shape = msgspec.json.decode(geometry, type=_Shape | None)
        if shape is None:
            return []
        match shape.type:
            case "Polygon":
                return _rings([_polygon.decode(shape.coordinates)])
            case "MultiPolygon":
                return _rings(_multipolygon.decode(shape.coordinates))
            case "GeometryCollection":
                return [part for inner in shape.geometries for part in _parts(inner)]
            case _:
                raise BadGeometryError(f"its geometry is {shape.type[:40]!r}, not a polygon")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadGeometryError(f"its geometry cannot be read: {error}") from None


def _rings(coordinates: list[list[list[list[float]]]]) -> Parts:
    return [[_ring(ring) for ring in part] for part in coordinates if part]


def _ring(positions: list[list[float]]) -> Ring:
    if any(len(position) < 2 for position in positions):
        raise BadGeometryError("a position has fewer than two coordinates")
    ring = np.array([(position[0], position[1]) for position in positions], dtype=np.float64)
    return ring.reshape(-1, 2)
