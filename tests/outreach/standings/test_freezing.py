"""Months frozen as published, and their revisions."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import (
    Campaign,
    FrozenStanding,
    Office,
    Region,
    RegionAlias,
    Standing,
    StandingSnapshot,
    User,
)
from outreach.standings.freezing import due_at, freeze
from outreach.standings.rankings import totals, village_standing, village_standings
from outreach.standings.rebuilding import refresh
from outreach.standings.recounting import recounted
from outreach.standings.tables import NoSuchRevision
from tests.outreach.standings.conftest import CAMPAIGN, FAR, LOWER, TINY, TOWN, UPPER, measure
from tests.outreach.standings.people import People
from tests.threads import at_once

AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in (8, 9, 10))
IN_OCTOBER = datetime(2026, 10, 20, 5, tzinfo=UTC)
DUE = datetime(2026, 11, 7, 17, tzinfo=UTC)
"""Midnight WIB, a week after October's end."""
DAY = timedelta(days=1)


@pytest.fixture
def folk(kader: User, campaign: Campaign) -> People:
    """People who came in in October: ten of the upper village, eight of the lower one."""
    people = People(kader, received_at=IN_OCTOBER)
    people.put(dict.fromkeys(range(10), ("verified", UPPER, OCTOBER, CAMPAIGN, None)))
    people.put(dict.fromkeys(range(10, 18), ("verified", LOWER, OCTOBER, CAMPAIGN, None)))
    return people


def table(period: date, revision: int | None = None) -> list[Any]:
    return village_standings("97", period, revision=revision).rows


def counted(period: date) -> dict[str, tuple[Any, ...]]:
    return {row.code: _figures(row) for row in recounted(period)}


def frozen(period: date, revision: int | None = None) -> dict[str, tuple[Any, ...]]:
    return {row.code: _figures(row) for row in table(period, revision)}


def _figures(row: Any) -> tuple[Any, ...]:
    return (
        row.verified,
        row.opening_verified,
        row.provisional,
        row.cohort,
        row.retained,
        row.denominator,
        row.result,
    )


def test_a_month_is_frozen_a_week_after_its_end_where_midnight_comes_last(folk: People) -> None:
    assert due_at(OCTOBER) == DUE
    assert freeze(DUE - timedelta(seconds=1)) == []
    live = table(OCTOBER)
    [made] = freeze(DUE)
    assert (made.period, made.revision, made.reasons) == (OCTOBER, 1, ["month_end"])
    assert (made.frozen_at, made.formula_id) == (DUE, "2026-1")
    assert table(OCTOBER) == live
    assert freeze(DUE) == freeze(DUE + DAY) == []


def test_what_was_missed_is_made_up_for(folk: People) -> None:
    made = freeze(datetime(2027, 1, 9, tzinfo=UTC))
    assert [(one.period.month, one.revision) for one in made] == [(10, 1), (11, 1), (12, 1)]
    first = table(date(2026, 11, 1))[0]
    assert (first.code, first.rank, first.previous_rank) == (UPPER, 1, 1)


def test_nothing_is_frozen_before_anything_came_in(places: None) -> None:
    assert freeze(DUE) == []
    assert {kept.period for kept in Standing.objects.all()} == {date(2026, 11, 1)}


def test_late_people_make_a_revision_and_leave_the_first_as_it_was(folk: People) -> None:
    freeze(DUE)
    first = table(OCTOBER)
    folk.received_at = DUE + DAY
    folk.put(dict.fromkeys(range(20, 25), ("verified", LOWER, OCTOBER, CAMPAIGN, None)))
    assert table(OCTOBER) == first
    [made] = freeze(DUE + 2 * DAY)
    assert (made.period, made.revision, made.reasons) == (OCTOBER, 2, ["late_records"])
    assert made.changes == {
        "villages": 1,
        "late_people": 5,
        "verified": 5,
        "moved_up": 1,
        "moved_down": 1,
        "largest_move": 1,
    }
    assert table(OCTOBER, 1) == first
    assert [(row.code, row.rank) for row in table(OCTOBER)[:2]] == [(LOWER, 1), (UPPER, 2)]
    assert frozen(OCTOBER) == counted(OCTOBER)
    assert FrozenStanding.objects.filter(village_id=LOWER).count() == 2
    assert FrozenStanding.objects.filter(village_id=UPPER).count() == 1


