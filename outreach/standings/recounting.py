"""Standings counted from the tallies, of any month."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from outreach import bulk
from outreach.models import Denominator, Formula, Standing
from outreach.places.regions.aliases import IS_SUCCEEDED
from outreach.standings.scoring import Scored, ranks, scored, stratum

EASTERNMOST = ZoneInfo("Asia/Jayapura")
SEGMENT = "working_population"
SCOPE_LENGTHS = (0, 2, 5, 8)
"""How much of a village's code names its country, province, regency and district."""


class WorkingPeople(NamedTuple):
    """The denominator that a village is measured by, and where it comes from."""

    id: int
    value: int
    kind: str
    source: str
    year: int


@dataclass(frozen=True, slots=True)
class VillageStanding:
    """A village in a period's ranking. Counts and score are null where they are withheld."""

    code: str
    name: str
    kind: str
    stratum: str
    verified: int | None
    opening_verified: int | None
    provisional: int | None
    denominator: WorkingPeople | None
    result: Scored
    rank: int | None = None
    previous_rank: int | None = None
    is_withheld: bool = False


class Month(NamedTuple):
    """People who count for a village by the month of their capture; null where withheld."""

    month: date
    provisional: int | None
    verified: int | None
    hosted: int | None


def current_period(now: datetime) -> date:
    """The month that standings are of, by its first day.

    It begins where midnight comes first, so that no tablet captures in a period that is not open.
    """
    return now.astimezone(EASTERNMOST).date().replace(day=1)


def month_before(period: date) -> date:
    """The month before a month, by their first days."""
    return (period - timedelta(days=1)).replace(day=1)


def formula_of(period: date) -> Formula:
    """The formula in force in a period, or the first one before any was."""
    in_force = Formula.objects.filter(effective_from__lte=period).order_by("-effective_from")
    return in_force.first() or Formula.objects.earliest("effective_from")


def recounted(
    period: date, within: str = "", villages: Collection[str] | None = None
) -> list[VillageStanding]:
    """Villages of a region, or the given ones, by code, scored from the tallies; without ranks.

    Not those that are gone and have a successor, which has their people.

    A village is measured by the newest working population up to the period's year, an official
    one before an estimate, then by the name of the source.
    """
    formula = formula_of(period)
    rows = bulk.run(
        f"""
        SELECT village.code, village.name, village.kind, regency.kind,
            tally.verified, tally.opening, tally.provisional,
            chosen.id, chosen.value, chosen.kind, chosen.source, chosen.year
        FROM outreach_region AS village
        JOIN outreach_region AS regency ON regency.code = left(village.code, 5)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(verified), 0)::int AS verified,
                coalesce(sum(verified) FILTER (WHERE month < %s), 0)::int AS opening,
                coalesce(sum(provisional), 0)::int AS provisional
            FROM outreach_villagetally WHERE village_id = village.code AND month <= %s
        ) AS tally
        LEFT JOIN LATERAL (
            SELECT id, value, kind, source, year FROM outreach_denominator
            WHERE region_id = village.code AND segment = %s AND year <= %s
            ORDER BY year DESC, kind = %s DESC, source LIMIT 1
        ) AS chosen ON true
        WHERE village.level = 4 AND village.code LIKE %s AND NOT {IS_SUCCEEDED}
            {"" if villages is None else "AND village.code = ANY(%s)"}
        ORDER BY village.code
        """,
        [
            period,
            period,
            SEGMENT,
            period.year,
            Denominator.Kind.OFFICIAL.value,
            f"{within}%",
            *([] if villages is None else [list(villages)]),
        ],
    )
    return [standing_row(row, stratum(row[3], row[2], row[8]), formula) for row in rows]


def standing_row(row: Sequence[Any], group: str, formula: Formula) -> VillageStanding:
    """A standing in a stratum from code, name, kind, anything, the counts and WorkingPeople."""
    code, name, kind, _, verified, opening, provisional, *chosen = row
    denominator = WorkingPeople(*chosen) if chosen[0] is not None else None
    return VillageStanding(
        code=code,
        name=name,
        kind=kind,
        stratum=group,
        verified=verified,
        opening_verified=opening,
        provisional=provisional,
        denominator=denominator,
        result=scored(verified, opening, denominator.value if denominator else None, formula),
    )


def scope_ranks(standings: Iterable[VillageStanding]) -> dict[str, list[int | None]]:
    """Each village's rank in country, province, regency and district, all and in its stratum.

    Where nobody is verified yet there is no ranking to speak of, so no rank.
    """
    found: dict[str, list[int | None]] = defaultdict(list)
    ordered = ranked_order(standings)
    for length in SCOPE_LENGTHS:
        for within_stratum in (False, True):
            groups: dict[tuple[str, str], list[VillageStanding]] = defaultdict(list)
            for row in ordered:
                groups[row.code[:length], row.stratum if within_stratum else ""].append(row)
            for rows in groups.values():
                scores = [row.result.score for row in rows]
                places = ranks(scores) if scores[0] else [None] * len(rows)
                for row, rank in zip(rows, places, strict=True):
                    found[row.code].append(rank)
    return found


def ranked_order(standings: Iterable[VillageStanding]) -> list[VillageStanding]:
    """Best first, unranked last, then by code."""
    return sorted(
        standings, key=lambda row: (row.result.score is None, -(row.result.score or 0), row.code)
    )


def kept_formula(within: str, period: date) -> Formula | None:
    """The formula of a region's kept standings, if they are of this period."""
    kept = Standing.objects.select_related("formula").order_by()
    match len(within):
        case 0:
            kept = kept.order_by("-village")  # what a refresh comes to last
        case 2:
            kept = kept.filter(province=within)
        case _:
            kept = kept.filter(regency=within[:5])
    return next((row.formula for row in kept[:1] if row.period == period), None)
