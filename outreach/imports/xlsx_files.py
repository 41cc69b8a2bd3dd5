"""XLSX, read by events so that no file, however it was made, takes more memory than a row.

openpyxl builds a tree of each row and keeps what it reads of every row's height; a file of a few
kilobytes can hold a row of gigabytes. It also does not tell merged cells while it reads by rows.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from outreach.imports.sheet_events import SharedStrings, SheetEvents
from outreach.imports.tables import (
    HIGHEST_ROW,
    Merged,
    RawRow,
    Table,
    Unreadable,
)

MIB = 1024 * 1024
MOST_MEMBERS = 2000
MOST_OF_SHEET = 200 * MIB
MOST_OF_STRINGS = 64 * MIB
MOST_OF_WORKBOOK = MIB
MOST_OF_ALL = 300 * MIB
MOST_SHEETS = 100
MOST_MERGED = 20_000
CHUNK = 64 * 1024
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""All that workbooks know. LZMA would take memory as the file says."""
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):"
    rb"([A-Z]{1,3})(\d{1,7})[\"']"
)


class _Sheet(NamedTuple):
    name: str
    path: str
    is_hidden: bool


def read_xlsx(content: bytes) -> Table:
    """The rows of the only sheet of a workbook. Raises Unreadable, while rows are gone through as
    well."""
    archive = _opened(content)
    try:
        sheet = _only_sheet(archive)
        merged = tuple(_merged(archive, sheet.path))
        strings = _strings(archive)
    except _BROKEN:
        raise Unreadable("damaged") from None
    return Table(_rows(archive, sheet.path, strings), merged)


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    ParseError,
    DefusedXmlException,
    EOFError,
    OSError,
    struct.error,
    NotImplementedError,
    LookupError,
    ValueError,
    RuntimeError,
)
"""What reading a broken or hostile archive ends in."""


def _opened(content: bytes) -> zipfile.ZipFile:
    if content.startswith(OLD_OFFICE_MAGIC):
        raise Unreadable("password" if ENCRYPTED in content else "old_xls")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Unreadable("damaged") from None
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Unreadable("damaged")
    if sum(member.file_size for member in members) > MOST_OF_ALL:
        raise Unreadable("too_large_unpacked", most=MOST_OF_ALL // MIB)
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("password")
    if any(member.compress_type not in PACKED for member in members):
        raise Unreadable("damaged")
    if _WORKBOOK not in names:
        raise Unreadable("not_xlsx")
    return archive


def _member(archive: zipfile.ZipFile, path: str, most: int) -> IO[bytes]:
    """A member whose unpacked size is looked at before it is opened; zipfile holds it to that."""
    found = archive.getinfo(path)
    if found.file_size > most:
        raise Unreadable("too_large_unpacked", most=most // MIB)
    return archive.open(found)


def _document(archive: zipfile.ZipFile, path: str) -> Element:
    with _member(archive, path, MOST_OF_WORKBOOK) as file:
        root = fromstring(file.read(), forbid_dtd=True)
        assert isinstance(root, Element)
        return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _only_sheet(archive: zipfile.ZipFile) -> _Sheet:
    root = _document(archive, _WORKBOOK)
    if any(
        _local(one) == "workbookPr" and one.get("date1904") in {"1", "true"} for one in root.iter()
    ):
        raise Unreadable("dates_of_1904")
    paths = {one.get("Id"): one.get("Target", "") for one in _document(archive, _RELATIONS)}
    sheets = [
        _Sheet(
            one.get("name", "")[:31],
            _path(paths[_relation_of(one)]),
            one.get("state", "visible") != "visible",
        )
        for one in root.iter()
        if _local(one) == "sheet"
    ]
    known = set(archive.namelist())
    sheets = [sheet for sheet in sheets if sheet.path in known and "worksheet" in sheet.path]
    if len(sheets) > MOST_SHEETS or len({sheet.path for sheet in sheets}) < len(sheets):
        raise Unreadable("damaged")
    if any(sheet.is_hidden for sheet in sheets):
        raise Unreadable("hidden_sheet", sheet=next(s.name for s in sheets if s.is_hidden))
    filled = [sheet for sheet in sheets if _is_filled(archive, sheet.path)]
    if not filled:
        raise Unreadable("empty")
    if len(filled) > 1:
        raise Unreadable("several_sheets", sheets=", ".join(sheet.name for sheet in filled[:5]))
    return filled[0]


def _relation_of(sheet: Element) -> str:
    named = (value for key, value in sheet.attrib.items() if key.rpartition("}")[2] == "id")
    return next(named, "")


def _path(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _is_filled(archive: zipfile.ZipFile, path: str) -> bool:
    return next(_rows(archive, path, None), None) is not None


def _merged(archive: zipfile.ZipFile, path: str) -> Iterator[Merged]:
    """Merged cells are told after all rows, and are needed before them."""
    kept, count = b"", 0
    with _member(archive, path, MOST_OF_SHEET) as file:
        while chunk := file.read(CHUNK):
            text = kept + chunk
            end = 0
            for found in _MERGE.finditer(text):
                count, end = count + 1, found.end()
                if count > MOST_MERGED:
                    raise Unreadable("too_many_merged", most=MOST_MERGED)
                left, top, right, bottom = found.groups()
                yield Merged(int(top), int(bottom), column_of(left), column_of(right))
            kept = text[max(end, len(text) - 200) :]


def _strings(archive: zipfile.ZipFile) -> list[str] | None:
    for relation in _document(archive, _RELATIONS):
        if relation.get("Type", "").endswith("/sharedStrings"):
            path = _path(relation.get("Target", ""))
            if path in archive.namelist():
                events = SharedStrings()
                with _member(archive, path, MOST_OF_STRINGS) as file:
                    while chunk := file.read(CHUNK):
                        events.feed(chunk)
                    events.feed(b"", is_last=True)
                return events.strings
    return []


def _rows(archive: zipfile.ZipFile, path: str, strings: list[str] | None) -> Iterator[RawRow]:
    """Rows that hold anything; without `strings` it is only told whether they do."""
    events = SheetEvents(strings)
    last = 0
    try:
        with _member(archive, path, MOST_OF_SHEET) as file:
            while True:
                chunk = file.read(CHUNK)
                events.feed(chunk, is_last=not chunk)
                for row in events.taken():
                    if not last < row.number <= HIGHEST_ROW:
                        raise Unreadable("damaged")
                    last = row.number
                    if row.cells:
                        yield row
                if not chunk:
                    return
    except _BROKEN:
        raise Unreadable("damaged") from None


def column_of(letters: bytes | str) -> int:
    """A column from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        place = place * 26 + letter - 64
    return place - 1
