"""Standings counted from the tallies, of any month."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from outreach import bulk
from outreach.models import Denominator, Formula
from outreach.months import later
from outreach.places.regions.aliases import IS_SUCCEEDED
from outreach.standings.retention import MEMBERS, cohort_parameters, whose
from outreach.standings.scoring import Part, Scored, ranks, scored, stratum

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


class Officials(NamedTuple):
    """How many of a village's officials and RT/RW heads are members, on which day, by whom."""

    id: int
    officials: int
    members: int
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class VillageStanding:
    """A village in a period's ranking. Counts and score are null where they are withheld.

    `retained` are those of the `cohort` who are still members. Officials are null where nobody has
    counted them, or where their count is withheld, and `are_officials_old` where it was long ago.
    """

    code: str
    name: str
    kind: str
    stratum: str
    verified: int | None
    opening_verified: int | None
    provisional: int | None
    cohort: int | None
    retained: int | None
    denominator: WorkingPeople | None
    officials: Officials | None
    are_officials_old: bool
    result: Scored
    rank: int | None = None
    previous_rank: int | None = None
    is_withheld: bool = False

    @property
    def movement(self) -> int | None:
        """Places gained since the month before, below 0: lost; null without a rank in either."""
        if self.rank is None or self.previous_rank is None:
            return None
        return self.previous_rank - self.rank


class Month(NamedTuple):
    """People who count for a village by the month of their capture; null where withheld."""

    month: date
    provisional: int | None
    verified: int | None
    hosted: int | None


def formula_of(period: date) -> Formula:
    """The formula in force in a period, or the first one before any was."""
    formulas = Formula.objects.filter(is_draft=False)
    in_force = formulas.filter(effective_from__lte=period).order_by("-effective_from")
    return in_force.first() or formulas.earliest("effective_from")


def recounted(
    period: date,
    within: str = "",
    villages: Collection[str] | None = None,
    formula: Formula | None = None,
) -> list[VillageStanding]:
    """Villages of a region, or the given ones, by code, scored from the tallies; without ranks.

    Not those that are gone and have a successor, which has their people.

    A village is measured by the newest working population up to the period's year, an official
    one before an estimate, then by the name of the source; and by the newest count of its officials
    up to the period's end, the last one loaded for its day. One statement, so that everybody is
    counted once.
    """
    formula = formula or formula_of(period)
    rows = bulk.run(
        f"""
        SELECT village.code, village.name, village.kind, regency.kind,
            tally.verified, tally.opening, tally.provisional,
            coalesce(membership.cohort, 0), coalesce(membership.retained, 0),
            chosen.id, chosen.value, chosen.kind, chosen.source, chosen.year,
            told.id, told.officials, told.members, told.as_of, told.source
        FROM outreach_region AS village
        JOIN outreach_region AS regency ON regency.code = left(village.code, 5)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(verified), 0)::int AS verified,
                coalesce(sum(verified) FILTER (WHERE month < %(period)s), 0)::int AS opening,
                coalesce(sum(provisional), 0)::int AS provisional
            FROM outreach_villagetally WHERE village_id = village.code AND month <= %(period)s
        ) AS tally
        LEFT JOIN (
            {MEMBERS.format(whose=whose(within, villages))}
        ) AS membership ON membership.village_id = village.code
        LEFT JOIN LATERAL (
            SELECT id, value, kind, source, year FROM outreach_denominator
            WHERE region_id = village.code AND segment = %(segment)s AND year <= %(year)s
                AND replaced_at IS NULL
            ORDER BY year DESC, kind = %(official)s DESC, source LIMIT 1
        ) AS chosen ON true
        LEFT JOIN LATERAL (
            SELECT id, officials, members, as_of, source FROM outreach_villageofficials
            WHERE village_id = village.code AND as_of < %(after)s
            ORDER BY as_of DESC, loaded_at DESC, id DESC LIMIT 1
        ) AS told ON true
        WHERE village.level = 4 AND village.code LIKE %(within)s AND NOT {IS_SUCCEEDED}
            {"" if villages is None else "AND village.code = ANY(%(villages)s)"}
        ORDER BY village.code
        """,
        {
            **cohort_parameters(period, formula),
            "after": later(period, 1),
            "segment": SEGMENT,
            "year": period.year,
            "official": Denominator.Kind.OFFICIAL.value,
            "within": f"{within}%",
            "villages": list(villages or ()),
        },
    )
    return [standing_row(row, stratum(row[3], row[2], row[10]), period, formula) for row in rows]


def standing_row(
    row: Sequence[Any],
    group: str,
    period: date,
    formula: Formula,
    previous_rank: int | None = None,
) -> VillageStanding:
    """A standing in a stratum from code, name, kind, anything, the counts, WorkingPeople and
    Officials."""
    code, name, kind, _, verified, opening, provisional, cohort, retained, *measures = row
    denominator = WorkingPeople(*measures[:5]) if measures[0] is not None else None
    officials = Officials(*measures[5:]) if measures[5] is not None else None
    old_before = later(period, 1 - formula.officials_old_after_months)
    return VillageStanding(
        code=code,
        name=name,
        kind=kind,
        stratum=group,
        verified=verified,
        opening_verified=opening,
        provisional=provisional,
        cohort=cohort,
        retained=retained,
        denominator=denominator,
        officials=officials,
        are_officials_old=officials is not None and officials.as_of < old_before,
        result=scored(
            verified,
            opening,
            denominator.value if denominator else None,
            formula,
            Part(retained, cohort),
            Part(officials.members, officials.officials) if officials else Part(),
        ),
        previous_rank=previous_rank,
    )


def scope_ranks(standings: Iterable[VillageStanding]) -> dict[str, list[int | None]]:
    """Each village's rank in country, province, regency and district, all and in its stratum."""
    found: dict[str, list[int | None]] = defaultdict(list)
    ordered = ranked_order(standings)
    for length in SCOPE_LENGTHS:
        for within_stratum in (False, True):
            groups: dict[tuple[str, str], list[VillageStanding]] = defaultdict(list)
            for row in ordered:
                groups[row.code[:length], row.stratum if within_stratum else ""].append(row)
            for rows in groups.values():
                places = ranks([row.result.score for row in rows])
                for row, rank in zip(rows, places, strict=True):
                    found[row.code].append(rank)
    return found


def ranked_order(standings: Iterable[VillageStanding]) -> list[VillageStanding]:
    """Best first, unranked last, then by code."""
    return sorted(
        standings, key=lambda row: (row.result.score is None, -(row.result.score or 0), row.code)
    )
