"""Cells and lines as they are written out, and cells as they were before."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"
"""Comes before CSV for Excel."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet program takes for the start of a formula."""


_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def harmless(text: str) -> str:
    """A text that no spreadsheet program runs: an apostrophe comes before what could be a formula.

    Not before a plain number, such as a phone number, which is none.
    """
    is_number = text[:1] in {"+", "-"} and text[1:].isdecimal()
    return f"'{text}" if text.startswith(STARTS) and not is_number else text


def as_it_was(text: str) -> str:
    """A text that was made harmless, here or elsewhere, as it was before."""
    return text[1:] if text.startswith("'") and text[1:].startswith(STARTS) else text


def csv_line(cells: Iterable[str]) -> str:
    """A line of harmless cells with semicolons, as Excel in Indonesia reads it."""
    file = io.StringIO()
    csv.writer(file, delimiter=";", lineterminator="\r\n").writerow(map(harmless, cells))
    return file.getvalue()


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """A small file of texts, with a mark for Excel."""
    return (BOM + "".join(map(csv_line, rows))).encode()


def xlsx_of(rows: Iterable[Sequence[str]]) -> bytes:
    """A small workbook of texts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append([text_cell(sheet, text) for text in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def text_cell(sheet: Any, text: str) -> Cell:
    """A harmless cell of a workbook that is text, whatever it looks like.

    What no workbook can hold becomes a space: it comes from tablets, in a name or an address.
    """
    text = _NOT_IN_XML.sub(" ", text)
    cell: Cell = WriteOnlyCell(sheet, value=harmless(text) or None)
    cell.data_type = "s" if text else "n"
    return cell
