"""What of an office's year supervisors are not shown: small counts, and what would tell them."""

from collections.abc import Collection, Sequence

from outreach.offices.progress import ALL, Row
from outreach.standings.small_cells import suppressed

COLUMNS = {"verified": "verified", "provisional": "waiting", "active": "active"}
"""What is told of a month, and what outreach.offices.progress calls it."""
YEAR, REST = 12, "rest"
Cell = tuple[str, str, str, int]
"""Segment, activity, column, and the place of the month or YEAR; REST: activities without a
target."""


def seen(row: Row, name: str, place: int, hidden: Collection[Cell]) -> int | None:
    """A count of a month or of the YEAR, null where it is withheld."""
    cell = (row.segment, row.activity, name, place)
    if cell in hidden:
        return None
    return row.total(COLUMNS[name]) if place == YEAR else getattr(row.months[place], COLUMNS[name])


def withheld(rows: Sequence[Row]) -> set[Cell]:
    """The cells that are withheld: months add up to their year, activities to all of them.

    What came of activities without a target is told by nobody, but is what is left of all.
    """
    counts: dict[Cell, int] = {}
    sums: list[tuple[Cell, list[Cell]]] = []
    for name, column in COLUMNS.items():
        for row in rows:
            of = (row.segment, row.activity, name)
            months = {(*of, place): getattr(row.months[place], column) for place in range(12)}
            counts |= months | {(*of, YEAR): row.total(column)}
            sums.append(((*of, YEAR), list(months)))
        for segment in {row.segment for row in rows}:
            keys = [row.activity for row in rows if row.segment == segment]
            if ALL not in keys or len(keys) == 1:
                continue
            for place in (*range(12), YEAR):
                parts: list[Cell] = [(segment, key, name, place) for key in keys if key != ALL]
                whole, rest = (segment, ALL, name, place), (segment, REST, name, place)
                counts[rest] = counts[whole] - sum(counts[part] for part in parts)
                sums.append((whole, [*parts, rest]))
    return suppressed(counts, sums)
