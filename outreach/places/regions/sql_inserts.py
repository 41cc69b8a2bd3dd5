"""The tables of a SQL dump: read, never executed."""

from dataclasses import dataclass, field

from outreach.geo.formats.feature import FormatError
from outreach.geo.formats.sql_dump import Number, SqlDump, Value
from outreach.places.uploads import Refused

MOST_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class Inserted:
    """Rows of one table with their lines; no `columns` where the dump names none."""

    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def read_inserts(name: str, content: bytes) -> tuple[list[Inserted], list[str]]:
    """What a dump inserts, and what of it was left out. Raises Refused at the first other thing."""
    dump = SqlDump(content, lenient=True)
    tables: dict[tuple[str, tuple[str, ...]], Inserted] = {}
    try:
        for row in dump.rows():
            into = tables.setdefault((row.table, row.columns), Inserted(row.columns))
            into.rows.append((dump.line(row.at), [_cell(value) for value in row.values]))
            if len(into.rows) > MOST_ROWS:
                raise FormatError(f"has more than {MOST_ROWS:,} rows: no list of regions has")
    except FormatError as error:
        raise Refused([f"{name} {error}"]) from None
    return list(tables.values()), dump.notes()


def _cell(value: Value) -> str:
    """A value as a CSV file would have it."""
    if isinstance(value, Number):
        return value.digits
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value or "")
