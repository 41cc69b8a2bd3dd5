"""Messages of offices to their kader: written in the console, told with the kader's day."""

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from outreach.kader.messages import LONGEST_DAYS, MOST_OPEN, MOST_TOLD, write
from outreach.models import Campaign, KaderMessage, User
from outreach.problems import Problem
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.pages.test_tablets import signed_in
from tests.threads import at_once

HOSTILE = "<script>alert(1)</script> Kumpul di pintu utara"


def sent(user: User, address: str, **changes: Any) -> Any:
    # Where these offices are, it may be tomorrow already.
    day = timezone.now().astimezone(ZoneInfo("Asia/Jakarta")).date().isoformat()
    data = {"id": str(uuid4()), "text": HOSTILE, "last_day": day} | changes
    return signed_in(user).post(address, data)


def day(kader: User) -> Any:
    return client_of(kader).get("/api/v1/sync/day/").json()


def elsewhere(cast: Cast) -> User:
    """A kader of another branch."""
    return cast.other_market.members.get().kader


def texts(kader: User) -> list[str]:
    return [one["text"] for one in day(kader)["messages"]]


def to_team(cast: Cast, text: str, author: User | None = None, **changes: Any) -> KaderMessage:
    now = timezone.now()
    made = write(author or cast.rina, uuid4(), cast.market, text, now.date(), now)
    KaderMessage.objects.filter(pk=made.pk).update(**changes)
    return made


def test_a_team_reads_what_is_written_until_it_is_withdrawn(cast: Cast) -> None:
    address = f"/campaigns/{cast.market.pk}/messages/"
    assert sent(cast.rina, address).status_code == 302
    [told] = day(cast.siti)["messages"]
    message = KaderMessage.objects.get()
    assert (told["id"], told["text"], told["by"], told["to"]) == (
        str(message.pk),
        HOSTILE,
        cast.rina.full_name,
        cast.market.name,
    )
    # Through the day in the venue's zone.
    assert message.ends_at > timezone.now() and message.ends_at.minute == 0
    assert texts(elsewhere(cast)) == []
    for days, shown in ((-3, 0), (5, 5), (400, LONGEST_DAYS)):
        ends_at = timezone.now() + timedelta(days=days)
        Campaign.objects.filter(pk=cast.market.pk).update(
            starts_at=ends_at - timedelta(hours=1), ends_at=ends_at
        )
        today = timezone.now().astimezone(ZoneInfo("Asia/Jakarta")).date()
        offered = signed_in(cast.rina).get(address).context["given"]["last_day"]
        assert offered == (today + timedelta(days=shown)).isoformat()
    page = signed_in(cast.rina).get(address).content.decode()
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert sent(cast.rina, address, id=str(message.pk)).status_code == 302
    assert sent(cast.rina, address, id=str(message.pk), text="Lain").status_code == 200
    assert KaderMessage.objects.count() == 1

    withdrawal = f"/messages/{message.pk}/withdraw/"
    assert signed_in(cast.outsider_coordinator).post(withdrawal).status_code == 404
    assert texts(cast.siti) == [HOSTILE]
    for user in (cast.rina, cast.regional_coordinator):
        assert signed_in(user).post(withdrawal)["Location"] == address
    message.refresh_from_db()
    assert message.withdrawn_by == cast.rina
    assert texts(cast.siti) == []
    assert cast.rina.full_name in signed_in(cast.regional_coordinator).get(address).content.decode()


def test_an_office_writes_to_its_kader_and_those_of_its_branches(cast: Cast) -> None:
    for office, author in (
        (cast.regional, cast.regional_coordinator),
        (cast.branch, cast.rina),
    ):
        address = f"/offices/{office.pk}/messages/"
        assert sent(author, address, text=f"Dari {office.name}").status_code == 302
    assert texts(cast.siti) == [f"Dari {cast.branch.name}", f"Dari {cast.regional.name}"]
    assert texts(elsewhere(cast)) == [f"Dari {cast.regional.name}"]
    own = signed_in(cast.rina).get("/messages/")
    assert own["Location"] == f"/offices/{cast.branch.pk}/messages/"


