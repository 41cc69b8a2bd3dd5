"""Spreadsheets read: what offices really send."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from outreach.imports import xlsx_files
from outreach.imports.reading import Read, ReadRow, read
from outreach.imports.registry import KINDS
from outreach.imports.tables import MOST_COLUMNS
from outreach.imports.words import CELLS, FILES
from tests.outreach.imports.workbooks import (
    HEADINGS,
    NOTICES,
    ROW,
    csv_of,
    read_all,
    refusal,
    sheet_xml,
    with_sheet,
    xlsx,
)


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


@pytest.mark.parametrize("code", ["0000", "D800"])
def test_a_heading_holds_only_what_can_be_stored(code: str) -> None:
    heading = f'<c r="A1" t="inlineStr"><is><t>Teks_x{code}_</t></is></c>'
    file = with_sheet(sheet_xml(f'<row r="1">{heading}</row>'))
    [row] = xlsx_files.read_xlsx(file).rows
    assert row.cells[0] == "Teks\ufffd"


def test_no_kind_says_something_else_by_the_code_of_a_cell_or_a_file() -> None:
    for kind in KINDS.values():
        assert not kind.words.keys() & (CELLS.keys() | FILES.keys()), kind.name
