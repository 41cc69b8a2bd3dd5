"""A kader's day: campaigns with their signups, and where the villages around stand."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach.models import CampaignMember, Registration
from outreach.standings.rebuilding import refresh
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.records import strangers


@pytest.fixture(autouse=True)
def on_today(cast: Cast) -> None:
    day = timezone.now().date()
    CampaignMember.objects.filter(campaign=cast.market).update(
        first_day=day - timedelta(days=1), last_day=day + timedelta(days=1)
    )
    cast.market.villages.set(cast.villages)


def day(user: Any) -> Any:
    answer = client_of(user).get("/api/v1/sync/day/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_signups_and_standings(cast: Cast) -> None:
    people = strangers(9)
    for one in people[:3]:
        pushed(cast, cast.siti, **one)
    for one in people[3:7]:
        pushed(cast, cast.budi, **one)
    refresh(timezone.now())
    [campaign] = day(cast.siti)["campaigns"]
    # Four by somebody else are few.
    assert (campaign["id"], campaign["own"], campaign["all"]) == (str(cast.market.pk), 3, None)
    for one in people[7:]:
        pushed(cast, cast.budi, **one)
    told = day(cast.siti)
    assert told["campaigns"][0]["all"] == 9
    assert told["district"] == "Hulu Kota"
    assert {one["code"] for one in told["villages"]} == {one.code for one in cast.villages}
    assert all(one["rank"] is None for one in told["villages"])
    Registration.objects.filter(kader=cast.siti).update(status="rejected")
    assert day(cast.siti)["campaigns"][0]["own"] == 0


def test_a_day_without_a_campaign_is_empty(cast: Cast) -> None:
    CampaignMember.objects.all().delete()
    told = day(cast.siti)
    assert (told["campaigns"], told["district"], told["villages"]) == ([], None, [])


@pytest.mark.parametrize("people", [1, 9])
def test_statements_do_not_grow(cast: Cast, count_queries: Counting, people: int) -> None:
    for one in strangers(people):
        pushed(cast, cast.siti, **one)
    refresh(timezone.now())
    client = client_of(cast.siti)
    with count_queries("GET sync/day/"):
        client.get("/api/v1/sync/day/")
