"""GeoJSON files as features with plain rings, whatever mess they hold."""

import codecs
import io
import re
from typing import Any

import msgspec

from outreach.geo.formats.coordinate_systems import check_crs_member
from outreach.geo.formats.coordinates import LARGEST_GEOMETRY_BYTES, read_coordinates, too_large
from outreach.geo.formats.feature import (
    MOST_FEATURES,
    BadGeometryError,
    Feature,
    FormatError,
    NoPolygonError,
    Parts,
)

_GEOMETRIES = frozenset(
    (
        "GeometryCollection",
        "LineString",
        "MultiLineString",
        "MultiPoint",
        "MultiPolygon",
        "Point",
        "Polygon",
    )
)
_RECORD_SEPARATOR = b"\x1e"
_BYTE = re.compile(r"\(byte (\d+)\)")
_NO_NUMBERS = (b"NaN", b"nan", b"Infinity", b"-Infinity", b"inf", b"-inf")
_NEXT_RECORD = re.compile(rb"\s*+\{")
_CHUNK = 1024**2
# A feature is two or three objects. A key costs some hundred bytes once it is read.
_MOST_OBJECTS = 4 * MOST_FEATURES
_MOST_KEYS = 20 * MOST_FEATURES
_LARGEST_PROPERTY_BYTES = 64 * 1024
_NOTHING = msgspec.Raw(b"null")


class _Head(msgspec.Struct):
    type: str | None = None
    crs: msgspec.Raw = _NOTHING
    geometryType: msgspec.Raw = _NOTHING  # noqa: N815 - what ESRI calls it
    rings: msgspec.Raw = msgspec.Raw(b"")


class _Feature(msgspec.Struct, tag_field="type", tag="Feature"):
    geometry: msgspec.Raw = _NOTHING
    properties: msgspec.Raw = _NOTHING
    id: msgspec.Raw = _NOTHING


class _Collection(msgspec.Struct, tag_field="type", tag="FeatureCollection"):
    features: list[_Feature]


class _Shape(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"[]")
    geometries: list[msgspec.Raw] = []


def read_geojson(content: bytes) -> tuple[list[Feature], list[str]]:
    """The features of a GeoJSON document or sequence, and notes. Raises FormatError.

    A document is a collection, a feature or a geometry; a sequence is documents a line each, or
    after a record separator each.
    """
    _check_size(content)
    features: list[Feature] = []
    notes: dict[str, None] = {}
    documents = _documents(content)
    for number, document in enumerate(documents, 1):
        try:
            found, told = _read_document(document)
        except FormatError as error:
            where = f" (in record {number:,})" if len(documents) > 1 else ""
            raise FormatError(f"{error}{where}") from None
        features += found
        notes |= dict.fromkeys(told)
    if not features:
        raise FormatError("has no features")
    return features, [*notes]


def _check_size(content: bytes) -> None:
    """Before anything is made of it: what is counted cannot be written in any other way."""
    most = max(content.count(b'"Feature"'), content.count(_RECORD_SEPARATOR))
    if most > MOST_FEATURES:
        raise FormatError(f"has {most:,} features, more than {MOST_FEATURES:,}: split it")
    if (objects := content.count(b"{")) > _MOST_OBJECTS:
        raise FormatError(f"has {objects:,} objects, more than {_MOST_OBJECTS:,}: split it")
    if (keys := content.count(b":")) > _MOST_KEYS:
        raise FormatError(
            f"has {keys:,} properties, more than {_MOST_KEYS:,}: keep those with codes and names"
        )


def _documents(content: bytes) -> list[bytes]:
    """The one document, or the records of a sequence."""
    if content.startswith(_RECORD_SEPARATOR):
        return [record for record in content.split(_RECORD_SEPARATOR) if record.strip()]
    end = content.find(b"\n")
    ends_there = content[max(end - 20, 0) : max(end, 0)].rstrip().endswith(b"}")
    if ends_there and _NEXT_RECORD.match(content, end):
        return [line for line in io.BytesIO(content) if not line.isspace()]
    return [content]


