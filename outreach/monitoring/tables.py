"""A monitoring report as a table for spreadsheet programs: a figure a line."""

import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from outreach.imports.writing import BOM, csv_line, text_cell

HEADINGS = ("Bagian", "Kode", "Nama", "Ukuran", "Nilai")
COUNTS = ("registered", "verified", "provisional", "active")


class Line(NamedTuple):
    """A figure: of which part of the report and of what; empty where it is withheld or unknown."""

    part: str
    code: str
    name: str
    measure: str
    value: Any


def lines(report: Mapping[str, Any]) -> Iterator[Line]:
    """The figures of a report as the API tells it."""
    code, name = report["code"], report["name"]
    for measure in ("period", "as_of", "definitions_version", "unsynced_tablets", "suppressed"):
        yield Line("about", code, name, measure, report[measure])
    for measure, value in report["workers"].items():
        told = ", ".join(value) if isinstance(value, list) else value
        yield Line("workers", code, name, measure, told)
    for measure in (*COUNTS, "coverage", "coverage_low", "coverage_high", "active_coverage"):
        yield Line("region", code, name, measure, report[measure])
    for row in report["segments"]:
        yield from _of("segment", row["segment"], "", row, (*COUNTS, "leads", "leads_registered"))
    for row in report["activities"]:
        yield from _of("activity", row["activity"], "", row, COUNTS)
    for row in report["districts"]:
        measures = (*COUNTS, "workers", "coverage", "active_coverage")
        yield from _of("district", row["code"], row["name"], row, measures)
    for at, change in report["changes"].items():
        for measure in COUNTS:
            yield Line(at, code, name, measure, change[measure])
            yield Line(f"since_{at}", code, name, measure, change["since"][measure])
    for definition in report["definitions"]:
        yield Line("definition", "", "", definition["name"], definition["text"])


def _of(
    part: str, code: str, name: str, row: Mapping[str, Any], measures: tuple[str, ...]
) -> Iterator[Line]:
    for measure in measures:
        yield Line(part, code, name, measure, row[measure])


def as_csv(report: Mapping[str, Any]) -> bytes:
    """With semicolons and a mark, as Excel in Indonesia reads it."""
    text = "".join(csv_line(map(_text, line)) for line in (HEADINGS, *lines(report)))
    return f"{BOM}{text}".encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def as_xlsx(report: Mapping[str, Any]) -> bytes:
    """A workbook in which numbers are numbers and nothing is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Monitoring")
    sheet.append(HEADINGS)
    for line in lines(report):
        sheet.append([cell(sheet, value) for value in line])
    about = book.create_sheet(_("About this file"))
    text = _("For programs: codes and figures as in the API. For people there is the pack.")
    about.append([text_cell(about, text)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class Share(float):
    """A share that is shown in percent."""

    @classmethod
    def of(cls, value: float | None) -> "Share | None":
        return None if value is None else cls(value)


def cell(sheet: Any, value: Any) -> Any:
    """A number as a number, anything else as a harmless text."""
    if isinstance(value, Share):
        found = WriteOnlyCell(sheet, value=float(value))
        found.number_format = "0.0%"
        return found
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return text_cell(sheet, str(value))