def test_who_came_while_a_table_was_made_is_late_or_was_in_time(folk: People) -> None:
    folk.received_at = DUE + timedelta(seconds=20)
    folk.put(dict.fromkeys(range(30, 33), ("verified", UPPER, OCTOBER, CAMPAIGN, None)))
    freeze(DUE)
    # Begun before, committed after.
    folk.received_at = DUE - timedelta(seconds=20)
    folk.put(dict.fromkeys(range(20, 25), ("verified", LOWER, OCTOBER, CAMPAIGN, None)))
    [made] = freeze(DUE + DAY)
    assert (made.reasons, made.changes["late_people"]) == (["late_records"], 5)
    # Who was in the table is not late because of a decision about somebody else.
    folk.put({0: ("none", UPPER, OCTOBER, CAMPAIGN, None)})
    [made] = freeze(DUE + 2 * DAY)
    assert (made.reasons, made.changes["late_people"]) == (["decisions"], 0)


def test_there_is_at_most_one_revision_a_day(folk: People) -> None:
    freeze(DUE)
    folk.put({0: ("none", UPPER, OCTOBER, CAMPAIGN, None)})
    assert freeze(DUE + timedelta(hours=23)) == []
    [made] = freeze(DUE + DAY)
    folk.put({1: ("none", UPPER, OCTOBER, CAMPAIGN, None)})
    assert freeze(DUE + DAY + timedelta(hours=5)) == []
    [again] = freeze(DUE + 2 * DAY)
    assert (made.revision, again.revision) == (2, 3)
    assert [table(OCTOBER, revision)[1].verified for revision in (1, 2, 3)] == [8, 8, 8]
    assert [frozen(OCTOBER, revision)[UPPER][0] for revision in (1, 2, 3)] == [10, 9, 8]


def test_decisions_and_payments_make_revisions_too(folk: People) -> None:
    folk.put({0: ("verified", UPPER, AUGUST, CAMPAIGN, None)})
    freeze(DUE)
    folk.put({1: ("provisional", UPPER, OCTOBER, CAMPAIGN, None)})
    [made] = freeze(DUE + DAY)
    assert (made.reasons, made.changes["late_people"]) == (["decisions"], 0)
    folk.pay(0, date(2026, 6, 1), 6)
    [made] = freeze(DUE + 2 * DAY)
    assert made.reasons == ["members"]
    assert frozen(OCTOBER) == counted(OCTOBER)
    assert frozen(OCTOBER)[UPPER][3:5] == (1, 1)


def test_a_frozen_month_keeps_its_measures_names_and_formula(folk: People) -> None:
    freeze(DUE)
    first = table(OCTOBER)
    measure(UPPER, 4000, year=2026)
    Region.objects.filter(code=UPPER).update(name="Another Name")
    assert freeze(DUE + DAY) == []
    assert table(OCTOBER) == first
    folk.put(dict.fromkeys((30, 31), ("verified", UPPER, OCTOBER, CAMPAIGN, None)))
    freeze(DUE + 2 * DAY)
    row = next(row for row in table(OCTOBER) if row.code == UPPER)
    assert (row.verified, row.denominator.value, row.name) == (12, 400, "Hulu")


def test_the_month_before_is_the_frozen_one(folk: People) -> None:
    refresh(DUE)
    freeze(DUE)
    folk.put(dict.fromkeys(range(20, 25), ("verified", LOWER, OCTOBER, CAMPAIGN, None)))
    refresh(DUE + DAY)
    now = {row.code: row for row in table(date(2026, 11, 1))}
    assert (now[LOWER].rank, now[LOWER].previous_rank, now[LOWER].movement) == (1, 2, 1)
    freeze(DUE + DAY)
    refresh(DUE + DAY)
    now = {row.code: row for row in table(date(2026, 11, 1))}
    assert (now[LOWER].previous_rank, now[LOWER].movement) == (1, 0)


def test_a_village_that_is_gone_since_keeps_what_was_published(folk: People) -> None:
    freeze(DUE)
    first = table(OCTOBER)
    RegionAlias.objects.create(
        system="kemendagri",
        code=UPPER,
        level=4,
        name="Hulu",
        region_id=FAR,
        basis="merged",
        confidence="high",
        source="a decree",
    )
    folk.put(dict.fromkeys(range(10), ("verified", FAR, OCTOBER, CAMPAIGN, None)))
    assert freeze(DUE + DAY) == []
    assert table(OCTOBER) == first


