"""Overlapping campaigns: which one gets the credit, why, and how that is changed and taken back."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.activities import reassigning
from outreach.activities.credited_campaign import Fit, suggested
from outreach.models import Campaign, CampaignTally, Decision, Registration
from outreach.standings.rebuilding import rebuild
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast, campaign, client_of, pushed
from tests.garbage import survives_garbage
from tests.records import CAPTURED, NOW, batch, record, strangers
from tests.tablet import tablet_of
from tests.threads import at_once

V1 = "/api/v1/"
WHY = "dilihat di lapangan"
AT_MARKET = {"lat": 3.59, "lon": 98.67, "accuracy_m": 10.0, "fixed_at": CAPTURED.isoformat()}
AT_HOME = AT_MARKET | {"lat": 3.64}


def fix(where: dict[str, Any]) -> dict[str, Any]:
    return {"location": where, "location_missing_reason": None}


@pytest.fixture
def months(cast: Cast) -> Campaign:
    """Home visits in and around the market's village for months, by the same kader."""
    return campaign(
        "Kader Penggerak Hulu",
        cast.branch,
        cast.siti,
        cast.budi,
        type=Campaign.Type.KADER_PENGGERAK,
        starts_at=NOW - timedelta(days=60),
        ends_at=NOW + timedelta(days=60),
        venue_radius_m=9000.0,
    )


def shown(cast: Cast, registration: Registration) -> dict[str, Any]:
    answer = client_of(cast.rina).get(f"{V1}registrations/{registration.pk}/")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def reassigned(cast: Cast, registration: Registration, to: Campaign, **more: Any) -> Any:
    url = f"{V1}registrations/{registration.pk}/reassign/"
    return client_of(cast.rina).post(url, {"campaign": str(to.pk), "reason": WHY} | more)


def tallies() -> dict[tuple[UUID, int], int]:
    rows = CampaignTally.objects.values_list("campaign", "kader").annotate(
        people=Sum(F("provisional") + F("verified"))
    )
    return {(campaign, kader): people for campaign, kader, people in rows if people}


def test_the_named_campaign_is_credited_where_nothing_speaks_against_it(
    cast: Cast, months: Campaign
) -> None:
    for named in (cast.market, months):
        one = pushed(
            cast, campaign=str(named.pk), **fix(AT_MARKET), **strangers(2)[named == months]
        )
        told = shown(cast, one)
        assert told["credited_campaign"] == {
            "id": str(named.pk),
            "name": named.name,
            "stop": None,
            "basis": "declared",
            "reason": told["credited_campaign"]["reason"],
        }
        assert told["credited_campaign"]["reason"]
        assert told["campaign_suggestion"] is None
    assert tallies() == {(cast.market.pk, cast.siti.pk): 1, (months.pk, cast.siti.pk): 1}


def test_at_home_under_the_markets_name_the_months_are_suggested(
    cast: Cast, months: Campaign
) -> None:
    one = pushed(cast, **fix(AT_HOME))

    found = shown(cast, one)["campaign_suggestion"]

    assert (found["id"], found["against"], found["in_place"]) == (
        str(months.pk),
        ["outside_place"],
        True,
    )
    assert "outside the place" in found["reason"] or "luar" in found["reason"]
    assert tallies() == {(cast.market.pk, cast.siti.pk): 1}


def test_without_a_fix_the_time_alone_can_speak(cast: Cast, months: Campaign) -> None:
    late = pushed(cast, captured_at=(NOW - timedelta(days=4, hours=3)).isoformat())

    found = shown(cast, late)["campaign_suggestion"]

    assert (found["id"], found["against"]) == (str(months.pk), ["outside_time"])
    assert found["in_place"] is False


def test_only_a_campaign_of_the_office_that_the_kader_was_on_is_suggested(cast: Cast) -> None:
    home = {"venue_radius_m": 9000.0}
    campaign("Kacab lain", cast.other_branch, cast.siti, **home)
    campaign("Tanpa kader ini", cast.branch, cast.budi, **home)
    campaign("Sudah selesai", cast.branch, cast.siti, ends_at=CAPTURED - timedelta(days=1), **home)
    campaign("Monev", cast.branch, cast.siti, type=Campaign.Type.MONEV, **home)

    assert shown(cast, pushed(cast, **fix(AT_HOME)))["campaign_suggestion"] is None


