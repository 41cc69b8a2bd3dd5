"""Spreadsheets read: what offices really send, and what nobody should."""

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from outreach.imports import cells, xlsx_files
from outreach.imports.cells import BadCell
from outreach.imports.reading import Read, ReadRow, read
from outreach.imports.registry import KINDS
from outreach.imports.tables import MOST_COLUMNS, Unreadable
from outreach.imports.words import CELLS, FILES
from tests.outreach.imports.workbooks import (
    HEADINGS,
    NOTICES,
    csv_of,
    sheet_xml,
    with_sheet,
    xlsx,
)

ROW = ("2026-01", "20-11-2026", "Isi", 5, "9901014503840002")


def read_all(content: bytes) -> list[ReadRow]:
    return list(read(content, NOTICES).rows)


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read_all(content)
    return caught.value.code


def codes(row: ReadRow) -> list[tuple[str, str]]:
    return [(finding.column, finding.code) for finding in row.findings]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_csv_by_any_delimiter_with_and_without_a_mark(delimiter: str, start: bytes) -> None:
    [row] = read_all(start + csv_of([HEADINGS, ROW], delimiter))

    assert row.number == 2
    assert row.values == {
        "version": "2026-01",
        "valid_from": date(2026, 11, 20),
        "text": "Isi",
        "count": 5,
        "nik": "9901014503840002",
    }
    assert not row.findings


def test_columns_in_another_order_in_english_below_a_title() -> None:
    content = xlsx(
        [
            ["Kantor Cabang Hulu"],
            [],
            ["NIK", "version ", "Valid  From", "Catatan"],
            ["9901014503840002", "v1", datetime(2026, 11, 20), "x"],  # noqa: DTZ001 - as Excel's
        ]
    )
    found: Read = read(content, NOTICES)
    [row] = found.rows

    assert row.number == 4
    assert row.values["valid_from"] == date(2026, 11, 20)
    assert [(one.text, one.column) for one in found.headings] == [
        ("NIK", "nik"),
        ("version", "version"),
        ("Valid  From", "valid_from"),
        ("Catatan", None),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "20-11-2026",
        "20/11/2026",
        "20.11.2026",
        "20 November 2026",
        "20 nopember 2026",
        "20-Nov-2026",
        "2026-11-20",
        "2026-11-20 00:00:00",
        "46346",
        46346,
        46346.75,
    ],
)
def test_a_date_in_any_form_that_people_write(written: Any) -> None:
    assert cells.day(written) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "written",
    [
        "11/20/2026",
        "31-02-2026",
        "20-11-26",
        "besok",
        "0",
        0,
        60,
        1e9,
        -1,
        True,
        "20 Foo 2026",
        "٢٠-١١-٢٠٢٦",
    ],
)
def test_what_is_no_date_is_told(written: Any) -> None:
    with pytest.raises(BadCell):
        cells.day(written)


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_every_date_comes_back_from_each_form(day: date) -> None:
    serial: Any = (day - cells.SERIAL_ZERO).days
    name = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus",
            "September", "Oktober", "November", "Desember"][day.month - 1]  # fmt: skip
    forms: list[Any] = [serial, day.isoformat(), f"{day:%d-%m-%Y}", f"{day:%d/%m/%Y}",
             f"{day.day} {name} {day.year}"]  # fmt: skip
    assert {cells.day(form) for form in forms} == {day}


@pytest.mark.parametrize(
    "written", ["2026-11", "11/2026", "November 2026", "Nov-2026", "20-11-2026", 46346]
)
def test_a_month_in_any_form(written: Any) -> None:
    assert cells.month(written) == date(2026, 11, 1)


@pytest.mark.parametrize("written", ["13/2026", "2026-13", "Nopember", "20-13-2026", 5])
def test_what_is_no_month_is_told_as_a_month(written: Any) -> None:
    with pytest.raises(cells.BadCell) as told:
        cells.month(written)
    assert told.value.code == "no_month"


def test_cells_that_cannot_be_read_are_told_by_row_and_column() -> None:
    rows: list[list[Any]] = [
        ["v1", "kemarin", "=A1+1", 101, 9901014503840002],
        [None, "20-11-2026", "x" * 3000, "-", "99010145"],
    ]
    first, second = read_all(xlsx([HEADINGS, *rows]))

    assert codes(first) == [
        ("valid_from", "no_date"),
        ("text", "formula"),
        ("count", "out_of_range"),
        ("nik", "rounded"),
    ]
    assert codes(second) == [("version", "empty_cell"), ("text", "too_long"), ("nik", "no_digits")]
    assert second.values["count"] is None


def test_merged_cells_are_told_in_every_row_they_reach() -> None:
    def merge(book: Workbook) -> None:
        book.active.merge_cells("C2:C3")
        book.active.merge_cells("A5:E5")

    first, second, third = read_all(xlsx([HEADINGS, ROW, ROW, ROW], merge))

    assert codes(first) == codes(second) == [("text", "merged_cells")]
    assert codes(third) == []


