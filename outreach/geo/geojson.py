"""GeoJSON files as features with plain rings, whatever mess they hold."""

from typing import Any

import msgspec
import numpy as np

from outreach.geo.feature import BadGeometryError, Feature, FormatError, Parts, Ring

# About 400,000 vertices: the finest national layer stays far below.
LARGEST_GEOMETRY_BYTES = 16 * 1024**2
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "WGS84", "WGS 84")


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


_polygon = msgspec.json.Decoder(list[list[list[float]]], strict=False)
_multipolygon = msgspec.json.Decoder(list[list[list[list[float]]]], strict=False)


def read_geojson(content: bytes) -> list[Feature]:
    """The features of a GeoJSON document. Raises FormatError."""
    try:
        collection = msgspec.json.decode(content, type=_Collection)
    except msgspec.ValidationError as error:
        raise FormatError(f"is not a GeoJSON feature collection: {error}") from None
    except msgspec.DecodeError as error:
        raise FormatError(f"is not whole JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise FormatError(f"is not UTF-8: {error.reason}") from None
    except RecursionError:
        raise FormatError("is nested too deeply") from None
    if collection.crs and not any(name in str(collection.crs) for name in _WGS84_NAMES):
        raise FormatError(f"is not in WGS84 but in {collection.crs}: reproject to EPSG:4326")
    if not collection.features:
        raise FormatError("has no features")
    return [Feature(f.properties or {}, _geometry(f.geometry)) for f in collection.features]


def _geometry(raw: msgspec.Raw) -> Parts | str | None:
    size = len(memoryview(raw))
    if size > LARGEST_GEOMETRY_BYTES:
        return f"its geometry is {size // 1024**2} MiB of text, no village's"
    try:
        return _parts(raw) or None
    except BadGeometryError as error:
        return str(error)


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
        raise BadGeometryError("a position of its geometry has fewer than two coordinates")
    ring = np.array([(position[0], position[1]) for position in positions], dtype=np.float64)
    if not np.isfinite(ring).all():
        raise BadGeometryError("its geometry has coordinates that are no numbers")
    return ring.reshape(-1, 2)