def test_a_market_is_suggested_on_its_market_days_alone(cast: Cast) -> None:
    day = CAPTURED.astimezone(ZoneInfo(cast.market.time_zone)).date()
    weekly = campaign("Pasar mingguan", cast.branch, cast.siti, venue_radius_m=9000.0)
    one = pushed(cast, **fix(AT_HOME))

    for weekday, found in ((day.isoweekday(), str(weekly.pk)), (day.isoweekday() % 7 + 1, None)):
        weekly.calendar = {"days": [{"kind": "weekday", "weekday": weekday}]}
        weekly.save()
        told = shown(cast, one)["campaign_suggestion"]
        assert (told and told["id"]) == found


def a_fit(**changes: Any) -> Fit:
    whole: dict[str, Any] = {
        "campaign": uuid4(),
        "name": "",
        "takes_signups": True,
        "starts_at": NOW - timedelta(days=9),
        "ends_at": NOW + timedelta(days=9),
        "on_team": True,
        "in_time": True,
        "in_place": True,
        "stop": None,
    }
    return Fit(**whole | changes)


@given(order=st.permutations(range(6)))
def test_the_best_of_several_does_not_depend_on_their_order(order: list[int]) -> None:
    day = timedelta(days=1)
    best = a_fit(starts_at=NOW - day, ends_at=NOW + day)
    fits = [
        best,
        a_fit(),
        a_fit(in_place=None, starts_at=NOW, ends_at=NOW + timedelta(hours=1)),
        a_fit(in_place=False, starts_at=NOW, ends_at=NOW + timedelta(hours=1)),
        a_fit(starts_at=NOW, ends_at=NOW + 2 * day),
        a_fit(starts_at=NOW, ends_at=NOW + timedelta(hours=1), on_team=False),
    ]
    found = suggested(a_fit(in_time=False), [fits[place] for place in order])

    assert found is not None
    assert found.campaign == best.campaign
    assert suggested(a_fit(), [fits[place] for place in order]) is None


def test_reassigning_moves_the_credit_and_undoing_brings_it_back(
    cast: Cast, months: Campaign
) -> None:
    one = pushed(cast, **fix(AT_HOME))

    told = reassigned(cast, one, months)

    assert told.status_code == 200
    assert tallies() == {(months.pk, cast.siti.pk): 1}
    after = shown(cast, one)
    assert (after["credited_campaign"]["basis"], after["credited_campaign"]["reason"]) == (
        "decided",
        WHY,
    )
    assert after["campaign"]["id"] == str(cast.market.pk)
    assert after["campaign_suggestion"] is None
    assert reassigned(cast, one, months).json()["decision"] is None
    url = f"{V1}decisions/{told.json()['decision']}/undo/"
    assert client_of(cast.rina).post(url, {"reason": WHY}).status_code == 200
    assert tallies() == {(cast.market.pk, cast.siti.pk): 1}
    again = client_of(cast.rina).post(url, {"reason": WHY})
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")
    rebuild(NOW)
    assert tallies() == {(cast.market.pk, cast.siti.pk): 1}


def test_a_later_reassignment_comes_first(cast: Cast, months: Campaign) -> None:
    one = pushed(cast)
    first = reassigned(cast, one, months).json()["decision"]
    reassigned(cast, one, cast.market)

    answer = client_of(cast.rina).post(f"{V1}decisions/{first}/undo/", {"reason": WHY})

    assert (answer.status_code, answer.json()["code"]) == (409, "superseded")
    assert tallies() == {(cast.market.pk, cast.siti.pk): 1}


def test_an_edit_keeps_what_was_decided(cast: Cast, months: Campaign) -> None:
    sent = record(cast.market.id, cast.villages[0].code)
    tablet = tablet_of(cast.siti)
    tablet.push(sent)
    one = Registration.objects.get(pk=sent["id"])
    reassigned(cast, one, months)

    # Somebody else altogether: a new person, made within the push.
    [result] = tablet.push(sent | {"base_revision": 1} | strangers(1)[0])["results"]

    assert (result["outcome"], result["revision"]) == ("accepted", 2)
    assert tallies() == {(months.pk, cast.siti.pk): 1}
    rebuild(NOW)
    assert tallies() == {(months.pk, cast.siti.pk): 1}


