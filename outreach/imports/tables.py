"""A spreadsheet as rows of raw cells, whatever file it lies in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_CELL = 2000
"""Characters; of a longer one only its beginning is kept, and it is a problem."""
HIGHEST_ROW = 1_048_576
"""Of a spreadsheet program: rows may be sparse."""


class Odd(Enum):
    """What a cell can hold that is no value."""

    FORMULA = "formula"
    ERROR = "cell_error"
    TOO_LONG = "too_long"


Value = str | int | float | bool | Odd
Cells = Mapping[int, Value]
"""By column from 0; empty cells are not in it."""


class RawRow(NamedTuple):
    """A row that holds anything, by its number as spreadsheet programs count: from 1."""

    number: int
    cells: Cells
    is_hidden: bool = False


class Merged(NamedTuple):
    """Cells that were joined into one: rows from 1 and columns from 0, the last ones included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, to be gone through once, and which of its cells are merged."""

    rows: Iterator[RawRow]
    merged: tuple[Merged, ...] = ()


class Unreadable(Exception):
    """A file that cannot be read: a code of outreach.imports.words, and what its sentence names."""

    def __init__(self, code: str, **named: Any) -> None:
        super().__init__(code)
        self.code = code
        self.named = named
