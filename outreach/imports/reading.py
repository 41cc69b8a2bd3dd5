"""Files into rows: every cell read as what its column holds, and what cannot be is told."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import msgspec

from outreach.imports import headings
from outreach.imports.cells import BadCell, shown
from outreach.imports.csv_files import read_csv
from outreach.imports.headings import Heading
from outreach.imports.kinds import Column, Finding, Kind
from outreach.imports.tables import (
    MOST_COLUMNS,
    Cells,
    Merged,
    Odd,
    RawRow,
    Table,
    Unreadable,
    Value,
)
from outreach.imports.xlsx_files import OLD_OFFICE_MAGIC, read_xlsx

ZIP_MAGIC = b"PK\x03\x04"
NOTHING = {"", "-", "–", "—"}


class ReadRow(NamedTuple):
    """A row by its number: `values` by column, and as `shown` those that could not be read."""

    number: int
    values: Mapping[str, Any]
    shown: Mapping[str, str]
    findings: Sequence[Finding]


class Read(NamedTuple):
    """The headings of a file, and its rows, to be gone through once."""

    headings: list[Heading]
    rows: Iterator[ReadRow]


def read(content: bytes, kind: Kind) -> Read:
    """A file's rows. Raises Unreadable, while rows are gone through as well."""
    table = _table(content)
    first = list(islice(table.rows, headings.ROWS_LOOKED_AT))
    if not first:
        raise Unreadable("empty")
    known = headings.spellings(kind.columns)
    counts = [headings.known_in(row.cells, known) for row in first]
    place = counts.index(max(counts))
    if not counts[place]:
        names = ", ".join(column.headings[0] for column in kind.columns)
        raise Unreadable("no_headings", rows=headings.ROWS_LOOKED_AT, columns=names)
    found = headings.headings_of(first[place].cells, kind.columns)
    below = chain(first[place + 1 :], table.rows)
    return Read(found, _rows(below, table.merged, found, kind))


def _table(content: bytes) -> Table:
    if content.startswith((ZIP_MAGIC, OLD_OFFICE_MAGIC)):
        return read_xlsx(content)
    return read_csv(content)


def _rows(
    rows: Iterator[RawRow], merged: Sequence[Merged], found: Sequence[Heading], kind: Kind
) -> Iterator[ReadRow]:
    named = {heading.column: heading.place for heading in found if heading.column}
    areas = _Areas(merged)
    count = 0
    for row in rows:
        if all(_is_nothing(value) for value in row.cells.values()):
            continue
        count += 1
        if count > kind.most_rows:
            raise Unreadable("too_many_rows", most=kind.most_rows)
        yield _row(row, areas.at(row.number), named, kind)
    if not count:
        raise Unreadable("empty")


class _Areas:
    """The merged cells, as far as a row is in them; rows are asked for from the top down."""

    def __init__(self, merged: Sequence[Merged]) -> None:
        self._below = sorted(merged, reverse=True)
        self._here: list[Merged] = []

    def at(self, row: int) -> list[Merged]:
        while self._below and self._below[-1].first_row <= row:
            self._here.append(self._below.pop())
        if self._here:
            self._here = [area for area in self._here if area.last_row >= row]
        if len(self._here) > MOST_COLUMNS:
            # They cannot be side by side.
            raise Unreadable("damaged")
        return self._here


def _is_nothing(value: Value) -> bool:
    return not isinstance(value, Odd) and shown(value) in NOTHING


def _row(row: RawRow, areas: Sequence[Merged], named: Mapping[str, int], kind: Kind) -> ReadRow:
    values: dict[str, Any] = {}
    bad: dict[str, str] = {}
    findings: list[Finding] = []
    if row.is_hidden:
        findings.append(Finding(row.number, "", "hidden_row", "warning"))
    for column in kind.columns:
        place = named.get(column.name)
        values[column.name] = None
        if place is None:
            continue
        if any(area.first_column <= place <= area.last_column for area in areas):
            findings.append(Finding(row.number, column.name, "merged_cells"))
        try:
            values[column.name] = _value(row.cells, place, column)
        except BadCell as cell:
            findings.append(Finding(row.number, column.name, cell.code, named=cell.named))
            bad[column.name] = shown(row.cells[place])[:200] if place in row.cells else ""
    return ReadRow(row.number, values, bad, findings)


def _value(cells: Cells, place: int, column: Column) -> Any:
    value = cells.get(place)
    if isinstance(value, Odd):
        raise BadCell(value.value)
    if value is None or _is_nothing(value):
        if column.filled:
            raise BadCell("empty_cell")
        return None
    return column.read(value)


def packed(row: ReadRow) -> bytes:
    """A row as it is stored."""
    return _encoder.encode((row.values, row.shown))


def unpacked(content: bytes, kind: Kind) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """A stored row: as the kind's struct (None where a cell could not be read), its values as they
    were written, and the texts of those cells that could not be read."""
    values, bad = msgspec.json.decode(content)
    row = None if bad else msgspec.convert(values, kind.row, strict=False)
    return row, values, bad


def half_of(content: bytes, kind: Kind) -> Any:
    """What can be looked at of a stored row with cells that could not be read; None for others."""
    values, bad = msgspec.json.decode(content)
    if not bad or kind.half_row is None:
        return None
    return msgspec.convert(values, kind.half_row, strict=False)


_encoder = msgspec.json.Encoder()
