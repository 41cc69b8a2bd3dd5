"""What a village may be measured by: its denominators side by side, and the coverage each gives."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from outreach import bulk
from outreach.standings.recounting import SEGMENT
from outreach.standings.scoring import SHARE_DECIMALS

Because = Literal["only_one", "newest_year", "official_before_estimate", "first_by_name"]


class Measure(NamedTuple):
    """A source's newest working population up to a period's year."""

    id: int
    source: str
    year: int
    value: int
    kind: str


class Range(NamedTuple):
    """Coverage by each source's figure: the lowest and the highest share, uncapped.

    `used` is the figure that standings are made with, and `because` why it is that one.
    """

    low: float
    high: float
    sources: int
    used: Measure
    because: Because


def measures(village: str, period: date) -> list[Measure]:
    """A village's figures, one of each source, the one that is used first.

    The order is that of outreach.standings.recounting.
    """
    rows = bulk.run(
        """
        SELECT id, source, year, value, kind FROM (
            SELECT DISTINCT ON (source) * FROM outreach_denominator
            WHERE region_id = %s AND segment = %s AND year <= %s AND replaced_at IS NULL
            ORDER BY source, year DESC
        ) AS newest ORDER BY year DESC, kind = 'official' DESC, source
        """,
        [village, SEGMENT, period.year],
    )
    return [Measure(*row) for row in rows]


def why_used(ordered: Sequence[Measure]) -> Because:
    """What the first of several figures has before the second."""
    if len(ordered) == 1:
        return "only_one"
    first, second = ordered[:2]
    if first.year != second.year:
        return "newest_year"
    return "official_before_estimate" if first.kind != second.kind else "first_by_name"


def coverage_range(verified: int | None, ordered: Sequence[Measure]) -> Range | None:
    """The coverage of a village by all its figures; null without one, or without its people.

    A figure of nobody gives no coverage, so it is left out.
    """
    shares = [share(verified, measure.value) for measure in ordered]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    return Range(min(known), max(known), len(known), ordered[0], why_used(ordered))


def share(verified: int | None, working_people: int) -> float | None:
    """Verified people among working people, uncapped."""
    if verified is None or not working_people:
        return None
    return round(verified / working_people, SHARE_DECIMALS)
