"""The villages of a ranking as a map shows them: each on one of five steps, or on none."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from outreach import bulk
from outreach.standings.measures import share
from outreach.standings.recounting import ranked_order, recounted
from outreach.standings.scoring import ranks
from outreach.standings.small_cells import is_small
from outreach.standings.tables import scoped, table_of

Colouring = Literal["rank", "coverage"]
STEPS = 5
COVERAGE_LIMITS = (0.01, 0.03, 0.1, 0.3)
"""Where a step of coverage ends and the next begins: the same everywhere and in every month."""
WITHHELD, UNMEASURED = 0, -1
"""No step: its coverage is not shown to this reader; it has no rank."""


class Placed(NamedTuple):
    """A village of a ranking; its coverage null where it is withheld or cannot be known.

    Villages without a score are not measured; of those with one none has a rank where none has
    anything to show.
    """

    code: str
    name: str
    is_measured: bool
    rank: int | None
    coverage: float | None


class Mapped(NamedTuple):
    """The villages of a ranking, best first; `frozen_at` null for live figures."""

    villages: list[Placed]
    frozen_at: datetime | None


def mapped(within: str, period: date, stratum: str | None, open_to: tuple[str, ...]) -> Mapped:
    """The ranking of a region for who sees small counts in the regions `open_to`.

    As outreach.standings.rankings has it, without what makes up a score: that takes a second for a
    province.
    """
    table = table_of(within, period)
    if table:
        table = scoped(table, within, stratum)
        found = [
            (row[0], row[1], row[4], row[10], row[-1])
            for row in bulk.run(
                f"SELECT {table.columns}, kept.score FROM {table.rows} {table.joined}"
                f" WHERE {table.condition} ORDER BY kept.score DESC NULLS LAST, kept.village_id",
                table.parameters,
            )
        ]
    else:
        found = [
            (
                row.code,
                row.name,
                row.verified,
                row.denominator and row.denominator.value,
                row.result.score,
            )
            for row in ranked_order(recounted(period, within))
            if stratum in {None, row.stratum}
        ]
    places = ranks([score for *_, score in found])
    villages = [
        Placed(code, name, score is not None, rank, _coverage(code, verified, working, open_to))
        for (code, name, verified, working, score), rank in zip(found, places, strict=True)
    ]
    return Mapped(villages, table.frozen_at if table else None)


def _coverage(
    code: str, verified: int, working: int | None, open_to: tuple[str, ...]
) -> float | None:
    if is_small(verified) and not code.startswith(open_to):
        return None
    return share(verified, working or 0)


def steps(villages: Sequence[Placed], colouring: Colouring) -> list[int]:
    """For each village of a ranking its step from 1 to STEPS, the best; WITHHELD or UNMEASURED.

    Steps of rank hold a fifth of the ranked villages each; those that share a rank are all where
    the last of them would be, so that a month that has just begun is not full of winners.
    """
    if colouring == "coverage":
        return [_coverage_step(village) for village in villages]
    level = Counter(village.rank for village in villages)
    among = sum(village.is_measured for village in villages)
    return [_rank_step(village, level[village.rank], among) for village in villages]


def _rank_step(village: Placed, level: int, among: int) -> int:
    if not village.is_measured:
        return UNMEASURED
    if village.rank is None:
        return 1
    return 1 + STEPS * (among - village.rank - level + 1) // among


def _coverage_step(village: Placed) -> int:
    if not village.is_measured:
        return UNMEASURED
    if village.coverage is None:
        return WITHHELD
    return 1 + sum(village.coverage >= limit for limit in COVERAGE_LIMITS)
