"""Boundary files of any format that is read here, as features."""

import re
from dataclasses import dataclass
from typing import Literal

from outreach.geo.formats.boundary_sql import read_boundary_sql
from outreach.geo.formats.degrees import refuse_other_units
from outreach.geo.formats.feature import Feature, FormatError
from outreach.geo.formats.geojson import read_geojson
from outreach.geo.formats.shapefiles import MAGIC as SHP_MAGIC
from outreach.geo.formats.shapefiles import read_shapefile
from outreach.places.uploads import Refused, Source

Axes = Literal["lon_lat", "lat_lon"]
_READ = "boundaries are read from GeoJSON, cahyadsn SQL (both also .gz) and zipped shapefiles"
_CONVERT = f"{_READ}: `ogr2ogr -t_srs EPSG:4326 new.geojson FILE`"
_UNPACK = f"unpack it first; {_READ}"
_FOREIGN = (
    (
        b"version https://git-lfs",
        "is a Git LFS pointer, not the data: fetch it with `git lfs pull`",
    ),
    (b"SQLite format 3\0", f"is a GeoPackage or SQLite file; {_CONVERT}"),
    (b"Rar!", f"is a RAR archive; {_UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"is a 7z archive; {_UNPACK}"),
    (b"\xfd7zXZ", f"is packed with xz; {_UNPACK}"),
    (b"BZh", f"is packed with bzip2; {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"is packed with zstd; {_UNPACK}"),
    (b"\x1f\x8b", f"is gzip within gzip; {_UNPACK}"),
    (b"%PDF", f"is a PDF; {_READ}"),
    (b"fgb", f"is FlatGeobuf; {_CONVERT}"),
    (b"PAR1", f"is Parquet; {_CONVERT}"),
)
_UTF_16_OR_32 = re.compile(rb"\xff\xfe|\xfe\xff|\0{0,3}[{\[<A-Za-z/-]\0")
_HTML = re.compile(rb"<(?:!doctype\s+html|html)", re.IGNORECASE)
_SQL = re.compile(
    rb"--|#|/\*|(?:insert|create|drop|set|delete|lock|start|begin|use|truncate|alter|update|select"
    rb"|grant|load|replace)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """A file's features, what to tell about reading it, and the axis order of its format."""

    features: list[Feature]
    notes: list[str]
    axes: Axes


def read_features(source: Source) -> FeatureFile:
    """The features of a boundary file. Raises Refused with a sentence that says what to do."""
    try:
        file = _read(source)
        refuse_other_units(file.features)
    except FormatError as error:
        raise Refused([f"{source.name} {error}"]) from None
    return file


def _read(source: Source) -> FeatureFile:
    if source.content.startswith(SHP_MAGIC):
        features, notes = read_shapefile(source.content, source.beside)
        return FeatureFile(features, notes, "lon_lat")
    start = source.content[:1000].lstrip()
    if start[:1] in {b"{", b"[", b"\x1e"} and not _UTF_16_OR_32.match(start):
        features, notes = read_geojson(source.content)
        return FeatureFile(features, notes, "lon_lat")
    if source.content[257:262] == b"ustar":
        raise FormatError(f"is a tar archive; {_UNPACK}")
    if why := _foreign(start):
        raise FormatError(why)
    if _SQL.match(start):
        features, notes = read_boundary_sql(source.content)
        return FeatureFile(features, notes, "lat_lon")
    raise FormatError(f"is none of the formats known here; {_READ}")


def _foreign(start: bytes) -> str:
    """What to say of a file in a format that is not read here, or nothing."""
    for magic, why in _FOREIGN:
        if start.startswith(magic):
            return why
    if _UTF_16_OR_32.match(start):
        return "is UTF-16 or UTF-32: save it as UTF-8"
    if _HTML.match(start):
        return "is a web page, not the file behind it: download it again (on GitHub: Raw)"
    if start.startswith(b"<"):
        return f"is XML (KML, GML or GPX); {_CONVERT}"
    return ""
