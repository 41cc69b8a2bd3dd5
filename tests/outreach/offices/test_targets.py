"""Targets by year and month, revised and added up, and how far offices are."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from outreach.models import Campaign, CampaignTally, Membership, Office, OfficeTarget
from outreach.offices.targets import elapsed, plan_to_date, split
from outreach.offices.territory import today
from tests.cast import Cast, campaign, client_of, pushed
from tests.counting import Counting
from tests.threads import at_once

URL = "/api/v1/targets/"
TODAY = today(timezone.now())
YEAR = TODAY.year
numbers = st.integers(0, 10**8)


def new_target(office: Office, **changes: Any) -> dict[str, Any]:
    return {
        "office": office.pk,
        "segment": "BPU",
        "year": YEAR,
        "effective_from": f"{YEAR}-01-01",
        "number": 1200,
        "source": "letter 4/2026",
    } | changes


def without_number(office: Office, **changes: Any) -> dict[str, Any]:
    body = new_target(office)
    del body["number"]
    return body | changes


def set_by(cast: Cast, office: Office, **changes: Any) -> Any:
    return client_of(cast.andi).put(URL, new_target(office, **changes))


def count(campaign: Campaign, kader: Any, month: int, verified: int, provisional: int = 0) -> None:
    CampaignTally.objects.create(
        campaign=campaign,
        kader=kader,
        month=date(YEAR, month, 1),
        verified=verified,
        provisional=provisional,
    )


@given(number=numbers, shares=st.lists(st.integers(0, 10**6), min_size=12, max_size=12))
def test_a_split_adds_up_exactly_and_is_near_its_shares(number: int, shares: list[int]) -> None:
    parts = split(number, shares)

    assert sum(parts) == number
    whole = sum(shares) or 12
    for part, share in zip(parts, shares if sum(shares) else [1] * 12, strict=True):
        assert abs(part * whole - number * share) < whole


@given(months=st.lists(st.integers(0, 10**6), min_size=12, max_size=12))
def test_the_plan_to_date_grows_to_the_target(months: list[int]) -> None:
    days = [date(2026, month, day) for month in range(1, 13) for day in (1, 15, 28)]
    plans = [plan_to_date(months, 2026, day) for day in days]
    assert plans == sorted(plans)
    assert plan_to_date(months, 2026, date(2025, 12, 31)) == 0
    assert plan_to_date(months, 2026, date(2026, 12, 31)) == sum(months)
    assert elapsed(2026, 2, date(2026, 2, 14)) == 0.5


def test_progress_by_month_against_the_plan(cast: Cast) -> None:
    assert set_by(cast, cast.branch).status_code == 201
    for month in range(1, TODAY.month):
        count(cast.market, cast.siti, month, verified=90 + month, provisional=3)
    count(cast.other_market, cast.outsider_kader, 1, verified=40)

    told = client_of(cast.rina).get(URL).json()

    [row] = told["rows"]
    verified = sum(90 + month for month in range(1, TODAY.month))
    assert (told["year"], row["target"], row["version"]) == (YEAR, 1200, 1)
    assert [month["plan"] for month in row["months"]] == [100] * 12
    assert (row["verified"], row["provisional"]) == (verified, 3 * (TODAY.month - 1))
    assert row["plan_to_date"] == plan_to_date([100] * 12, YEAR, TODAY)
    assert row["attainment"] == round(verified / 1200, 4)
    assert row["branches"] is None


def test_a_year_ends_within_an_interval_that_is_said(cast: Cast) -> None:
    set_by(cast, cast.branch)
    for month in range(1, TODAY.month):
        count(cast.market, cast.siti, month, verified=100 + month % 3)
    if TODAY.month <= 3:
        pytest.skip("no forecast is made before April")

    row = client_of(cast.rina).get(URL).json()["rows"][0]

    told = row["forecast"]
    assert row["verified"] < told["low"] <= told["middle"] <= told["high"]
    assert (told["method"], told["interval"], told["months_seen"]) == (
        "2026-1",
        0.9,
        TODAY.month - 1,
    )
    assert client_of(cast.rina).get(URL).json()["rows"][0]["forecast"] == told


def test_too_few_months_have_no_forecast(cast: Cast) -> None:
    row = client_of(cast.rina).get(URL).json()["rows"][0]
    assert (row["forecast"], row["no_forecast"]) == (None, "too_few_months")
    for year, why in ((YEAR - 1, "year_over"), (YEAR + 1, "year_not_begun")):
        row = client_of(cast.rina).get(URL, {"year": year}).json()["rows"][0]
        assert (row["forecast"], row["no_forecast"]) == (None, why)


def test_a_regional_target_stands_against_its_branches(cast: Cast) -> None:
    set_by(cast, cast.regional, number=1_800_000)
    set_by(cast, cast.branch, number=1_400_000)
    count(cast.market, cast.siti, 1, verified=40)
    count(cast.other_market, cast.outsider_kader, 1, verified=2)

    [row] = client_of(cast.regional_coordinator).get(URL).json()["rows"]

    assert row["branches"] == {
        "number": 1_400_000,
        "with_target": 1,
        "branches": 2,
        "difference": 400_000,
    }
    assert (row["target"], row["verified"]) == (1_800_000, 42)


def test_a_revision_keeps_what_was(cast: Cast) -> None:
    first = set_by(cast, cast.branch).json()
    revised = {"number": 1500, "effective_from": f"{YEAR}-01-10", "source": "letter 9/2026"}

    again = set_by(cast, cast.branch)
    second = set_by(cast, cast.branch, **revised)
    stale = set_by(cast, cast.branch, **revised | {"number": 9, "base_version": 1})

    assert (again.status_code, second.status_code, stale.status_code) == (200, 201, 409)
    told = client_of(cast.rina).get(URL).json()
    assert [one["number"] for one in told["versions"]] == [1500, 1200]
    assert told["versions"][1] == first
    assert (first["set_by"], first["source"]) == (cast.andi.pk, "letter 4/2026")
    assert told["rows"][0]["target"] == (1500 if date(YEAR, 1, 10) <= TODAY else 1200)


def test_a_profile_is_declared_and_sums_up(cast: Cast) -> None:
    profile = {"name": "Ramadan", "shares": [3, 1, 0] + [2] * 9}
    made = set_by(cast, cast.branch, number=1001, profile=profile).json()
    assert (sum(made["months"]), made["profile"], made["months"][2]) == (1001, "Ramadan", 0)


def months(**changes: int) -> list[dict[str, Any]]:
    return [{"month": f"{YEAR}-{n:02}", "number": 10 * n} for n in range(1, 13)]


def test_months_can_be_given(cast: Cast) -> None:
    body = without_number(cast.branch, months=months(), activity="market_drive")
    made = client_of(cast.andi).put(URL, body)
    assert made.status_code == 201, made.content
    assert made.json()["number"] == 780
    count(cast.market, cast.siti, 1, verified=5)
    rows = client_of(cast.rina).get(URL).json()["rows"]
    assert [(row["activity"], row["target"], row["verified"]) for row in rows] == [
        ("", None, 5),
        ("market_drive", 780, 5),
    ]


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"months": months()[:2] + months()[3:]}, "gap", f"{YEAR}-03"),
        ({"months": [*months(), months()[4]]}, "overlap", f"{YEAR}-05"),
        ({"months": [*months(), {"month": "2020-01", "number": 1}]}, "other_year", "2020-01"),
        ({"number": 5, "effective_from": f"{YEAR}-03-01"}, "gap", f"{YEAR}-02-28"),
        ({"number": 5, "months": months()}, "invalid", ""),
        ({}, "invalid", ""),
    ],
)
def test_gaps_and_overlaps_are_named(
    cast: Cast, changes: dict[str, Any], code: str, named: str
) -> None:
    answer = client_of(cast.andi).put(URL, without_number(cast.branch, **changes))

    assert answer.status_code == 400
    found = [wrong for wrong in answer.json()["problems"] if wrong["code"] == code]
    assert found and all(named in wrong["detail"] for wrong in found)
    assert not OfficeTarget.objects.exists()


def test_versions_do_not_overlap(cast: Cast) -> None:
    set_by(cast, cast.branch)
    set_by(cast, cast.branch, effective_from=f"{YEAR}-07-01", number=1300)

    answer = set_by(cast, cast.branch, effective_from=f"{YEAR}-03-01", number=9)

    assert {wrong["code"] for wrong in answer.json()["problems"]} == {"overlap"}
    assert "sekaligus" in answer.json()["problems"][0]["detail"]
    assert f"{YEAR}-07-01" in answer.content.decode() or f"{YEAR}-03-01" in answer.content.decode()


def test_who_has_paid_is_active(cast: Cast) -> None:
    registration = pushed(cast)
    Membership.objects.create(registration=registration, paid_until=TODAY.replace(day=1))
    row = client_of(cast.rina).get(URL, {"year": registration.local_day.year}).json()["rows"][0]
    assert row["active"] == 1
    Membership.objects.update(paid_until=date(YEAR - 1, 1, 1))
    row = client_of(cast.rina).get(URL, {"year": registration.local_day.year}).json()["rows"][0]
    assert row["active"] == 0


def test_a_supervisor_sees_no_small_counts(cast: Cast) -> None:
    set_by(cast, cast.branch)
    for month in range(1, 4):
        count(cast.market, cast.siti, month, verified=1)
    [row] = client_of(cast.agus).get(URL).json()["rows"]
    assert (row["verified"], row["attainment"], row["forecast"]) == (None, None, None)
    assert 1 not in [month["verified"] for month in row["months"]]
    assert client_of(cast.rina).get(URL).json()["rows"][0]["verified"] == 3


def test_activities_do_not_tell_a_supervisor_what_is_left_of_all(cast: Cast) -> None:
    """All less the activity with a target is an activity with few people."""
    set_by(cast, cast.branch, activity="market_drive")
    counter = campaign("Loket", cast.branch, cast.siti, type="service_counter")
    count(cast.market, cast.siti, 1, verified=40)
    count(counter, cast.siti, 1, verified=3)

    def verified(user: Any) -> list[Any]:
        rows = client_of(user).get(URL).json()["rows"]
        return [(row["verified"], row["months"][0]["verified"]) for row in rows]

    assert verified(cast.rina) == [(43, 43), (40, 40)]
    assert verified(cast.agus) == [(43, 43), (None, None)]


def test_foreign_offices_are_not_there(cast: Cast) -> None:
    query = {"office": cast.other_branch.pk}
    assert client_of(cast.rina).get(URL, query).status_code == 404
    assert client_of(cast.agus).get(URL, query).status_code == 404
    assert client_of(cast.regional_coordinator).get(URL, query).status_code == 200
    assert client_of(cast.andi).get(URL, query).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_revisions_at_once_one_is_made(cast: Cast) -> None:
    set_by(cast, cast.branch)
    jobs = [
        partial(
            client_of(cast.andi).put,
            URL,
            new_target(
                cast.branch, number=2000 + place, effective_from=f"{YEAR}-02-01", base_version=1
            ),
        )
        for place in range(4)
    ]

    answers = at_once(jobs)

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert sorted(OfficeTarget.objects.values_list("version", flat=True)) == [1, 2]


@pytest.mark.parametrize("rows", [1, 6])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    types = list(Campaign.Type)
    for number in range(rows):
        set_by(cast, cast.regional, activity=types[number])
        set_by(cast, cast.branch, activity=types[number])
        count(cast.market, cast.siti, number + 1, verified=number)
    client, administrator = client_of(cast.regional_coordinator), client_of(cast.andi)
    with count_queries("GET targets/"):
        assert len(client.get(URL).json()["rows"]) == rows + 1
    with count_queries("PUT targets/"):
        administrator.put(URL, new_target(cast.branch, segment="PU"))