def _read_document(content: bytes) -> tuple[list[Feature], list[str]]:
    try:
        head = msgspec.json.decode(content, type=_Head)
        notes = check_crs_member(_crs(head.crs))
        match head.type:
            case "FeatureCollection":
                found = msgspec.json.decode(content, type=_Collection).features
            case "Feature":
                found = [msgspec.json.decode(content, type=_Feature)]
            case kind if kind in _GEOMETRIES:
                found = [_Feature(geometry=msgspec.Raw(content))]
            case _:
                raise _other_json(head)
        features = [Feature(_properties(entry), _geometry(entry.geometry)) for entry in found]
    except msgspec.ValidationError as error:
        raise FormatError(f"is not a GeoJSON feature collection: {error}") from None
    except msgspec.DecodeError as error:
        raise FormatError(f"is not whole JSON: {_malformed(content, error)}") from None
    except UnicodeDecodeError:
        byte = _first_bad_byte(content)
        raise FormatError(f"is not UTF-8 at byte {byte:,}: save it as UTF-8") from None
    except RecursionError:
        raise FormatError("is nested too deeply") from None
    return features, notes


def _other_json(head: _Head) -> FormatError:
    if head.type == "Topology":
        return FormatError("is TopoJSON: make it GeoJSON with `ogr2ogr new.geojson FILE`")
    if head.geometryType != _NOTHING or bytes(head.rings):
        return FormatError(
            "is ESRI JSON: export it as GeoJSON (f=geojson), or make it so with "
            "`ogr2ogr -t_srs EPSG:4326 new.geojson FILE`"
        )
    kind = "it has no type" if head.type is None else f"its type is {head.type[:40]!r}"
    return FormatError(f"is not a GeoJSON feature collection: {kind}")


def _malformed(content: bytes, error: msgspec.DecodeError) -> str:
    byte = _BYTE.search(str(error))
    if byte and content.startswith(_NO_NUMBERS, int(byte[1])):
        return f"at byte {int(byte[1]):,} it has NaN or Infinity, which JSON lacks: write null"
    return str(error)


def _first_bad_byte(content: bytes) -> int:
    """Where the text stops being UTF-8, without a copy of it all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[start : start + _CHUNK], start + _CHUNK >= len(content))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return len(content)


def _crs(raw: msgspec.Raw) -> Any:
    if len(memoryview(raw)) > _LARGEST_PROPERTY_BYTES:
        raise FormatError("is not a GeoJSON feature collection: its crs is none")
    return msgspec.json.decode(raw)


def _properties(feature: _Feature) -> dict[str, Any]:
    """The feature's properties, and its `id`, where some files keep the code.

    Lists and objects among them hold neither codes nor names and are left out.
    """
    members: dict[str, msgspec.Raw] = {}
    if bytes(memoryview(feature.properties)[:1]) == b"{":
        members = msgspec.json.decode(feature.properties, type=dict[str, msgspec.Raw])
    if feature.id != _NOTHING:
        members = {"id": feature.id} | members
    return {
        name: msgspec.json.decode(value)
        for name, value in members.items()
        if bytes(memoryview(value)[:1]) not in {b"[", b"{"}
        and len(memoryview(value)) <= _LARGEST_PROPERTY_BYTES
    }


def _geometry(raw: msgspec.Raw) -> Parts | str | None:
    if (size := len(memoryview(raw))) > LARGEST_GEOMETRY_BYTES:
        return too_large(size)
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
                return read_coordinates(shape.coordinates, 3)
            case "MultiPolygon":
                return read_coordinates(shape.coordinates, 4)
            case "GeometryCollection":
                return _parts_of_collection(shape.geometries)
            case _:
                raise NoPolygonError(f"its geometry is {shape.type[:40]!r}, not a polygon")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadGeometryError(f"its geometry cannot be read: {error}") from None


def _parts_of_collection(geometries: list[msgspec.Raw]) -> Parts:
    """Of all polygons; the points and lines beside them, which tools leave, have no area."""
    parts: Parts = []
    other = ""
    for geometry in geometries:
        try:
            parts += _parts(geometry)
        except NoPolygonError as error:
            other = str(error)
    if other and not parts:
        raise NoPolygonError(other)
    return parts
