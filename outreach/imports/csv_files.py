"""CSV as offices have it: comma, semicolon or tab, UTF-8 with or without a mark."""

import csv
import io
from collections.abc import Iterator

from outreach.imports.tables import (
    HIGHEST_ROW,
    LONGEST_CELL,
    MOST_COLUMNS,
    Odd,
    RawRow,
    Table,
    Unreadable,
    Value,
)
from outreach.imports.writing import as_it_was

DELIMITERS = (";", "\t", ",")
LINES_LOOKED_AT = 20
_NUMBER = set("0123456789.,-+ eE")
LONGEST_FIELD = 1_000_000


def read_csv(content: bytes) -> Table:
    """The rows of a CSV file. Raises Unreadable, while rows are gone through as well."""
    text = _text_of(content)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return Table(_rows(rest, first.strip()[4], skipped=1))
    return Table(_rows(text, _delimiter_of(text), skipped=0))


def _text_of(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[1:8:2] == b"\x00" * 4:
        raise Unreadable("utf16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8", line=content.count(b"\n", 0, error.start) + 1) from None
    if "\x00" in text:
        raise Unreadable("damaged")
    return text


def _delimiter_of(text: str) -> str:
    """The one that the most lines of the beginning agree on."""
    lines = text[: LINES_LOOKED_AT * LONGEST_CELL].splitlines()[:LINES_LOOKED_AT]
    return max(DELIMITERS, key=lambda mark: (sum(mark in line for line in lines), mark != ","))


def _rows(text: str, delimiter: str, skipped: int) -> Iterator[RawRow]:
    # Strict would refuse 5" nails; what a quote swallows shows as a field that is too long.
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = skipped
    try:
        for fields in reader:
            number += 1
            if number > HIGHEST_ROW:
                raise Unreadable("too_many_lines", most=HIGHEST_ROW)
            cells = {place: _value(field) for place, field in enumerate(fields) if field.strip()}
            if len(fields) > MOST_COLUMNS and max(cells, default=0) >= MOST_COLUMNS:
                raise Unreadable("too_many_columns", most=MOST_COLUMNS)
            if cells:
                yield RawRow(number, cells)
    except csv.Error:
        raise Unreadable("damaged_line", line=reader.line_num) from None


def _value(field: str) -> Value:
    text = field.strip()
    if len(text) > LONGEST_CELL:
        return Odd.TOO_LONG
    if text != as_it_was(text):
        return as_it_was(text)
    is_formula = text.startswith(("=", "@")) or (
        text[0] in "+-" and not _NUMBER.issuperset(text) and "(" in text
    )
    return Odd.FORMULA if is_formula else text
