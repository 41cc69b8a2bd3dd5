"""What is wrong with a file or a cell, in the reader's language."""

from collections.abc import Mapping
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

FILES: Mapping[str, Any] = {
    "failed_reading": _("The server failed on this file, which was noted: send it again later."),
    "failed_confirming": _(
        "The server failed while confirming this, which was noted. Nothing of it counts: try again"
        " later."
    ),
    "failed_undoing": _(
        "The server failed while undoing this, which was noted. All of it counts: try again later."
    ),
    "empty": _("The file has no rows."),
    "not_utf8": _(
        "The text is not UTF-8 at line %(line)s: in the spreadsheet program choose"
        " “CSV UTF-8”, or send the .xlsx."
    ),
    "utf16": _(
        "The text is UTF-16: in the spreadsheet program choose “CSV UTF-8”, or send the .xlsx."
    ),
    "damaged": _("The file is damaged, or is no spreadsheet: open it, save it anew and send that."),
    "damaged_line": _("The file is damaged at line %(line)s: a quotation mark does not end."),
    "not_xlsx": _("This is not an .xlsx workbook: save it as .xlsx or as CSV UTF-8."),
    "old_xls": _("This is an old .xls workbook: save it as .xlsx or as CSV UTF-8."),
    "password": _("The workbook is protected by a password: save it without one."),
    "dates_of_1904": _(
        "The workbook counts its days from 1904: switch that off in its settings and save it."
    ),
    "hidden_sheet": _(
        "The workbook has a hidden sheet, “%(sheet)s”: show it, and delete it if it does not"
        " belong to this."
    ),
    "several_sheets": _("Several sheets have rows (%(sheets)s): send a file for each."),
    "too_large_unpacked": _("Unpacked, a part of the workbook is larger than %(most)s MiB."),
    "too_many_columns": _("The file has more than %(most)s columns."),
    "too_many_lines": _("The file has more than %(most)s lines."),
    "too_many_rows": _("The file has more than %(most)s rows: send it in several files."),
    "too_many_merged": _("The sheet has more than %(most)s merged cells."),
    "no_headings": _(
        "There is no row of headings among the first %(rows)s. These are known: %(columns)s."
    ),
    "heading_twice": _("Two columns are called “%(heading)s”."),
    "heading_unclear": _(
        "There is a column “%(heading)s”. If it is “%(meant)s”, call it that; otherwise take it"
        " out."
    ),
    "columns_missing": _("These columns are missing: %(columns)s."),
}

CELLS: Mapping[str, Any] = {
    "formula": _("This is a formula. Formulas are not worked out: paste its value."),
    "cell_error": _("The spreadsheet program shows an error here."),
    "too_long": _("This is far too long for a cell."),
    "merged_cells": _("Cells are merged here: separate them, and fill in each."),
    "hidden_row": _("The row was hidden in the file, and counts like the others."),
    "empty_cell": _("This must not be empty."),
    "rounded": _(
        "The spreadsheet program keeps this as a number and has rounded its last digits: format"
        " the column as text, and enter it again."
    ),
    "longer_than": _("This is longer than %(most)s characters."),
    "no_digits": _("These must be %(least)s to %(most)s digits, and nothing else."),
    "no_whole_number": _("This must be a whole number."),
    "out_of_range": _("This must be from %(low)s to %(high)s."),
    "no_date": _("This is not a date: write it as 20-11-2026, the day first."),
    "no_month": _("This is not a month: write it as 2026-11 or November 2026."),
    "no_choice": _("This must be one of: %(choices)s."),
    "no_identifier": _("This is not an identifier as the hand-off has them."),
    "repeated": _("Row %(row)s says something of the same already."),
}


def said(words: Mapping[str, Any], code: str, named: Mapping[str, Any]) -> str:
    """The sentence for a code; the code itself where it has none any more."""
    sentence = words.get(code) or CELLS.get(code) or FILES.get(code)
    return str(sentence) % dict(named) if sentence else code


def failed(doing: Literal["reading", "confirming", "undoing"]) -> dict[str, Any]:
    """The refusal that says what we failed on."""
    return {"code": f"failed_{doing}", "named": {}}
