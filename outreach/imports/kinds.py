"""What a kind of import is: its columns, and what its rows are checked for and do."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from outreach.imports.cells import Reader
from outreach.imports.tables import MOST_ROWS
from outreach.models import Import, Office, User

Level = Literal["problem", "warning"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind: `headings` are what people call it, the first one as it is shown.

    `name` is the field of the kind's row. A file without a `needed` column is refused; in a
    `filled` one no cell is empty. `masked` says how a preview shows it: nik, hidden.
    """

    name: str
    headings: tuple[str, ...]
    read: Reader
    needed: bool = False
    filled: bool = False
    masked: Literal["", "nik", "hidden"] = ""


class Finding(NamedTuple):
    """Something about a row: a problem stops the whole file, a warning is only told.

    `column` is a column's name or empty; `code` one of the kind's words or of
    outreach.imports.words; `named` what the sentence names, never personal data.
    """

    number: int
    column: str
    code: str
    level: Level = "problem"
    named: Mapping[str, Any] = {}


class NumberedRow(NamedTuple):
    """A row whose cells could all be read, with its number in the file."""

    number: int
    row: Any


class Setting(NamedTuple):
    """Whose file it is, and when it is looked at: an administrator has no office."""

    source: Import
    actor: User
    office: Office | None
    now: datetime


class Undone(NamedTuple):
    """What undoing a file did: counts, and registrations of which something was left, with why."""

    counts: Mapping[str, int]
    left: Sequence[tuple[UUID, str]]


Rows = Sequence[NumberedRow]
Chunks = Callable[[], Iterator[Rows]]
"""All rows of a file in their order, some thousand at a time; can be gone through again."""


class Changed(Exception):
    """What the preview found does not hold any more: it is to be made again, and looked at."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of import.

    `check` looks at some rows with a constant number of statements, while others may write. `apply`
    runs in one transaction for the whole file, is started over where it was overtaken, checks again
    under the locks it takes (`recheck`), and gives counts for the report; applying rows that were
    applied before changes nothing. `undo` takes back what a confirmed file did, in one transaction
    as well; without one a kind is not undone. `after`, if there is one, runs once either is
    committed.
    """

    name: str
    title: Any
    roles: Collection[str]
    columns: tuple[Column, ...]
    row: type[msgspec.Struct]
    check: Callable[[Rows, Setting], Sequence[Finding]]
    apply: Callable[[Chunks, Setting], Mapping[str, int]]
    words: Mapping[str, Any]
    half_row: type[msgspec.Struct] | None = None
    """What is looked at of a row of which other cells could not be read; all may be missing."""
    check_half: Callable[[Rows, Setting], Sequence[Finding]] | None = None
    key: Callable[[Any], Hashable] | None = None
    """What two rows of a file must not share; nothing to compare where it gives None."""
    across: Callable[[Chunks, Setting], Iterable[Finding]] | None = None
    """What rows of a whole file say against each other; those with unreadable cells left out."""
    after: Callable[[Setting], None] | None = None
    undo: Callable[[Setting], Undone] | None = None
    most_rows: int = MOST_ROWS
    column_of: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "column_of", {column.name: column for column in self.columns})


def recheck(kind: Kind, rows: Rows, setting: Setting) -> Sequence[Finding]:
    """What is found about rows now. Raises Changed where a problem came up since the preview."""
    found = kind.check(rows, setting)
    if any(finding.level == "problem" for finding in found):
        raise Changed
    return found