def test_hidden_rows_count_and_are_told() -> None:
    def hide(book: Workbook) -> None:
        book.active.row_dimensions[2].hidden = True

    [row] = read_all(xlsx([HEADINGS, ROW], hide))

    assert codes(row) == [("", "hidden_row")]
    assert row.findings[0].level == "warning"


def test_empty_rows_and_dashes_are_nothing() -> None:
    assert [row.number for row in read_all(xlsx([HEADINGS, [], ["-", None], ROW]))] == [4]


def _hidden(book: Workbook) -> None:
    book.create_sheet("Rahasia").sheet_state = "hidden"


def _second(book: Workbook) -> None:
    book.create_sheet("Lagi").append([1])


def _1904(book: Workbook) -> None:
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - openpyxl's


@pytest.mark.parametrize(
    ("change", "code"),
    [(_hidden, "hidden_sheet"), (_second, "several_sheets"), (_1904, "dates_of_1904")],
)
def test_workbooks_that_leave_open_what_is_meant(
    change: Callable[[Workbook], None], code: str
) -> None:
    assert refusal(xlsx([HEADINGS, ROW], change)) == code


def test_an_empty_sheet_beside_the_only_filled_one_is_none() -> None:
    assert len(read_all(xlsx([HEADINGS, ROW], lambda book: book.create_sheet("Sheet2")))) == 1


