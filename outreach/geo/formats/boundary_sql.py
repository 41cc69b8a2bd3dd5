"""Village boundaries from SQL dumps in the manner of cahyadsn.

The column `path` is the geometry, JSON lists of [lat, lng] two (a ring), three (a polygon) or four
deep; the other columns are the properties. Which statements are read is said in sql_dump.
"""

import re
from typing import Any

from outreach.geo.formats.coordinates import read_coordinates
from outreach.geo.formats.feature import (
    MOST_FEATURES,
    BadGeometryError,
    Feature,
    FormatError,
    Parts,
)
from outreach.geo.formats.sql_dump import Number, Row, SqlDump, Value

_PATH = "path"
_OPENING = re.compile(rb"(?:\s*+\[)*+")


def read_boundary_sql(content: bytes) -> tuple[list[Feature], list[str]]:
    """The features of an SQL dump, and notes of what was left out. Raises FormatError."""
    dump = SqlDump(content, undecoded=_PATH)
    features: list[Feature] = []
    without: dict[tuple[str, ...], None] = {}
    for number, row in enumerate(dump.rows(), 1):
        if number > MOST_FEATURES:
            raise FormatError(f"has more than {MOST_FEATURES:,} rows: split it")
        if not row.columns:
            raise FormatError(
                f"has at line {dump.line(row.at):,} an INSERT without the names of its columns:"
                " write them before VALUES"
            )
        if feature := _feature(row):
            features.append(feature)
        else:
            dump.left_out[f"row of a table without `{_PATH}`"] += 1
            without[row.columns] = None
    if not features:
        names = "; ".join(map(", ".join, without))
        having = f"; name so the one that has it of {names}" if without else ""
        raise FormatError(f"has no INSERT of rows with a column `{_PATH}`, the polygon{having}")
    return features, [f"left out, not run: {note}" for note in dump.notes()]


def _feature(row: Row) -> Feature | None:
    properties: dict[str, Any] = {}
    geometry: Parts | str | None = None
    has_path = False
    for column, value in zip(row.columns, row.values, strict=True):
        if column.casefold() == _PATH:
            has_path, geometry = True, _geometry(value)
        else:
            properties[column] = _property(value)
    return Feature(properties, geometry) if has_path else None


def _property(value: Value) -> Any:
    if not isinstance(value, Number):
        return value
    digits = value.digits
    return int(digits) if digits.isdigit() and len(digits) < 19 else float(digits)


def _geometry(path: Value) -> Parts | str | None:
    if path is None or path == b"null":
        return None
    if not isinstance(path, bytes):
        return "its path is not a text"
    if not path.strip(b"[], \t\r\n"):
        return None
    opening = _OPENING.match(path)
    depth = opening[0].count(b"[") if opening else 0
    if depth not in {2, 3, 4}:
        return "its path is no JSON list of [lat, lng]"
    try:
        return read_coordinates(path, depth) or None
    except BadGeometryError as error:
        return str(error)
