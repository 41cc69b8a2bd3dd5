"""What another formula would make of the same data, beside what the one in force makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from outreach.models import Formula
from outreach.standings.rankings import NotInRanking
from outreach.standings.recounting import VillageStanding, formula_of, ranked_order, recounted
from outreach.standings.retention import members
from outreach.standings.scoring import NOBODY, Part, ranks, scored
from outreach.standings.tables import read, scoped, table_of


@dataclass(frozen=True, slots=True)
class Compared:
    """A village by the formula in force and by another one."""

    now: VillageStanding
    then: VillageStanding

    @property
    def movement(self) -> int | None:
        """Ranks gained by the other formula, below 0: lost; null without a rank by either."""
        if self.now.rank is None or self.then.rank is None:
            return None
        return self.now.rank - self.then.rank


@dataclass(frozen=True, slots=True)
class Simulation:
    """All villages of a region by both formulas, the best by the other one first.

    `revision` is of a frozen month, null for live figures.
    """

    within: str
    period: date
    stratum: str | None
    revision: int | None
    formula: Formula
    other: Formula
    rows: list[Compared]

    def counts(self) -> dict[str, int]:
        """How many villages move, and how far at most."""
        moves = [row.movement for row in self.rows if row.movement is not None]
        return {
            "moved_up": sum(move > 0 for move in moves),
            "moved_down": sum(move < 0 for move in moves),
            "unmoved": moves.count(0),
            "largest_gain": max(moves, default=0) if max(moves, default=0) > 0 else 0,
            "largest_loss": -min(moves, default=0) if min(moves, default=0) < 0 else 0,
            "newly_ranked": sum(
                row.now.rank is None and row.then.rank is not None for row in self.rows
            ),
            "no_longer_ranked": sum(
                row.now.rank is not None and row.then.rank is None for row in self.rows
            ),
        }

    def page(self, limit: int, after: str | None) -> tuple[list[Compared], str | None]:
        """Some rows, after a village, and the village to go on after. Raises NotInRanking."""
        start = 0
        if after is not None:
            codes = [row.then.code for row in self.rows]
            if after not in codes:
                raise NotInRanking(after)
            start = codes.index(after) + 1
        rows = self.rows[start : start + limit]
        return rows, rows[-1].then.code if start + limit < len(self.rows) else None


def simulate(other: Formula, within: str, period: date, stratum: str | None = None) -> Simulation:
    """The villages of a region, in a stratum if given, by another formula too; writes nothing."""
    table = table_of(within, period)
    if table:
        rows = read(scoped(table, within, stratum))
        formula = table.formula
    else:
        rows = [row for row in recounted(period, within) if stratum in (None, row.stratum)]
        formula = formula_of(period)
    stay = None
    if _cohort(other) != _cohort(formula):
        stay = members(period, other, within=within)
    then = {
        row.code: row
        for row in _ranked(
            _rescored(row, other, None if stay is None else stay.get(row.code, NOBODY))
            for row in rows
        )
    }
    now = {row.code: row for row in _ranked(rows)}
    return Simulation(
        within,
        period,
        stratum,
        table.revision if table else None,
        formula,
        other,
        [Compared(now[code], row) for code, row in then.items()],
    )


def _cohort(formula: Formula) -> tuple[int, int]:
    return formula.cohort_age_months, formula.cohort_months


def _rescored(row: VillageStanding, formula: Formula, stay: Part | None) -> VillageStanding:
    """A row by another formula; with who stays a member by its cohort, if that is another."""
    assert row.verified is not None and row.opening_verified is not None
    assert row.retained is not None and row.cohort is not None
    stay = Part(row.retained, row.cohort) if stay is None else stay
    told = row.officials
    return replace(
        row,
        cohort=stay.whole,
        retained=stay.part,
        result=scored(
            row.verified,
            row.opening_verified,
            row.denominator.value if row.denominator else None,
            formula,
            stay,
            Part(told.members, told.officials) if told else NOBODY,
        ),
    )


def _ranked(rows: Iterable[VillageStanding]) -> list[VillageStanding]:
    ordered = ranked_order(rows)
    places = ranks([row.result.score for row in ordered])
    return [replace(row, rank=rank) for row, rank in zip(ordered, places, strict=True)]