@pytest.mark.parametrize(
    ("headings", "code"),
    [
        (["Versi", "Isi"], "columns_missing"),
        (["Versi", "Berlaku mulai", "Versi"], "heading_twice"),
        (["Versi", "Berlaku mulai", "Jumlh"], "heading_unclear"),
        (["Versi", "Berlaku mulia"], "heading_unclear"),
        (["satu", "dua"], "no_headings"),
    ],
)
def test_headings_that_are_not_what_is_needed(headings: list[str], code: str) -> None:
    assert refusal(xlsx([headings, ["v1", "20-11-2026"]])) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (csv_of([HEADINGS]), "empty"),
        ("Versi;Isi".encode("utf-16"), "utf16"),
        ("Versi;Isi".encode("utf-16-le"), "utf16"),
        (b"Versi;Isi\nv1;caf\xe9", "not_utf8"),
        (b"Versi,Isi\x00", "damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old_xls"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (xlsx([HEADINGS, ROW])[:3000], "damaged"),
        (xlsx([]), "empty"),
        (csv_of([HEADINGS, ROW + ("",) * MOST_COLUMNS + ("x",)]), "too_many_columns"),
        (xlsx([HEADINGS, ROW + (None,) * MOST_COLUMNS + ("x",)]), "too_many_columns"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_refused_in_words(content: bytes, code: str) -> None:
    assert refusal(content) == code


def zip_of(members: Mapping[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def packed_otherwise(content: bytes) -> bytes:
    """A workbook packed in a way that none is."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    return zip_of({name: archive.read(name) for name in archive.namelist()}, zipfile.ZIP_LZMA)


BOMB = '<!DOCTYPE a [<!ENTITY b "x">]>'
CELL = '<c r="A1" t="inlineStr"><is><t>Versi</t></is></c>'
FIRST = f'<row r="1">{CELL}</row>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "not_xlsx"),
        (packed_otherwise(xlsx([HEADINGS, ROW])), "damaged"),
        (zip_of({"xl/workbook.xml": b"<?xml version='1.0' encoding='hex'?><a/>"}), "damaged"),
        (with_sheet("<?xml version='1.0' encoding='hex'?><worksheet/>"), "damaged"),
        (with_sheet("<worksheet>"), "damaged"),
        (with_sheet(sheet_xml("").replace("<worksheet", BOMB + "<worksheet")), "damaged"),
        (with_sheet(sheet_xml(f'<row r="1">{CELL}</row><row r="1">{CELL}</row>')), "damaged"),
        (with_sheet(sheet_xml(f'<row r="99999999999">{CELL}</row>')), "damaged"),
        (with_sheet(sheet_xml(f'<row r="{"9" * 9000}">{CELL}</row>')), "damaged"),
        (with_sheet(sheet_xml('<row r="1"><c r="A1" t="s"><v>77</v></c></row>')), "damaged"),
        (with_sheet(sheet_xml('<row r="1"><c r="?"><v>7</v></c></row>')), "damaged"),
        (with_sheet(sheet_xml('<row r="1"><c r="XFD1"><v>7</v></c></row>')), "too_many_columns"),
        (with_sheet(sheet_xml(FIRST, '<mergeCell ref="A1:A2"/>' * 20_001)), "too_many_merged"),
        (
            with_sheet(
                sheet_xml(
                    "".join(
                        f'<row r="{number}">{CELL.replace("A1", f"A{number}")}'
                        f'<c r="B{number}" t="inlineStr"><is><t>Berlaku mulai</t></is></c></row>'
                        for number in (1, 2)
                    ),
                    '<mergeCell ref="A2:A900"/>' * 500,
                )
            ),
            "damaged",
        ),
    ],
    ids=[
        "ods", "lzma", "workbook's encoding", "sheet's encoding", "cut", "entities",
        "row twice", "row far away", "row number huge", "no such text",
        "no cell", "column far away", "merged everywhere", "merged over each other",
    ],
)  # fmt: skip
def test_hostile_workbooks_are_refused_in_words(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_a_part_that_would_unpack_to_much_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = with_sheet(sheet_xml(" " * 3_000_000))
    assert len(bomb) < 20_000
    monkeypatch.setattr(xlsx_files, "MOST_OF_SHEET", 2_000_000)
    assert refusal(bomb) == "too_large_unpacked"
    monkeypatch.setattr(xlsx_files, "MOST_OF_WORKBOOK", 100)
    assert refusal(xlsx([HEADINGS, ROW])) == "too_large_unpacked"


def test_what_was_written_harmless_is_read_as_it_was() -> None:
    [row] = read_all(csv_of([HEADINGS[:3], ("'+62 811 (kantor)", "20-11-2026", "'=SUM(A1)")]))

    assert (row.values["version"], row.values["text"]) == ("+62 811 (kantor)", "=SUM(A1)")


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", categories=["L", "Nd"]), min_size=1, max_size=15),
            st.dates(date(1950, 1, 1), date(2100, 1, 1)),
            st.text(st.characters(codec="ascii", categories=["L"]), max_size=40),
            st.integers(0, 100),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_workbook_and_a_csv_of_the_same_say_the_same(rows: list[tuple[Any, ...]]) -> None:
    book = read_all(xlsx([HEADINGS[:4], *rows]))
    text = read_all(csv_of([HEADINGS[:4], *rows], ";"))

    assert [row.values for row in book] == [row.values for row in text]
    assert [codes(row) for row in book] == [codes(row) for row in text] == [[]] * len(rows)


WHOLE = xlsx([HEADINGS, ROW, ROW], lambda book: book.active.merge_cells("A2:B2"))
PARTS = {
    name: zipfile.ZipFile(io.BytesIO(WHOLE)).read(name)
    for name in zipfile.ZipFile(io.BytesIO(WHOLE)).namelist()
}
SPLICES = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 30), st.binary(max_size=8) | st.sampled_from([b"<", b'"'])
    ),
    min_size=1,
    max_size=5,
)


def _spliced(content: bytes, splices: list[tuple[float, int, bytes]]) -> bytes:
    """The content with some bytes replaced by others here and there."""
    changed = bytearray(content)
    for where, length, bytes_in_place in splices:
        place = int(where * len(changed))
        changed[place : place + length] = bytes_in_place
    return bytes(changed)


@settings(max_examples=300, deadline=None)
@given(part=st.sampled_from([*PARTS, "the file", "csv"]), splices=SPLICES)
def test_whatever_is_broken_in_a_file_it_is_read_or_refused_in_words(
    part: str, splices: list[tuple[float, int, bytes]]
) -> None:
    if part == "csv":
        content = _spliced(csv_of([HEADINGS, ROW], ";"), splices)
    elif part == "the file":
        content = _spliced(WHOLE, splices)
    else:
        content = zip_of(PARTS | {part: _spliced(PARTS[part], splices)})
    code = None
    try:
        read_all(content)
    except Unreadable as refused:
        code = refused.code
    assert code is None or code in FILES


@pytest.mark.parametrize("code", ["0000", "D800"])
def test_a_heading_holds_only_what_can_be_stored(code: str) -> None:
    heading = f'<c r="A1" t="inlineStr"><is><t>Teks_x{code}_</t></is></c>'
    file = with_sheet(sheet_xml(f'<row r="1">{heading}</row>'))
    [row] = xlsx_files.read_xlsx(file).rows
    assert row.cells[0] == "Teks\ufffd"


def test_a_sheet_is_looked_at_once_however_often_it_is_named() -> None:
    book = zipfile.ZipFile(io.BytesIO(xlsx([["a"]]))).read("xl/workbook.xml").decode()
    start, end = book.index("<sheet "), book.index("/>", book.index("<sheet ")) + 2
    often = book[:end] + book[start:end] * 50 + book[end:]
    with pytest.raises(Unreadable) as refused:
        xlsx_files.read_xlsx(with_sheet(sheet_xml(""), **{"xl/workbook.xml": often.encode()}))
    assert refused.value.code == "damaged"


def test_beginnings_of_merged_cells_are_passed_over_quickly() -> None:
    after = "<!-- " + "<mergeCell " * 40_000 + "-->"
    started_at = time.process_time()
    rows = list(xlsx_files.read_xlsx(with_sheet(sheet_xml(f'<row r="1">{CELL}</row>', after))).rows)
    assert len(rows) == 1
    assert time.process_time() - started_at < 5


def test_no_kind_says_something_else_by_the_code_of_a_cell_or_a_file() -> None:
    for kind in KINDS.values():
        assert not kind.words.keys() & (CELLS.keys() | FILES.keys()), kind.name
