"""Rankings: who is where, and that a page of the kept one equals a recount."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import Formula, Standing
from outreach.standings.months import current_period
from outreach.standings.rankings import totals, village_standing, village_standings
from outreach.standings.rebuilding import refresh
from outreach.standings.recounting import formula_of
from tests.outreach.standings.conftest import (
    FAR,
    HARBOUR,
    LOWER,
    NOW,
    PERIOD,
    TINY,
    TOWN,
    UNKNOWN,
    UPPER,
    measure,
)

Count = Callable[..., None]
OCTOBER = date(2026, 10, 1)


def codes(within: str, stratum: str | None = None) -> list[tuple[int | None, str]]:
    return [(row.rank, row.code) for row in village_standings(within, PERIOD, stratum).rows]


def test_villages_rank_by_score_and_the_unmeasured_come_last_without_a_rank(count: Count) -> None:
    count(LOWER, verified=20)
    count(UPPER, verified=8)
    count(UNKNOWN, verified=50)
    refresh(NOW)
    expected = [(1, LOWER), (2, UPPER), (3, FAR), (None, TINY), (None, UNKNOWN)]
    assert codes("97.01") == codes("97.01.01") == expected
    reasons = {r.code: r.result.unranked for r in village_standings("97.01", PERIOD).rows[3:]}
    assert reasons == {TINY: "denominator_too_small", UNKNOWN: "no_denominator"}


def test_equal_scores_share_a_rank(count: Count) -> None:
    for village in (UPPER, LOWER):
        count(village, verified=9)
    count(FAR, verified=2)
    refresh(NOW)
    assert codes("97.01")[:3] == [(1, UPPER), (1, LOWER), (3, FAR)]


def test_a_stratum_has_ranks_of_its_own(count: Count) -> None:
    count(UPPER, verified=30)
    count(TOWN, verified=30)
    refresh(NOW)
    assert codes("97")[0] == (1, UPPER)
    assert codes("97", "city.kelurahan.large") == [(1, TOWN), (2, HARBOUR)]
    assert codes("97", "regency.customary.large") == []


def test_the_standing_moves_with_every_commit(count: Count) -> None:
    refresh(NOW)
    count(FAR, verified=6, provisional=2)
    row = village_standings("97.01", PERIOD).rows[0]
    assert (row.code, row.verified, row.provisional) == (FAR, 6, 2)


def test_the_rank_of_the_month_before_is_in_the_same_scope(count: Count) -> None:
    count(UPPER, verified=3, month=OCTOBER)
    count(TOWN, verified=200, month=OCTOBER)
    count(LOWER, verified=40)
    refresh(NOW)

    def previous(within: str) -> dict[str, int | None]:
        return {row.code: row.previous_rank for row in village_standings(within, PERIOD).rows}

    assert previous("97.01")[UPPER] == 1
    assert previous("97")[UPPER] == 2
    assert previous("97")[LOWER] == 3
    assert previous("97")[TINY] is None


def test_there_is_no_rank_of_a_month_in_which_nobody_was_verified(count: Count) -> None:
    count(UPPER, verified=3)
    refresh(NOW)
    assert {row.previous_rank for row in village_standings("97.01", PERIOD).rows} == {None}


@pytest.mark.parametrize("within", ["", "97", "97.01", "97.71.01"])
@pytest.mark.parametrize("stratum", [None, "regency.desa.small"])
def test_the_kept_ranking_equals_the_recount(
    count: Count, within: str, stratum: str | None
) -> None:
    count(UPPER, verified=9, provisional=1, month=OCTOBER)
    count(TOWN, verified=7, month=OCTOBER)
    count(LOWER, verified=12, provisional=3)
    refresh(NOW)
    kept = village_standings(within, PERIOD, stratum), totals(within, PERIOD, stratum)
    Standing.objects.all().delete()
    assert (village_standings(within, PERIOD, stratum), totals(within, PERIOD, stratum)) == kept


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.integers(1, 4), st.booleans())
def test_pages_put_together_are_the_whole_ranking(
    count: Count, verified: list[int], limit: int, kept: bool
) -> None:
    with transaction.atomic():
        for village, people in zip((UPPER, LOWER, FAR, TOWN, HARBOUR), verified, strict=True):
            count(village, verified=people)
        if kept:
            refresh(NOW)
        whole = village_standings("97", PERIOD, limit=50)
        page = village_standings("97", PERIOD, limit=limit)
        rows = page.rows
        while page.next:
            page = village_standings("97", PERIOD, limit=limit, after=page.next)
            rows += page.rows
        transaction.set_rollback(True)
    assert whole.next is None
    assert [(row.code, row.rank) for row in rows] == [(row.code, row.rank) for row in whole.rows]


def test_statements_do_not_grow_with_the_page(count: Count) -> None:
    for village, people in zip((UPPER, LOWER, FAR, TOWN, HARBOUR), (9, 7, 7, 5, 3), strict=True):
        count(village, verified=people)
    refresh(NOW)

    def statements(after: str, limit: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            page = village_standings("97", PERIOD, limit=limit, after=after)
        assert len(page.rows) == limit
        return len(captured)

    assert statements(UPPER, 1) == statements(UPPER, 3) == statements(LOWER, 2) == 4


def test_a_past_month_counts_what_happened_until_then(count: Count) -> None:
    count(UPPER, verified=5, month=date(2026, 9, 1))
    count(UPPER, verified=5, month=OCTOBER)
    count(LOWER, verified=90)
    refresh(NOW)
    first = village_standings("97.01", OCTOBER).rows[0]
    assert (first.code, first.verified, first.opening_verified) == (UPPER, 10, 5)
    assert first.previous_rank == 1


def test_a_village_is_measured_by_the_newest_year_not_after_the_period(places: None) -> None:
    measure(UPPER, 700, year=2026, kind="estimate")
    measure(UPPER, 900, year=2027)
    [row] = [r for r in village_standings("97.01", PERIOD).rows if r.code == UPPER]
    assert row.denominator and (row.denominator.value, row.denominator.kind) == (700, "estimate")
    [row] = [r for r in village_standings("97.01", date(2025, 5, 1)).rows if r.code == UPPER]
    assert row.denominator and row.denominator.value == 400


def test_an_official_denominator_goes_before_an_estimate_of_its_year(places: None) -> None:
    measure(UPPER, 700, kind="estimate", source="a guess")
    [row] = [r for r in village_standings("97.01", PERIOD).rows if r.code == UPPER]
    assert row.denominator and row.denominator.value == 400


def test_a_new_denominator_shows_after_a_refresh_of_its_village(count: Count) -> None:
    count(UNKNOWN, verified=50)
    refresh(NOW)
    measure(UNKNOWN, 600, year=2026)
    refresh(NOW, [UNKNOWN])
    assert codes("97.01")[0] == (1, UNKNOWN)
    assert Standing.objects.get(village=UNKNOWN).stratum == "regency.desa.medium"


def test_one_village_knows_its_rank_in_regency_and_stratum_and_its_months(count: Count) -> None:
    measure(LOWER, 800, year=2026)
    count(LOWER, verified=60)
    count(UPPER, verified=6, provisional=1, month=OCTOBER)
    count(UPPER, verified=7)
    refresh(NOW)
    kept = village_standing(UPPER, PERIOD)
    assert (kept.in_regency.rank, kept.in_regency.among) == (2, 3)
    assert (kept.in_stratum.rank, kept.in_stratum.among) == (1, 2)
    assert kept.months == [(OCTOBER, 1, 6, 7), (PERIOD, 0, 7, 7)]
    Standing.objects.all().delete()
    assert village_standing(UPPER, PERIOD) == kept


def test_totals_leave_small_counts_out_of_what_everybody_sees(count: Count) -> None:
    count(UPPER, verified=4, provisional=6)
    count(LOWER, verified=9)
    refresh(NOW)
    whole = totals("97.01", PERIOD)
    assert (whole.ranked, whole.unranked) == (3, 2)
    assert (whole.verified, whole.provisional, whole.is_partial) == (13, 6, False)
    seen = totals("97.01", PERIOD, open_to=())
    assert (seen.verified, seen.provisional, seen.is_partial) == (9, 6, True)
    assert totals("97", PERIOD, open_to=("97.01",)) == totals("97", PERIOD)


def test_a_period_begins_where_midnight_comes_first() -> None:
    assert current_period(datetime(2026, 11, 30, 14, 59, tzinfo=UTC)) == PERIOD
    assert current_period(datetime(2026, 11, 30, 15, 0, tzinfo=UTC)) == date(2026, 12, 1)


def test_a_formula_counts_from_its_day_on(formula: Formula, count: Count) -> None:
    Formula.objects.create(
        version="2026-12",
        weights={"coverage": 1},
        z=1.28,
        smallest_denominator=500,
        effective_from=date(2026, 12, 1),
        source="a decree",
    )
    assert formula_of(date(2025, 1, 1)) == formula_of(PERIOD) == formula
    count(UPPER, verified=9)
    refresh(NOW)
    assert codes("97.01")[0] == (1, UPPER)
    refresh(datetime(2026, 12, 1, tzinfo=UTC))
    assert village_standings("97.01", date(2026, 12, 1)).rows[0].rank is None


def test_a_place_after_the_end_is_an_empty_page(places: None) -> None:
    refresh(NOW)
    page = village_standings("97.01", PERIOD, after=UNKNOWN)
    assert (page.rows, page.next) == ([], None)