def test_strata_pages_totals_and_villages_of_a_frozen_month(folk: People) -> None:
    folk.put(dict.fromkeys(range(30, 39), ("verified", TOWN, OCTOBER, CAMPAIGN, None)))
    live = (
        village_standings("97", OCTOBER, "regency.desa.small").rows,
        totals("97", OCTOBER),
        village_standing(UPPER, OCTOBER),
    )
    freeze(DUE)
    assert village_standings("97", OCTOBER, "regency.desa.small").rows == live[0]
    assert totals("97", OCTOBER) == live[1]
    detail = village_standing(UPPER, OCTOBER, 1)
    assert (detail.row, detail.in_regency, detail.in_stratum, detail.months) == (
        live[2].row,
        live[2].in_regency,
        live[2].in_stratum,
        live[2].months,
    )
    assert (detail.revision, detail.frozen_at) == (1, DUE)
    page = village_standings("97", OCTOBER, limit=2)
    rows = page.rows
    while page.next:
        page = village_standings("97", OCTOBER, limit=2, after=page.next)
        rows += page.rows
    assert rows == table(OCTOBER)


def test_a_revision_that_is_not_there(folk: People) -> None:
    freeze(DUE)
    for period, revision in ((OCTOBER, 2), (SEPTEMBER, 1), (date(2026, 11, 1), 1)):
        with pytest.raises(NoSuchRevision):
            village_standings("97", period, revision=revision)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_make_one_revision(office: Office, folk: People) -> None:
    refresh(DUE)
    at_once([lambda: freeze(DUE)] * 4)
    folk.put({0: ("none", UPPER, OCTOBER, CAMPAIGN, None)})
    at_once([lambda: freeze(DUE + DAY)] * 4)
    assert list(StandingSnapshot.objects.values_list("period", "revision").order_by("id")) == [
        (OCTOBER, 1),
        (OCTOBER, 2),
    ]
    assert frozen(OCTOBER) == counted(OCTOBER)
    assert FrozenStanding.objects.filter(period=OCTOBER).count() == 8


states = st.sampled_from(["none", "provisional", "verified"])
villages = st.sampled_from([UPPER, LOWER, TINY, TOWN])
months = st.sampled_from([date(2026, 6, 1), SEPTEMBER, OCTOBER, date(2026, 11, 1)])
people = st.lists(
    st.tuples(st.integers(0, 9), states, villages, months, st.integers(0, 40)),
    min_size=1,
    max_size=14,
)
paying = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([date(2026, 5, 1), date(2026, 7, 1)])), max_size=3
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people, paying)
def test_the_last_revision_equals_the_recount_and_the_first_never_changes(
    kader: User,
    campaign: Campaign,
    arrivals: list[tuple[int, str, str, date, int]],
    paid: list[tuple[int, date]],
) -> None:
    """Whatever comes in on whatever day, before or after the month is frozen."""
    with transaction.atomic():
        refresh(IN_OCTOBER)
        folk = People(kader, received_at=IN_OCTOBER - 50 * DAY)
        folk.put(dict.fromkeys(range(10), ("none", None, OCTOBER, CAMPAIGN, None)))
        first: dict[date, Any] = {}
        for day in range(0, 46, 5):
            now = IN_OCTOBER + day * DAY
            folk.received_at = now
            for number, state, village, month, on in arrivals:
                if day - 5 < on <= day:
                    folk.put({number: (state, village, month, CAMPAIGN, None)})
            if day == 20:
                for number, month in paid:
                    folk.pay(number, month, 4)
            for made in freeze(now):
                if made.revision == 1:
                    first[made.period] = table(made.period)
        assert first.keys() == {SEPTEMBER, AUGUST, OCTOBER} or first.keys() == {SEPTEMBER, OCTOBER}
        for period, published in first.items():
            assert frozen(period) == counted(period)
            assert table(period, 1) == published
        transaction.set_rollback(True)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(range(8)), st.lists(st.integers(0, 30), min_size=8, max_size=8))
def test_in_whatever_order_and_however_late_records_come_the_last_revision_is_the_same(
    kader: User, campaign: Campaign, order: list[int], days: list[int]
) -> None:
    homes = [UPPER, LOWER, UPPER, FAR, TOWN, UPPER, LOWER, FAR]
    at = dict(zip(order, sorted(days), strict=True))
    with transaction.atomic():
        refresh(IN_OCTOBER)
        folk = People(kader, received_at=IN_OCTOBER)
        folk.put({99: ("provisional", TINY, OCTOBER, CAMPAIGN, None)})
        for day in range(0, 36, 3):
            folk.received_at = now = IN_OCTOBER + day * DAY
            for number in order:
                if day - 3 < at[number] <= day:
                    folk.put({number: ("verified", homes[number], OCTOBER, CAMPAIGN, None)})
            freeze(now)
        freeze(IN_OCTOBER + 36 * DAY)
        last = {row.code: row.verified for row in table(OCTOBER) if row.verified}
        assert last == {UPPER: 3, LOWER: 2, FAR: 2, TOWN: 1}
        assert [row.rank for row in table(OCTOBER)[:4]] == [1, 2, 3, 4]
        transaction.set_rollback(True)
