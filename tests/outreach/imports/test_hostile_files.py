"""Spreadsheets that nobody should send: refused in words, without much work."""

import io
import time
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.imports import xlsx_files
from outreach.imports.tables import Unreadable
from outreach.imports.words import FILES
from tests.outreach.imports.workbooks import (
    HEADINGS,
    ROW,
    csv_of,
    read_all,
    refusal,
    sheet_xml,
    with_sheet,
    xlsx,
)


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
