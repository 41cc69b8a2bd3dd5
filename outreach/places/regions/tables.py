"""Tables that people bring as CSV in any dialect or as a SQL dump, with or without a header."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from outreach.geo.region_columns import role_of
from outreach.places.regions.sql_inserts import MOST_ROWS, read_inserts
from outreach.places.uploads import Refused, Source, check_text

MOST_PROBLEMS = 1000
_LONGEST_LINE = 1_000_000
_CHUNK = 4096
_DELIMITERS = (",", ";", "\t", "|")
_SQL = re.compile(rb"^[ \t]*(insert|replace|copy|create|update|delete)\s", re.I | re.M)
_NUMBER = re.compile(r"\W?\d[\d.,+Ee]*")
_WHAT_IT_IS = (
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"%PDF", "a PDF: a table in CSV or a SQL dump is needed"),
    (b"version https://git-lfs", "only the pointer to a Git LFS file: fetch the file itself"),
    (b"<", "HTML or XML: save the table itself as CSV"),
    (b"{", "JSON: save the table as CSV"),
    (b"[", "JSON: save the table as CSV"),
)


@dataclass(slots=True)
class Problems:
    """What is wrong with a file, a line each: the first thousand, and how many more."""

    lines: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, line: str) -> None:
        if len(self.lines) < MOST_PROBLEMS:
            self.lines.append(line)
        else:
            self.more += 1

    def refuse(self) -> None:
        """Raise Refused if there are any."""
        if self.lines:
            raise Refused([*self.lines, *([f"and {self.more} more"] if self.more else [])])


class Table(NamedTuple):
    """Rows of cells with their lines, all as wide as the header or, without one, as each other."""

    header: tuple[str, ...]
    rows: list[tuple[int, list[str]]]

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Lines with their values by the columns' names, in lower case."""
        columns = [name.casefold() for name in self.header]
        for line, cells in self.rows:
            yield line, dict(zip(columns, cells, strict=True))


def read_tables(source: Source) -> tuple[list[Table], list[str]]:
    """A file's tables and what was left out of it. Raises Refused with every bad line."""
    start = source.content[:_CHUNK].lstrip()
    for magic, what in _WHAT_IT_IS:
        if start.startswith(magic):
            raise Refused([f"{source.name} is {what}"])
    check_text(source)
    notes: list[str] = []
    if ".sql" in source.name.lower() or _SQL.search(source.content):
        inserted, notes = read_inserts(source.name, source.content)
        tables = [Table(table.columns, table.rows) for table in inserted]
    else:
        tables = [_csv_table(source.name, source.content)]
    tables = [_whole(table) for table in tables if table.rows]
    if not tables:
        raise Refused([f"{source.name} has no rows"])
    return tables, notes


def _csv_table(name: str, content: bytes) -> Table:
    delimiter = _delimiter(_lines(name, content))
    reader = csv.reader(_lines(name, content), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((reader.line_num, cells))
            if len(rows) > MOST_ROWS:
                raise Refused([f"{name} has more than {MOST_ROWS:,} rows: no list of regions has"])
    except csv.Error as error:
        raise Refused([f"{name} is not CSV at line {reader.line_num}: {error}"]) from None
    if rows and rows[0][1][0].startswith("sep="):
        rows = rows[1:]
    if rows and _is_header(rows[0][1]):
        return Table(tuple(rows[0][1]), rows[1:])
    return Table((), rows)


def _lines(name: str, content: bytes) -> Iterator[str]:
    """The lines one after the other: a whole text may take four times its bytes."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    for number, line in enumerate(iter(lambda: text.readline(_LONGEST_LINE + 1), ""), start=1):
        if len(line) > _LONGEST_LINE:
            raise Refused([f"{name} line {number} is longer than {_LONGEST_LINE:,} characters"])
        yield line


def _delimiter(lines: Iterator[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("sep=") and len(first.strip()) == 5:
        return first[4]
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=unquoted.count)


def _is_header(cells: list[str]) -> bool:
    """Whether a first row names its columns: it says code, or none of its cells is a number."""
    roles = [role_of(cell) for cell in cells]
    return any(role and role.what == "code" for role in roles) or not any(
        _NUMBER.fullmatch(cell) for cell in cells
    )


def _whole(table: Table) -> Table:
    """The table, if all its rows are equally wide. Raises Refused with those that are not."""
    width = len(table.header or table.rows[0][1])
    problems = Problems()
    for line, cells in table.rows:
        if len(cells) != width:
            problems.add(f"line {line}: not as many values as columns ({len(cells)} for {width})")
    problems.refuse()
    return table


def refuse_same_columns(name: str, columns: Sequence[str]) -> None:
    """Raise Refused where two columns have one name, so that it is not clear which is meant."""
    [(column, times)] = Counter(map(str.casefold, columns)).most_common(1) or [("", 0)]
    if times > 1:
        raise Refused([f"{name} has {times} columns {column}: leave out all but one"])
