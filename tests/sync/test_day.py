"""A kader's day: campaigns with their signups, and where the villages around stand."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach.flag_names import FLAG_NAMES
from outreach.kader.questions import answer, ask
from outreach.models import CampaignMember, FlagRemark, Registration, StatementQuestion
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


def test_what_the_office_answered_is_told_to_whom_it_is_about(cast: Cast) -> None:
    now = timezone.now()
    [one, other] = [pushed(cast, kader) for kader in (cast.siti, cast.budi)]
    ask(cast.siti, uuid4(), one.pk, "Mengapa tidak dihitung?", now)
    assert day(cast.siti)["answers"] == []
    answer(cast.rina, StatementQuestion.objects.get().pk, "Desanya lain", now)
    flag = {"registration": one, "code": "outside_venue", "by": cast.rina}
    kinds = FlagRemark.Kind
    for kind, minutes in ((kinds.ANSWER, 3), (kinds.ACCEPT, 2)):
        at = now - timedelta(minutes=minutes)
        FlagRemark.objects.create(kind=kind, text="Kios di seberang", made_at=at, **flag)
    old = now - timedelta(days=31)
    FlagRemark.objects.create(kind=kinds.REOPEN, text="Lama", made_at=old, **flag)
    told = day(cast.siti)["answers"]
    assert [(one["kind"], one["about"], one["text"], one["by"]) for one in told] == [
        ("question", "Mengapa tidak dihitung?", "Desanya lain", cast.rina.full_name),
        ("accept", str(FLAG_NAMES["outside_venue"]), "Kios di seberang", cast.rina.full_name),
    ]
    assert {one["registration"] for one in told} == {str(one.pk)}
    assert day(cast.budi)["answers"] == [] and other.kader == cast.budi


@pytest.mark.parametrize("people", [1, 9])
def test_statements_do_not_grow(cast: Cast, count_queries: Counting, people: int) -> None:
    for one in strangers(people):
        pushed(cast, cast.siti, **one)
    refresh(timezone.now())
    client = client_of(cast.siti)
    with count_queries("GET sync/day/"):
        client.get("/api/v1/sync/day/")
