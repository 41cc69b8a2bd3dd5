"""Spreadsheets for tests, made by openpyxl or byte by byte, and a small kind of import."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from openpyxl import Workbook

from outreach.imports import cells
from outreach.imports.kinds import (
    Chunks,
    Column,
    Finding,
    Kind,
    Rows,
    Setting,
    recheck,
)
from outreach.imports.reading import ReadRow, read
from outreach.imports.tables import Unreadable
from outreach.models import ConsentNotice, User

HEADINGS = ("Versi", "Berlaku mulai", "Isi", "Jumlah", "NIK")


class NoticeRow(msgspec.Struct):
    version: str
    valid_from: date
    text: str | None = None
    count: int | None = None
    nik: str | None = None


def _check(rows: Rows, setting: Setting) -> list[Finding]:
    del setting
    known = dict(
        ConsentNotice.objects.filter(pk__in=[row.version for _, row in rows]).values_list(
            "version", "text_id"
        )
    )
    return [
        Finding(number, "version", "other_text")
        for number, row in rows
        if known.get(row.version, row.text or "") != (row.text or "")
    ]


def _apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    made = 0
    for rows in chunks():
        recheck(NOTICES, rows, setting)
        before = ConsentNotice.objects.count()
        ConsentNotice.objects.bulk_create(
            [
                ConsentNotice(
                    version=row.version,
                    valid_from=row.valid_from,
                    text_id=row.text or "",
                    text_en=row.text or "",
                )
                for _, row in rows
            ],
            ignore_conflicts=True,
        )
        made += ConsentNotice.objects.count() - before
    return {"made": made}


NOTICES = Kind(
    name="notices",
    title="Notices",
    roles={User.Role.OFFICER, User.Role.COORDINATOR},
    columns=(
        Column("version", ("Versi", "Version"), cells.text(20), needed=True, filled=True),
        Column("valid_from", ("Berlaku mulai", "Valid from"), cells.day, needed=True, filled=True),
        Column("text", ("Isi", "Text"), cells.text(200)),
        Column("count", ("Jumlah", "Count"), cells.whole(0, 100)),
        Column("nik", ("NIK",), cells.digits(16, 16), masked="nik"),
    ),
    row=NoticeRow,
    check=_check,
    apply=_apply,
    words={"other_text": "A notice of this version says something else."},
    key=lambda row: row.version,
)


def xlsx(rows: Iterable[Sequence[Any]], change: Callable[[Workbook], None] | None = None) -> bytes:
    """A workbook of one sheet as openpyxl writes it."""
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def large_xlsx(rows: Iterable[Sequence[Any]]) -> bytes:
    """The same for very many rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv_of(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(map(str, row)) for row in rows).encode()


def with_sheet(xml: str, **members: bytes) -> bytes:
    """A workbook whose sheet is this XML."""
    plain = zipfile.ZipFile(io.BytesIO(xlsx([["a"]])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in plain.namelist():
            content = plain.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = xml.encode()
            archive.writestr(name, members.get(name, content))
        for name, content in members.items():
            if name not in plain.namelist():
                archive.writestr(name, content)
    return file.getvalue()


def sheet_xml(rows: str, after: str = "") -> str:
    return (
        '<?xml version="1.0"?><worksheet'
        ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


ROW = ("2026-01", "20-11-2026", "Isi", 5, "9901014503840002")


def read_all(content: bytes) -> list[ReadRow]:
    return list(read(content, NOTICES).rows)


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read_all(content)
    return caught.value.code
