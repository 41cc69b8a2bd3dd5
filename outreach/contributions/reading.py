"""Files with rules, read: JSON with everything, or a table of income brackets as CSV."""

import csv
import io
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from outreach.contributions.rules import (
    LONGEST_SOURCE,
    Bracket,
    BracketTable,
    Known,
    Relief,
    Rule,
)
from outreach.places.uploads import Refused, Source

MOST_ROWS = 1000
COLUMNS = ("min", "max", "base")
_MOST_SAID = 20
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)


class Given(Struct, frozen=True, forbid_unknown_fields=True):
    """Rules that somebody brings."""

    rules: Annotated[list[Rule], Meta(max_length=200)] = []
    reliefs: Annotated[list[Relief], Meta(max_length=200)] = []
    bracket_tables: Annotated[list[BracketTable], Meta(max_length=50)] = []

    def all(self) -> list[Known]:
        return [*self.rules, *self.reliefs, *self.bracket_tables]


class Label(NamedTuple):
    """What a table of brackets does not say of itself."""

    version: str
    first_month: str
    last_month: str | None
    source: str | None
    checked: str | None


def is_json(file: Source) -> bool:
    return file.content.lstrip()[:1] in {b"{", b"["}


def read_rules(content: bytes, name: str) -> Given:
    """The rules in a JSON file. Raises Refused."""
    try:
        return msgspec.json.decode(content, type=Given)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused([f"{name}: {error}"]) from None


def read_brackets(file: Source, label: Label) -> BracketTable:
    """The table in a CSV file with the columns min, max and base, of which the last max is empty.

    Lines that begin with # are taken as the note on its source. Raises Refused.
    """
    lines = file.content.decode("utf-8").splitlines()
    note = " ".join(line.strip("# \t") for line in lines if line.startswith("#"))
    table: dict[str, Any] = {
        "version": label.version,
        "first_month": label.first_month,
        "last_month": label.last_month,
        "brackets": (brackets := _brackets(file.name, lines)),
        "step": _step(brackets),
        "source": ". ".join(filter(None, (label.source, note))) or None,
        "checked": label.checked,
    }
    if table["source"] is None:
        raise Refused([f"{file.name} does not say where it is from: give --source"])
    if label.source and len(note) <= LONGEST_SOURCE < len(table["source"]):
        most = LONGEST_SOURCE - len(note) - len(". ")
        raise Refused([f"--source may have {max(most, 0)} characters beside the file's own note"])
    try:
        return msgspec.convert(table, BracketTable)
    except msgspec.ValidationError as error:
        raise Refused([f"{file.name}: {error}"]) from None


def _brackets(name: str, lines: Sequence[str]) -> list[Bracket]:
    data = [(number, line) for number, line in enumerate(lines, 1) if not line.startswith("#")]
    data = [(number, line) for number, line in data if line.strip()]
    if len(data) - 1 > MOST_ROWS:
        raise Refused([f"{name} has more than {MOST_ROWS} brackets"])
    text = "\n".join(line for _, line in data)
    separator = ";" if text.partition("\n")[0].count(";") else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Refused([f"{name}: {error}"]) from None
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if sorted(header) != sorted(COLUMNS):
        raise Refused([f"{name}: its columns have to be {', '.join(COLUMNS)}"])
    problems: list[str] = []
    found = []
    for (number, _), row in zip(data[1:], rows[1:], strict=False):
        cells = dict(zip(header, map(str.strip, row), strict=False))
        wrong = [
            f"{cells.get(column, '')[:40]!r} is no {column}"
            for column in COLUMNS
            if not _is_amount(cells.get(column, ""), column)
        ]
        if wrong or len(row) != len(COLUMNS):
            problems.append(f"{name} line {number}: {'; '.join(wrong) or 'not three cells'}")
        else:
            found.append(_bracket(cells))
    if problems:
        raise Refused(problems[:_MOST_SAID])
    return found


def _is_amount(cell: str, column: str) -> bool:
    return bool(_WHOLE.fullmatch(cell)) or (column == "max" and not cell)


def _bracket(cells: dict[str, str]) -> Bracket:
    return Bracket(
        int(cells["min"]), int(cells["max"]) if cells["max"] else None, int(cells["base"])
    )


def _step(brackets: Sequence[Bracket]) -> Literal[1, 1000]:
    """In what steps a table counts incomes: it may leave out what is between thousands."""
    bounds = [bound for one in brackets for bound in (one.min, one.max) if bound is not None]
    follows = any(
        one.max is not None and after.min == one.max + 1 for one, after in pairwise(brackets)
    )
    return 1 if follows or any(bound % 1000 for bound in bounds) else 1000
