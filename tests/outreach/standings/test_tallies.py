"""Tallies and kept standings follow the people, whatever happens to them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.models import Campaign, CampaignTally, Person, Standing, User, VillageTally
from outreach.standings.rebuilding import rebuild, refresh
from outreach.standings.tallies import Counted, move
from tests.outreach.standings.conftest import (
    CAMPAIGN,
    FAR,
    LOWER,
    MARKET,
    NOW,
    PERIOD,
    REGIONS,
    TINY,
    TOWN,
    UNKNOWN,
    UPPER,
    measure,
)
from tests.outreach.standings.people import People, derived

OCTOBER = date(2026, 10, 1)
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def one(kader: User, campaign: Campaign) -> Callable[..., Counted]:
    def make(
        village: str | None = UPPER,
        month: date = PERIOD,
        campaign: UUID = CAMPAIGN,
        event_village: str | None = TOWN,
        *,
        verified: bool = False,
    ) -> Counted:
        return Counted(village, month, campaign, kader.pk, event_village, verified)

    return make


def tally(village: str, month: date = PERIOD) -> tuple[int, int, int]:
    row = VillageTally.objects.filter(village=village, month=month).first()
    return (row.provisional, row.verified, row.hosted) if row else (0, 0, 0)


def test_a_person_counts_at_home_and_is_hosted_where_the_event_was(
    one: Callable[..., Counted],
) -> None:
    move([], [one(), one(), one(verified=True)])
    assert tally(UPPER) == (2, 1, 0)
    assert tally(TOWN) == (0, 0, 3)
    campaign = CampaignTally.objects.get()
    assert (campaign.provisional, campaign.verified) == (2, 1)


def test_a_person_of_unknown_domicile_counts_for_the_campaign_and_the_host(
    one: Callable[..., Counted],
) -> None:
    move([], [one(None)])
    assert list(VillageTally.objects.values_list("village", "hosted")) == [(TOWN, 1)]
    assert CampaignTally.objects.get().provisional == 1


def test_a_person_who_moves_leaves_nothing_behind(one: Callable[..., Counted]) -> None:
    move([], [one()])
    move([one()], [one(LOWER, OCTOBER, MARKET, None)])
    assert tally(UPPER) == tally(TOWN) == (0, 0, 0)
    assert tally(LOWER, OCTOBER) == (1, 0, 0)
    move([one(LOWER, OCTOBER, MARKET, None)], [])
    assert derived()["villages"] == derived()["campaigns"] == []


def test_nothing_changed_costs_no_statement(
    one: Callable[..., Counted], django_assert_num_queries: Callable[..., CaptureQueriesContext]
) -> None:
    with django_assert_num_queries(0):
        move([one(), one(verified=True)], [one(verified=True), one()])


def test_statements_do_not_grow_with_the_people(one: Callable[..., Counted]) -> None:
    refresh(NOW)
    villages = [code for code in REGIONS if len(code) == 13]

    def statements(before: list[Counted], after: list[Counted]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            move(before, after)
        return len(queries)

    few, many = [one()], [one(villages[n % 7]) for n in range(700)]
    assert statements([], few) == statements([], many) == 3
    verified = [person._replace(verified=True) for person in many]
    assert statements(few, [few[0]._replace(verified=True)]) == 6
    assert statements(many, verified) == 6


def test_a_provisional_person_leaves_the_score_alone(one: Callable[..., Counted]) -> None:
    refresh(NOW)
    move([], [one()])
    kept = Standing.objects.get(village=UPPER)
    assert (kept.provisional, kept.verified, kept.score) == (1, 0, 0)


def test_a_month_that_is_not_open_yet_waits_in_the_tally(one: Callable[..., Counted]) -> None:
    refresh(NOW)
    move([], [one(month=DECEMBER, verified=True)])
    assert Standing.objects.get(village=UPPER).verified == 0
    refresh(datetime(2026, 12, 3, tzinfo=UTC))
    assert Standing.objects.get(village=UPPER).verified == 1


def test_an_earlier_month_is_in_the_opening_count(one: Callable[..., Counted]) -> None:
    refresh(NOW)
    move([], [one(month=OCTOBER, verified=True), one(verified=True)])
    kept = Standing.objects.get(village=UPPER)
    assert (kept.verified, kept.opening_verified) == (2, 1)


def test_people_of_a_village_without_a_standing_wait_in_the_tally(
    one: Callable[..., Counted],
) -> None:
    move([], [one(verified=True)])
    assert not Standing.objects.exists()
    refresh(NOW)
    assert Standing.objects.get(village=UPPER).verified == 1


def test_a_recount_puts_right_what_went_wrong_and_says_how_much(
    kader: User, campaign: Campaign
) -> None:
    people = People(kader)
    people.put(dict.fromkeys(range(6), ("verified", UPPER, PERIOD, CAMPAIGN, TOWN)))
    refresh(NOW)
    right = derived()
    VillageTally.objects.filter(village=UPPER).update(verified=9)
    VillageTally.objects.create(village_id=FAR, month=PERIOD, verified=2)
    CampaignTally.objects.all().delete()
    Standing.objects.filter(village=UPPER).update(verified=1, score=50)
    assert rebuild(NOW) == (0, 2, 1)
    assert derived() == right


def test_a_person_who_does_not_stand_as_registered_is_put_right(
    kader: User, campaign: Campaign
) -> None:
    people = People(kader)
    people.put(dict.fromkeys(range(3), ("verified", UPPER, PERIOD, CAMPAIGN, TOWN)))
    refresh(NOW)
    right = derived()
    Person.objects.filter(pk=people.ids[0]).update(state="provisional", month=OCTOBER)
    Person.objects.filter(pk=people.ids[1]).update(state="none", credited=None, village=None)
    assert rebuild(NOW) == (2, 0, 0)
    assert derived() == right


states = st.sampled_from(["none", "provisional", "verified"])
villages = st.sampled_from([UPPER, LOWER, TINY, UNKNOWN, TOWN, None])
months = st.sampled_from([date(2025, 12, 1), OCTOBER, PERIOD, DECEMBER])
batches = st.dictionaries(
    st.integers(1, 9),
    st.tuples(states, villages, months, st.sampled_from([CAMPAIGN, MARKET]), villages),
    min_size=1,
    max_size=6,
)
steps = st.one_of(
    batches,
    st.just("december"),
    st.tuples(st.sampled_from([UPPER, TINY, UNKNOWN]), st.integers(0, 900)),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, min_size=1, max_size=8))
def test_what_is_kept_equals_a_recount(
    kader: User, campaign: Campaign, steps: list[object]
) -> None:
    now, year = NOW, 2000
    with transaction.atomic():
        refresh(now)
        people = People(kader)
        for step in steps:
            match step:
                case dict():
                    people.put(step)
                case str():
                    now = datetime(2026, 12, 1, tzinfo=UTC)
                    refresh(now)
                case (str(village), int(value)):
                    year += 1
                    measure(village, value, year=year)
                    refresh(now, [village])
        kept = derived()
        assert rebuild(now) == (0, 0, 0)
        assert derived() == kept
        transaction.set_rollback(True)
