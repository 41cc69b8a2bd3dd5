"""Who stays a member, and which officials are: counted for the score, wherever people move."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import people
from outreach.models import (
    Campaign,
    Formula,
    Payment,
    Registration,
    Standing,
    User,
    VillageOfficials,
)
from outreach.months import later
from outreach.standings.rankings import village_standings
from outreach.standings.rebuilding import rebuild, refresh
from outreach.standings.recounting import VillageStanding
from outreach.standings.retention import members
from outreach.standings.scoring import Part
from tests.outreach.standings.conftest import CAMPAIGN, LOWER, NOW, PERIOD, TOWN, UPPER
from tests.outreach.standings.people import People, derived

JUNE = date(2026, 6, 1)


@pytest.fixture
def folk(kader: User, campaign: Campaign) -> People:
    """Twelve verified people of the upper village, captured in June."""
    made = People(kader)
    made.put(dict.fromkeys(range(12), ("verified", UPPER, JUNE, CAMPAIGN, None)))
    return made


def upper(period: date = PERIOD) -> VillageStanding:
    [row] = [row for row in village_standings("97.01", period).rows if row.code == UPPER]
    return row


@pytest.mark.parametrize(
    ("paid", "counted"),
    [
        ([(JUNE, 1)], Part(0, 1)),  # lapsed after September
        ([(JUNE, 3)], Part(1, 1)),  # paid for August: the third unpaid month is November
        ([(JUNE, 2)], Part(0, 1)),
        ([(JUNE, 1), (date(2026, 11, 1), 1)], Part(1, 1)),  # came back
        ([(JUNE, 1), (date(2026, 12, 1), 6)], Part(0, 1)),  # comes back after the period
        ([(date(2026, 8, 1), 1)], Part(1, 1)),  # the youngest of the cohort
        ([(date(2026, 9, 1), 1)], Part(0, 0)),  # too young
        ([(date(2025, 9, 1), 12)], Part(1, 1)),  # the oldest of the cohort
        ([(date(2025, 8, 1), 12)], Part(0, 0)),  # too old
        ([(date(2025, 8, 1), 12), (date(2026, 8, 1), 12)], Part(0, 0)),
        ([], Part(0, 0)),
    ],
)
def test_the_cohort_and_who_of_it_stays(
    folk: People, formula: Formula, paid: list[tuple[date, int]], counted: Part
) -> None:
    for first, months in paid:
        folk.pay(0, first, months)
    assert members(PERIOD, formula).get(UPPER, Part()) == counted
    refresh(NOW)
    kept = Standing.objects.get(village=UPPER)
    assert Part(kept.retained, kept.cohort) == counted


def test_neither_undone_payments_nor_withdrawn_people_count(folk: People, formula: Formula) -> None:
    folk.pay(0, JUNE, 12)
    folk.pay(1, JUNE, 12)
    folk.pay(2, JUNE, 12)
    Payment.objects.filter(registration__person=folk.ids[0]).update(undone_at=NOW)
    folk.put({1: ("none", UPPER, JUNE, CAMPAIGN, None)})
    assert members(PERIOD, formula) == {UPPER: Part(1, 1)}


def test_a_person_counts_once_with_two_registrations(folk: People, formula: Formula) -> None:
    folk.pay(0, JUNE, 1)
    folk.pay(1, date(2026, 8, 1), 1)
    Registration.objects.filter(person=folk.ids[1]).update(person=folk.ids[0], status="duplicate")
    people.recount(people.lock([folk.ids[0], folk.ids[1]]), {})
    assert members(PERIOD, formula) == {UPPER: Part(1, 1)}


def test_retention_and_officials_are_in_the_score_where_there_is_data(folk: People) -> None:
    for number in range(10):
        folk.pay(number, JUNE, 6 if number < 8 else 1)
    told(UPPER, date(2026, 10, 31), officials=20, members=5)
    refresh(NOW)
    row = upper()
    assert (row.cohort, row.retained) == (10, 8)
    assert row.officials and (row.officials.officials, row.officials.members) == (20, 5)
    assert row.result.weights == {
        "coverage": 0.5,
        "gap_closed": 0.2,
        "retention": 0.2,
        "officials": 0.1,
    }
    assert row.result.components["officials"] == 0.25
    assert row.result.components["retention"] == pytest.approx(0.6019, abs=0.0001)
    parts = row.result.components
    total = sum(row.result.weights[name] * (parts[name] or 0) for name in parts)
    assert row.result.score == pytest.approx(100 * total, abs=0.02)


def test_the_newest_count_of_officials_up_to_the_period_s_end(folk: People) -> None:
    told(UPPER, date(2025, 10, 1), officials=20, members=2)
    told(UPPER, date(2026, 11, 30), officials=20, members=9)
    told(UPPER, date(2026, 12, 1), officials=20, members=20)
    told(UPPER, date(2026, 11, 30), officials=21, members=9, source="a correction")
    refresh(NOW)
    now, before = upper(), upper(date(2026, 10, 1))
    assert now.officials and (now.officials.officials, now.are_officials_old) == (21, False)
    assert before.officials and (before.officials.members, before.are_officials_old) == (2, True)
    assert not upper(date(2026, 9, 1)).are_officials_old


def test_a_member_who_moves_takes_the_membership_along(folk: People) -> None:
    for number in range(4):
        folk.pay(number, JUNE, 12)
    refresh(NOW)
    folk.put({0: ("verified", LOWER, JUNE, CAMPAIGN, None)})
    folk.put({1: ("provisional", UPPER, JUNE, CAMPAIGN, None)})
    kept = dict(Standing.objects.values_list("village", "cohort"))
    assert (kept[UPPER], kept[LOWER]) == (2, 1)
    kept_all = derived()
    assert rebuild(NOW) == (0, 0, 0)
    assert derived() == kept_all


def told(village: str, as_of: date, officials: int, members: int, source: str = "camat") -> None:
    count = VillageOfficials.objects.count()
    VillageOfficials.objects.create(
        village_id=village,
        as_of=as_of,
        officials=officials,
        members=members,
        source=source,
        loaded_at=datetime(2026, 11, 1, count, tzinfo=UTC),
    )


moves = st.dictionaries(
    st.integers(0, 5),
    st.tuples(
        st.sampled_from(["none", "provisional", "verified"]),
        st.sampled_from([UPPER, LOWER, TOWN, None]),
        st.sampled_from([JUNE, PERIOD]),
        st.just(CAMPAIGN),
        st.none(),
    ),
    min_size=1,
    max_size=4,
)
payments = st.tuples(st.integers(0, 5), st.integers(0, 16), st.integers(1, 4))
merges = st.lists(st.integers(0, 5), min_size=2, max_size=2, unique=True)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.one_of(moves, payments, merges), min_size=1, max_size=8))
def test_members_are_right_whoever_moves_merges_or_pays(
    kader: User, campaign: Campaign, steps: list[Any]
) -> None:
    with transaction.atomic():
        folk = People(kader)
        folk.put(dict.fromkeys(range(6), ("verified", UPPER, JUNE, CAMPAIGN, None)))
        refresh(NOW)
        for step in steps:
            match step:
                case dict():
                    folk.put(step)
                case (int(number), int(ago), int(months)):
                    folk.pay(number, later(PERIOD, -ago), months)
                    refresh(NOW)
                case [int(one), int(other)]:
                    both = people.lock([folk.ids[one], folk.ids[other]])
                    merged = Registration.objects.filter(person=folk.ids[other])
                    merged.update(person=folk.ids[one])
                    people.recount(both, {})
                    folk.ids[other] = folk.ids[one]
        kept = derived()
        assert rebuild(NOW) == (0, 0, 0)
        assert derived() == kept
        transaction.set_rollback(True)
