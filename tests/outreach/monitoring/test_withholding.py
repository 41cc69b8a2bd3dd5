"""No count of 1 to 4 can be worked out from a report: an attack by linear algebra.

Nor from a report beside the standings of its villages.
"""

from datetime import date
from fractions import Fraction
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.monitoring import reporting
from outreach.monitoring.counting import PERIODS, Cell, Counts, Workers
from outreach.monitoring.reporting import Report, report_of

DISTRICTS = ("97.01.01", "97.01.02", "97.01.03")
VILLAGES = tuple(f"{district}.{number}" for district in DISTRICTS for number in (1001, 1002))
ACTIVITIES = ("market_drive", "mobile_car")
MEASURES = ("verified", "provisional", "active")
Vector = dict[Any, Fraction]


@st.composite
def cells(draw: st.DrawFn) -> list[Cell]:
    """People of villages and activities, at three times; never fewer later."""
    numbers = st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 9])
    found = []
    for village in VILLAGES:
        for activity in ACTIVITIES:
            at: dict[str, Counts] = {}
            whole = Counts()
            for period in reversed(PERIODS):
                verified = draw(numbers)
                whole = whole.plus(Counts(draw(numbers), verified, draw(st.integers(0, verified))))
                at[period] = whole
            found.append(Cell(village, activity, at))
    return found


def made(people: list[Cell], *, sees_all: bool) -> Report:
    none = Workers([], [], 0)
    with (
        patch.object(reporting, "people_of", lambda *_: people),
        patch.object(reporting, "workers_of", lambda *_: {"97.01": none}),
        patch.object(reporting, "leads_of", lambda *_: []),
        patch.object(reporting, "district_names", lambda *_: dict.fromkeys(DISTRICTS, "x")),
    ):
        return report_of("97.01", date(2026, 11, 1), sees_all=sees_all)


def told(report: Report) -> list[tuple[Vector, int | None]]:
    """Every count of a report as a sum of the people it is made of, with what it says."""
    equations = []

    def tell(counts: Any, period: str, chosen: list[tuple[str, str]]) -> None:
        for measure in MEASURES:
            vector = {(measure, period, *cell): Fraction(1) for cell in chosen}
            equations.append((vector, getattr(counts, measure)))
        both = {
            (measure, period, *cell): Fraction(1)
            for measure in ("verified", "provisional")
            for cell in chosen
        }
        equations.append((both, counts.registered))

    every = [(village, activity) for village in VILLAGES for activity in ACTIVITIES]
    tell(report.counts, "now", every)
    for row in report.districts:
        tell(row.counts, "now", [cell for cell in every if cell[0][:8] == row.code])
    for row in report.activities:
        tell(row.counts, "now", [cell for cell in every if cell[1] == row.code])
    for at, change in report.changes.items():
        tell(change.counts, at, every)
        for name in (*MEASURES, "registered"):
            now, then = getattr(report.counts, name), getattr(change.counts, name)
            since = getattr(change.since, name)
            assert since == (None if now is None or then is None else now - then)
    return equations


def told_by_standings(people: list[Cell]) -> list[tuple[Vector, int]]:
    """Every count that standings have of villages, whether they show it or not."""
    found = []
    for period in PERIODS:
        for village in VILLAGES:
            own = [cell for cell in people if cell.village == village]
            for measure in ("verified", "provisional"):
                vector = {(measure, period, village, cell.activity): Fraction(1) for cell in own}
                found.append((vector, sum(getattr(cell.at[period], measure) for cell in own)))
    return found


def reduced(vectors: list[Vector]) -> list[tuple[Any, Vector]]:
    """A basis of what the shown sums span, each with its pivot."""
    basis: list[tuple[Any, Vector]] = []
    for vector in vectors:
        rest = against(vector, basis)
        if rest:
            basis.append((next(iter(rest)), rest))
    return basis


def against(vector: Vector, basis: list[tuple[Any, Vector]]) -> Vector:
    rest = dict(vector)
    for pivot, other in basis:
        if factor := rest.get(pivot):
            factor /= other[pivot]
            for key, value in other.items():
                rest[key] = rest.get(key, Fraction(0)) - factor * value
                if not rest[key]:
                    del rest[key]
    return rest


@settings(max_examples=150, deadline=None)
@given(cells())
def test_nothing_small_is_told_nor_follows(people: list[Cell]) -> None:
    true = told(made(people, sees_all=True))
    seen = told(made(people, sees_all=False))
    basis = reduced([vector for vector, value in seen if value is not None])
    for (vector, value), (_, count) in zip(seen, true, strict=True):
        assert count is not None and value in {None, count}
        if 1 <= count <= 4:
            assert value is None
            assert against(vector, basis), "a small count follows from the others"
        elif value is None and count:
            # What is withheld beside a small one does not follow either.
            assert against(vector, basis)
    compared = [
        vector | {(name, "now", *rest): -factor for (name, _, *rest), factor in vector.items()}
        for vector, _ in true
        if next(iter(vector))[1] != "now"
    ]
    counts = {tuple(sorted(vector)): count for vector, count in true}
    for vector in compared:
        then = {key: v for key, v in vector.items() if v > 0}
        now = {key for key, v in vector.items() if v < 0}
        came = counts[tuple(sorted(now))] - counts[tuple(sorted(then))]  # type: ignore[operator]
        if 1 <= abs(came) <= 4:
            assert against(vector, basis), "few who came since follow from the months"


@settings(max_examples=150, deadline=None)
@given(cells())
def test_standings_beside_a_report_tell_nothing_small_either(people: list[Cell]) -> None:
    villages = told_by_standings(people)
    seen = [vector for vector, value in told(made(people, sees_all=False)) if value is not None]
    seen += [vector for vector, count in villages if not 1 <= count <= 4]
    basis = reduced(seen)
    for vector, count in villages:
        assert not 1 <= count <= 4 or against(vector, basis), "a village's count follows"


@settings(max_examples=50, deadline=None)
@given(cells())
def test_who_sees_the_records_sees_all(people: list[Cell]) -> None:
    assert all(value is not None for _, value in told(made(people, sees_all=True)))
