"""The rows of a dBase file (.dbf), the table of a shapefile."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from outreach.geo.formats.feature import MOST_FEATURES, FormatError

_HEADER_BYTES = 32
_FIELD_BYTES = 32
_END_OF_FIELDS = 0x0D
_DELETED = ord("*")
_MOST_VALUES = 20_000_000
_CODE_PAGE = re.compile(r"(?:cp|windows|ansi|oem)?[ _-]*(125[0-8]|437|850|852|874)")
_LATIN = re.compile(r"(?:iso)?[ _-]*8859[ _-]?(\d{1,2})|latin[ _-]?1")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Column:
    name: bytes
    kind: str
    start: int
    end: int


def read_rows(dbf: bytes, cpg: bytes | None) -> tuple[list[Row | None], list[str]]:
    """A row for each record, None for a deleted one, and notes. Raises FormatError.

    Texts are in the encoding that `cpg` names, or else UTF-8; where they are not, Windows-1252.
    Values that are blank or no number are None.
    """
    if len(dbf) < _HEADER_BYTES:
        raise FormatError("has an empty .dbf")
    count, header, size = struct.unpack_from("<IHH", dbf, 4)
    columns = _columns(dbf, header, size)
    if count * size + header > len(dbf):
        raise FormatError(f"is cut short: its .dbf holds fewer than its {count:,} rows")
    if count > MOST_FEATURES or count * len(columns) > _MOST_VALUES:
        raise FormatError(
            f"has {count:,} rows of {len(columns):,} columns in its .dbf: split it, "
            "or keep only the columns of codes and names"
        )
    records = [dbf[at : at + size] for at in range(header, header + count * size, size)]
    said = _encoding(cpg)
    for encoding in dict.fromkeys((said, "utf-8")):
        try:
            return [_row(record, columns, encoding) for record in records], []
        except UnicodeDecodeError:
            continue
    told = [f"the texts of its .dbf are no {said.upper()}: they were read as Windows-1252"]
    return [_row(record, columns, "cp1252", "replace") for record in records], told


def _columns(dbf: bytes, header: int, size: int) -> list[_Column]:
    columns: list[_Column] = []
    at, start = _HEADER_BYTES, 1
    while at + _FIELD_BYTES <= min(header, len(dbf)) and dbf[at] != _END_OF_FIELDS:
        kind = chr(dbf[at + 11])
        length = dbf[at + 16] + (256 * dbf[at + 17] if kind == "C" else 0)
        if length:
            name = dbf[at : at + 11].partition(b"\0")[0]
            columns.append(_Column(name, kind, start, start + length))
        start += length
        at += _FIELD_BYTES
    if not columns or start > size:
        raise FormatError("has a damaged .dbf: its columns do not fit its rows")
    return columns


def _encoding(cpg: bytes | None) -> str:
    name = (cpg or b"")[:40].decode("ascii", errors="replace").strip().lower()
    if page := _CODE_PAGE.fullmatch(name):
        return f"cp{page[1]}"
    if latin := _LATIN.fullmatch(name):
        return f"iso8859-{min(int(latin[1] or 1), 16) or 1}"
    return "utf-8"


def _row(
    record: bytes, columns: Sequence[_Column], encoding: str, errors: str = "strict"
) -> Row | None:
    if record[0] == _DELETED:
        return None
    return {
        column.name.decode(encoding, "replace").strip(): _value(
            record[column.start : column.end], column.kind, encoding, errors
        )
        for column in columns
    }


def _value(field: bytes, kind: str, encoding: str, errors: str) -> Any:
    if kind in {"N", "F"}:
        return _number(field.strip(b" \0"))
    if kind not in {"C", "D", "L", "M"}:
        return None
    try:
        return field.strip(b" \0").decode(encoding, errors)
    except UnicodeDecodeError as error:
        # A long text is cut at the field's width, within a letter too.
        if error.reason == "unexpected end of data":
            return field.strip(b" \0")[: error.start].decode(encoding)
        raise


def _number(digits: bytes) -> int | float | None:
    try:
        if digits.lstrip(b"+-").isdigit() and len(digits) < 19:
            return int(digits)
        number = float(digits)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