def test_what_is_not_ones_own_is_not_there(cast: Cast) -> None:
    for address in (
        f"/campaigns/{cast.other_market.pk}/messages/",
        f"/campaigns/{uuid4()}/messages/",
        f"/offices/{cast.other_branch.pk}/messages/",
        f"/offices/{cast.regional.pk}/messages/",
        f"/offices/{10**30}/messages/",
    ):
        assert signed_in(cast.rina).get(address).status_code == 404
        assert sent(cast.rina, address).status_code == 404
    # Nor is a message's id to be had by writing under it.
    other = to_team(cast, "Milik Rina")
    address = f"/campaigns/{cast.other_market.pk}/messages/"
    refused = sent(cast.outsider_coordinator, address, id=str(other.pk), text="Milik Rina")
    assert refused.status_code == 200 and "Milik Rina" in refused.content.decode()
    assert KaderMessage.objects.get().campaign == cast.market


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "  x "},
        {"text": "x" * 501},
        {"text": "a\0b c"},
        {"last_day": ""},
        {"last_day": "besok"},
        {"last_day": "2020-01-01"},
        {"last_day": (timezone.now() + timedelta(days=LONGEST_DAYS + 2)).date().isoformat()},
    ],
)
def test_what_cannot_be_sent_is_said_at_its_field(cast: Cast, changes: dict[str, str]) -> None:
    address = f"/campaigns/{cast.market.pk}/messages/"
    page = sent(cast.rina, address, **changes)
    assert page.status_code == 200
    [name] = changes
    assert f'id="{name}-wrong"' in page.content.decode()
    assert not KaderMessage.objects.exists()


def test_few_are_shown_at_a_time_and_none_for_ever(cast: Cast) -> None:
    now = timezone.now()
    for number in range(MOST_OPEN):
        to_team(cast, f"Pesan {number}", sent_at=now - timedelta(minutes=number))
    with pytest.raises(Problem):
        to_team(cast, "Satu lagi")
    KaderMessage.objects.filter(text="Pesan 0").update(ends_at=now - timedelta(seconds=1))
    to_team(cast, "Satu lagi", sent_at=now - timedelta(hours=1))
    assert texts(cast.siti) == [*(f"Pesan {number}" for number in range(1, 10)), "Satu lagi"]
    KaderMessage.objects.bulk_create(
        KaderMessage(
            id=uuid4(),
            office=cast.branch,
            text="Banyak",
            author=cast.rina,
            sent_at=now,
            ends_at=now + timedelta(days=1),
        )
        for _ in range(MOST_TOLD)
    )
    assert texts(cast.siti) == ["Banyak"] * MOST_TOLD


def test_they_go_with_their_campaign(cast: Cast) -> None:
    campaign = Campaign.objects.create(
        type="mobile_car",
        office=cast.branch,
        name="Sehari",
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(hours=5),
        time_zone="Asia/Jakarta",
    )
    now = timezone.now()
    write(cast.rina, uuid4(), campaign, "Kumpul", now.date(), now)
    campaign.delete()
    assert not KaderMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_messages_no_more_are_shown_than_allowed(cast: Cast) -> None:
    for number in range(MOST_OPEN - 1):
        to_team(cast, f"Pesan {number}")

    def one_more() -> bool:
        try:
            to_team(cast, "Bersamaan")
        except Problem:
            return False
        return True

    assert sorted(at_once([one_more] * 4)) == [False, False, False, True]


@pytest.mark.parametrize("number", [0, MOST_OPEN])
def test_statements_do_not_grow(cast: Cast, count_queries: Counting, number: int) -> None:
    for place in range(number):
        to_team(cast, f"Pesan {place}")
    client = signed_in(cast.rina)
    with count_queries("GET campaigns/<id>/messages/"):
        assert client.get(f"/campaigns/{cast.market.pk}/messages/").status_code == 200
