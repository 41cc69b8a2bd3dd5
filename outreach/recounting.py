"""Standings and tallies made anew from what they are derived from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Model

from outreach import bulk, changes
from outreach.models import CampaignTally, Denominator, Formula, Standing, VillageTally
from outreach.scoring import Scored, ranks, scored, stratum

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
        WHERE village.level = 4 AND village.code LIKE %s
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


@transaction.atomic
def refresh(now: datetime, villages: Collection[str] | None = None) -> None:
    """Bring the kept standings to the current period and to today's denominators and formula.

    All villages, or the given ones after their denominators changed. Pushes wait meanwhile.
    """
    changes.settle()
    period = current_period(now)
    if villages is not None and kept_period() != period:
        villages = None
    previous: Mapping[str, list[int | None]] = {}
    if villages is None:
        previous = scope_ranks(recounted(month_before(period)))
    version = formula_of(period).version
    rows = [
        {
            "village_id": row.code,
            "province": row.code[:2],
            "regency": row.code[:5],
            "stratum": row.stratum,
            "period": period,
            "formula_id": version,
            "verified": row.verified,
            "opening_verified": row.opening_verified,
            "provisional": row.provisional,
            "denominator_id": row.denominator.id if row.denominator else None,
            "score": row.result.score,
            "previous_ranks": previous.get(row.code, [None] * 2 * len(SCOPE_LENGTHS)),
        }
        for row in recounted(period, villages=villages)
    ]
    # Only a full refresh knows the ranks of the period before.
    settled = {"village_id"} if villages is None else {"village_id", "previous_ranks"}
    bulk.insert(Standing, rows, on_conflict=_replacing("village_id", set(rows[0]) - settled))


def _replacing(key: str, columns: Iterable[str]) -> str:
    """SQL that overwrites a conflicting row's columns, unless they are the same already."""
    names = sorted(columns)
    old, new = (", ".join(f"{which}.{name}" for name in names) for which in ("old", "excluded"))
    return (
        f"({key}) DO UPDATE SET ({', '.join(names)}) = ({new})"
        f" WHERE ({old}) IS DISTINCT FROM ({new})"
    )


def kept_period() -> date | None:
    """The period that the kept standings are of, null if there are none."""
    return Standing.objects.values_list("period", flat=True).first()


class Corrected(NamedTuple):
    """How many rows a recount found missing or wrong."""

    villages: int
    campaigns: int


@transaction.atomic
def rebuild(now: datetime) -> Corrected:
    """Make tallies and standings anew from the people. Pushes wait meanwhile."""
    changes.settle()
    villages = _rebuilt(
        VillageTally,
        ("village_id", "month"),
        ("provisional", "verified", "hosted"),
        """
        SELECT village_id, month, sum(provisional) AS provisional, sum(verified) AS verified,
            sum(hosted) AS hosted
        FROM (
            SELECT village_id, month, (state = 'provisional')::int AS provisional,
                (state = 'verified')::int AS verified, 0 AS hosted
            FROM outreach_person WHERE state <> 'none' AND village_id IS NOT NULL
            UNION ALL
            SELECT event_village_id, month, 0, 0, 1
            FROM outreach_person AS person
            JOIN outreach_registration AS registration ON registration.id = credited_id
            WHERE state <> 'none' AND event_village_id IS NOT NULL
        ) AS counted GROUP BY village_id, month
        """,
    )
    campaigns = _rebuilt(
        CampaignTally,
        ("campaign_id", "kader_id"),
        ("provisional", "verified"),
        """
        SELECT campaign_id, kader_id, count(*) FILTER (WHERE state = 'provisional') AS provisional,
            count(*) FILTER (WHERE state = 'verified') AS verified
        FROM outreach_person AS person
        JOIN outreach_registration AS registration ON registration.id = credited_id
        WHERE state <> 'none' GROUP BY campaign_id, kader_id
        """,
    )
    refresh(now)
    return Corrected(villages, campaigns)


def _rebuilt(
    model: type[Model], key: tuple[str, str], counts: tuple[str, ...], recount: str
) -> int:
    """Replace a tally's rows by a recount's; how many were missing or wrong."""
    table, keys, columns = model._meta.db_table, ", ".join(key), ", ".join(key + counts)
    [(wrong,)] = bulk.run(
        f"""
        WITH fresh AS MATERIALIZED ({recount}),
        gone AS (
            DELETE FROM {table} WHERE ({keys}) NOT IN (SELECT {keys} FROM fresh)
            RETURNING {" <> 0 OR ".join(counts)} <> 0 AS was_wrong
        ),
        put AS (
            INSERT INTO {table} AS old ({columns}) SELECT {columns} FROM fresh
            ON CONFLICT {_replacing(keys, counts)}
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone WHERE was_wrong) + (SELECT count(*) FROM put)
        """
    )
    return int(wrong)
