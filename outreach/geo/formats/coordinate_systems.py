"""Which coordinate system a file says it is in: only degrees of WGS84 are read.

DGN95 and SRGI2013, Indonesia's own, equal WGS84 to far below a metre.
"""

import json
import re

from outreach.geo.formats.feature import FormatError

_WGS84_CODES = {"4326", "4979", "84"}
_INDONESIAN_CODES = {"4755", "4897", "4898", "9468", "9469", "9470"}
_WGS84_NAMES = {"WGS84", "WGS1984", "GCSWGS1984", "DWGS1984", "WORLDGEODETICSYSTEM1984", "CRS84"}
_INDONESIAN_NAMES = (
    "DGN95",
    "DGN1995",
    "DATUMGEODESINASIONAL1995",
    "SRGI2013",
    "SISTEMREFERENSIGEOSPASIALINDONESIA2013",
)
_EPSG = re.compile(r"EPSG(?:/0/|:[\d.]*:|:)(\d+)$", re.IGNORECASE)
_PROJECTED = re.compile(r"\b(?:PROJCS|PROJCRS|PROJECTEDCRS)\s*\[\s*\"([^\"]*)\"", re.IGNORECASE)
_DATUM = re.compile(r"\b(?:DATUM|GEODETICDATUM|TRF|ENSEMBLE)\s*\[\s*\"([^\"]*)\"", re.IGNORECASE)
_MERIDIAN = re.compile(
    r"\bPRIMEM(?:ERIDIAN)?\s*\[\s*\"[^\"]*\"\s*,\s*([-+]?\d*\.?\d+)", re.IGNORECASE
)
_DEGREE = re.compile(r"\b(?:ANGLE)?UNIT\s*\[\s*\"degree[^\"]*\"\s*,\s*0?\.01745", re.IGNORECASE)


def reproject(system: str) -> FormatError:
    """What to say of a file in another system."""
    name = "".join(letter if letter.isprintable() else " " for letter in system)[:80]
    return FormatError(
        f"is not in WGS84 degrees but in {name}: reproject it with "
        "`ogr2ogr -t_srs EPSG:4326 new.geojson FILE`"
    )


def check_crs_member(crs: object) -> list[str]:
    """Notes on a GeoJSON `crs` member. Raises FormatError unless it is none or means WGS84."""
    if not crs:
        return []
    properties = crs.get("properties") if isinstance(crs, dict) else None
    named = properties if isinstance(properties, dict) else {"name": crs}
    name = f"EPSG:{named['code']}" if "code" in named else named.get("name")
    if isinstance(name, str):
        code = _EPSG.search(name.strip())
        plain = _plain(re.split(r"[:/]", name)[-1])
        if (code and code[1] in _WGS84_CODES) or plain in _WGS84_NAMES:
            return []
        if (code and code[1] in _INDONESIAN_CODES) or plain.endswith(_INDONESIAN_NAMES):
            return [_taken_as_wgs84(name)]
        raise reproject(name)
    raise reproject(json.dumps(crs, ensure_ascii=False, default=str))


def check_wkt(wkt: str) -> list[str]:
    """Notes on a .prj's text. Raises FormatError unless it is degrees of WGS84 or its equal."""
    if projected := _PROJECTED.search(wkt):
        raise reproject(projected[1])
    datum, meridian = _DATUM.search(wkt), _MERIDIAN.search(wkt)
    if not datum:
        raise FormatError(
            "has a .prj that names no datum: replace it with that of EPSG:4326 if the file is in "
            "WGS84 degrees, or reproject it"
        )
    if not _DEGREE.search(wkt) or (meridian and float(meridian[1]) != 0):
        raise reproject(f"{datum[1]} with another unit or prime meridian")
    name = _plain(datum[1])
    if name in _WGS84_NAMES or name.startswith("WORLDGEODETICSYSTEM1984"):
        return []
    if name.endswith(_INDONESIAN_NAMES):
        return [_taken_as_wgs84(datum[1])]
    raise reproject(datum[1])


def _taken_as_wgs84(name: str) -> str:
    return f"{name[:80]} is taken as WGS84, which it equals to below a metre"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())
