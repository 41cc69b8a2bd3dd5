"""Which column of a file is which: by its heading, in whatever order, in either language."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA

from outreach.imports.cells import shown
from outreach.imports.kinds import Column
from outreach.imports.tables import Cells, Unreadable

ROWS_LOOKED_AT = 20
"""Above the headings there may be a title, an office's name, a date."""
NEAR = 0.75
LONGEST_HEADING_SHOWN = 60


class Heading(NamedTuple):
    """A heading as it stood, with the column it was taken for, or none."""

    place: int
    text: str
    column: str | None


def plain(text: str) -> str:
    """A heading as headings are compared: letters and digits in small letters."""
    letters = unicodedata.normalize("NFKD", text[:200]).casefold()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def spellings(columns: Sequence[Column]) -> dict[str, str]:
    """Every known heading with its column's name."""
    return {
        plain(heading): column.name
        for column in columns
        for heading in (column.name, *column.headings)
    }


def known_in(cells: Cells, known: Mapping[str, str]) -> int:
    """How many columns a row of headings would name."""
    return len({known[text] for text in map(plain, map(shown, cells.values())) if text in known})


def headings_of(cells: Cells, columns: Sequence[Column]) -> list[Heading]:
    """The columns that a row names. Raises Unreadable: one that is named twice, one that is needed
    and missing, one that was probably meant and is misspelled."""
    known = spellings(columns)
    found = [
        Heading(place, shown(value)[:LONGEST_HEADING_SHOWN], known.get(plain(shown(value))))
        for place, value in sorted(cells.items())
    ]
    named = [heading.column for heading in found if heading.column]
    for heading in found:
        if heading.column and named.count(heading.column) > 1:
            raise Unreadable("heading_twice", heading=heading.text)
    missing = [column for column in columns if column.name not in named]
    for heading in found:
        if heading.column is None and (meant := _near(heading.text, missing)):
            raise Unreadable("heading_unclear", heading=heading.text, meant=meant.headings[0])
    needed = [column.headings[0] for column in missing if column.needed]
    if needed:
        raise Unreadable("columns_missing", columns=", ".join(needed))
    return found


def _near(text: str, columns: Sequence[Column]) -> Column | None:
    """The column whose heading this is but for a slip."""
    likely = [
        (OSA.normalized_similarity(plain(text), plain(spelling)), column)
        for column in columns
        for spelling in (column.name, *column.headings)
    ]
    best = max(likely, key=lambda one: one[0], default=None)
    return best[1] if best and best[0] >= NEAR and len(plain(text)) > 2 else None