def test_what_cannot_be_credited_is_refused(cast: Cast, months: Campaign) -> None:
    one = pushed(cast)
    monev = campaign("Monev", cast.branch, type=Campaign.Type.MONEV)
    elsewhere = campaign("Kacab lain", cast.other_branch)

    for to in (monev, elsewhere):
        told = reassigned(cast, one, to)
        assert told.json()["problems"][0]["pointer"] == "/campaign"
    told = reassigned(cast, one, months, stop=str(uuid4()))
    assert told.json()["problems"][0]["pointer"] == "/stop"
    Registration.objects.filter(pk=one.pk).update(status="rejected")
    assert reassigned(cast, one, months).json()["code"] == "not_possible"
    url = f"{V1}registrations/{one.pk}/reassign/"
    body = {"campaign": str(months.pk), "reason": WHY}
    survives_garbage(client_of(cast.rina), "POST", url, body)
    assert client_of(cast.outsider_coordinator).post(url, body).status_code == 404


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=st.lists(
        st.tuples(
            st.integers(0, 2),  # who is registered
            st.integers(0, 1),  # by which kader
            st.integers(0, 1),  # for which campaign
            st.integers(0, 5),  # hours ago
            st.sampled_from([None, 0, 1]),  # reassigned to
        ),
        min_size=1,
        max_size=6,
    ),
    order=st.randoms(use_true_random=False),
)
def test_credit_does_not_depend_on_the_order(
    cast: Cast, months: Campaign, drawn: list[tuple[Any, ...]], order: Any
) -> None:
    """Pushes and reassignments in any order end in the same tallies, equal to a recount."""
    steps: list[tuple[int, str]] = []
    for number, what in enumerate(drawn):
        steps.append((number, "push"))
        if what[4] is not None:
            steps.append((number, "reassign"))
    shuffled = sorted(steps, key=lambda _: order.random())
    # Nobody decides about what is not there yet.
    where = {step: place for place, step in enumerate(shuffled)}
    for number, step in steps:
        if step == "reassign" and where[number, "push"] > where[number, "reassign"]:
            a, b = where[number, "push"], where[number, "reassign"]
            shuffled[a], shuffled[b] = shuffled[b], shuffled[a]

    assert _after(cast, months, drawn, steps) == _after(cast, months, drawn, shuffled)


def _after(
    cast: Cast, months: Campaign, drawn: list[tuple[Any, ...]], steps: list[tuple[int, str]]
) -> Any:
    campaigns, people = (cast.market, months), strangers(3)
    with transaction.atomic():
        for number, step in steps:
            who, kader, named, hours, to = drawn[number]
            sent = record(
                campaigns[named].pk,
                cast.villages[0].code,
                id=str(uuid5(UUID(int=3), str(number))),
                captured_at=(CAPTURED - timedelta(hours=hours, minutes=number)).isoformat(),
                **people[who],
            )
            if step == "push":
                pusher = Pusher((cast.siti, cast.budi)[kader], None)
                push(typed(batch([sent]), Batch), pusher, NOW)
            else:
                reassigning.reassign(UUID(sent["id"]), campaigns[to].pk, None, cast.rina, WHY, NOW)
        kept = tallies()
        rebuild(NOW)
        assert tallies() == kept, "tallies differ from a recount"
        transaction.set_rollback(True)
    return kept


@pytest.mark.django_db(transaction=True)
def test_reassigning_edits_and_pushes_at_once_keep_the_tallies_right(
    cast: Cast, months: Campaign
) -> None:
    tablet = tablet_of(cast.siti)
    sent = [record(cast.market.id, cast.villages[0].code, **who) for who in strangers(8)]
    tablet.push(*sent)

    def reassign(to: Campaign, and_back: bool) -> None:
        for one in sent:
            ruling = reassigning.reassign(UUID(one["id"]), to.pk, None, cast.rina, WHY, NOW)
            if and_back and ruling.decision:
                reassigning.undo(ruling.decision, cast.rina, WHY, NOW)

    def edit(number: int) -> None:
        other = tablet_of(cast.siti)
        for one in sent:
            other.push(one | {"base_revision": number + 1, "work_place": f"Kios {number}"})

    at_once(
        [
            partial(reassign, months, and_back=False),
            partial(reassign, cast.market, and_back=True),
            partial(edit, 0),
            partial(edit, 1),
        ]
    )

    kept = tallies()
    assert sum(kept.values()) == 8
    credited = Counter(
        (one.credited_campaign_id, one.kader_id) for one in Registration.objects.all()
    )
    assert kept == dict(credited)
    rebuild(NOW)
    assert tallies() == kept
    assert Decision.objects.filter(kind="reassign").exists()
