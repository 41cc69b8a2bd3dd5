"""Tablets that have to go: what they hold still arrives, and they learn nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from outreach import bulk
from outreach.models import Flag, Photo, Registration, User
from sync import handing_over
from sync.devices import change_state
from sync.models import Device, HeldRecord
from sync.tokens import sign_in
from tests.cast import Cast, client_of
from tests.pictures import declaration, picture
from tests.records import batch, record, strangers
from tests.sync.tus import send
from tests.threads import at_once, until_somebody_waits

API = "/api/v1/"
PUSH = f"{API}sync/push/"
REPORT = f"{API}sync/devices/report/"
REFRESH = f"{API}auth/token/refresh/"


def revoke(cast: Cast, *, hand_over: bool = True) -> Device:
    return change_state(
        cast.tablet.pk, "revoked", "left", cast.rina, timezone.now(), hand_over=hand_over
    )


def push(client: APIClient, *records: Any) -> Any:
    return client.post(PUSH, batch(records, timezone.now()))


def report(client: APIClient, registrations: int = 0, photos: int = 0) -> Any:
    unsynced = {"registrations": registrations, "photos": photos}
    return client.post(REPORT, {"sent_at": timezone.now().isoformat(), "unsynced": unsynced})


def said(answer: Any) -> tuple[int, str, str]:
    """Status, and the word in header and body."""
    assert answer["Device-Action"] == answer.json()["device_action"]
    assert answer.json()["code"] == "device_revoked"
    return answer.status_code, answer.json()["device_action"], answer.json()["action"]


def sent(cast: Cast, **changes: Any) -> dict[str, Any]:
    return record(cast.market.id, cast.villages[0].code, **changes)


def test_what_a_revoked_tablet_holds_arrives_in_review_and_then_it_is_told_to_wipe(
    cast: Cast,
) -> None:
    client = client_of(cast.siti, cast.tablet)
    refresh = sign_in(cast.siti, cast.tablet, timezone.now())["refresh"]
    revoke(cast)
    one = sent(cast)

    refreshed = APIClient().post(REFRESH, {"refresh": refresh})
    assert refreshed.status_code == 200
    answer = push(client, one)
    assert (answer.status_code, answer["Device-Action"]) == (200, "hand_over")
    [result] = answer.json()["results"]
    assert (result["outcome"], result["action"], result["revision"]) == ("review", "show", 1)
    stored = Registration.objects.get(pk=one["id"])
    assert stored.status == "conflict"
    assert "handed_over" in set(stored.flags.values_list("code", flat=True))

    assert report(client, registrations=1).json()["device_action"] == "hand_over"
    answer = report(client)
    done = answer.json()
    assert (done["state"], done["state_reason"]) == ("revoked", "left")
    assert answer["Device-Action"] == done["device_action"] == "wipe"
    for answer in (push(client, sent(cast)), report(client)):
        assert said(answer) == (403, "wipe", "show")
    again = APIClient().post(REFRESH, {"refresh": refreshed.json()["refresh"]})
    assert said(again) == (403, "wipe", "show")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "sync/limits/"),
        ("post", "sync/receipts/"),
        ("get", "campaigns/"),
        ("get", "registrations/"),
        ("get", "regions/"),
        ("get", "sync/devices/"),
    ],
)
def test_a_revoked_tablet_reads_nothing(cast: Cast, method: str, path: str) -> None:
    client = client_of(cast.siti, cast.tablet)
    revoke(cast)

    assert said(getattr(client, method)(API + path)) == (403, "hand_over", "show")


def test_what_is_handed_over_says_nothing_about_who_is_registered(cast: Cast) -> None:
    known = sent(cast)
    client_of(cast.budi).post(PUSH, batch([known]))
    mine = sent(cast, **strangers(2)[1])
    client = client_of(cast.siti, cast.tablet)
    push(client, mine)
    revoke(cast)

    guess = sent(cast, captured_at=(timezone.now() - timedelta(hours=5)).isoformat())
    fresh = sent(cast, **strangers(1)[0])
    late = mine | {"base_revision": 0, "full_name": "Somebody Else"}
    for _ in range(2):
        results = push(client, guess, fresh, late, mine).json()["results"]

        told = [
            {key: value for key, value in result.items() if key not in ("id", "replayed")}
            for result in results
        ]
        assert told[0] == told[1]
        assert [one["outcome"] for one in told] == ["review", "review", "conflict", "accepted"]
        for one in told:
            assert (one["person"], one["event_village"], one["flags"]) == (None, None, [])
            assert not {"first_registered_at", "server", "state", "correction"} & one.keys()
    assert Registration.objects.get(pk=guess["id"]).status == "duplicate"
    assert Flag.objects.filter(registration=guess["id"], code="handed_over").exists()


def test_a_repeated_hand_over_is_told_the_same_and_stored_once(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    revoke(cast)
    records = [sent(cast, **stranger) for stranger in strangers(5)]

    first, *others = (push(client, *records).json()["results"] for _ in range(3))

    for other in others:
        assert other == [result | {"replayed": True} for result in first]
    assert Registration.objects.count() == 5
    assert Device.objects.get(pk=cast.tablet.pk).handed_over == 5


def test_what_cannot_be_stored_is_held_when_it_is_handed_over(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    revoke(cast)

    results = push(client, {"id": "nonsense"}, sent(cast, nik="1")).json()["results"]

    assert [result["outcome"] for result in results] == ["rejected", "rejected"]
    assert HeldRecord.objects.filter(kader=cast.siti).count() == 2


@pytest.mark.usefixtures("photo_folder")
def test_photos_of_what_was_captured_are_handed_over_too(cast: Cast) -> None:
    client, content = client_of(cast.siti, cast.tablet), picture()
    revoke(cast)
    one = sent(cast, photos=[declaration(content)])
    sha256 = declaration(content)["sha256"]
    assert push(client, one).json()["results"][0]["missing_photos"] == [sha256]

    uploaded = send(client, content, one["id"])

    assert (uploaded.status_code, uploaded["Device-Action"]) == (204, "hand_over")
    assert Photo.objects.get().is_declared
    assert push(client, one).json()["results"][0]["missing_photos"] == []
    report(client)
    assert said(send(client, picture(2))) == (403, "wipe", "show")


def test_time_and_number_are_bounded_and_nothing_is_wiped_because_of_them(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    device = revoke(cast)
    now = timezone.now()
    assert device.hand_over_until is not None
    assert abs(device.hand_over_until - now - handing_over.HAND_OVER_FOR) < timedelta(minutes=1)

    for spent in (
        {"handed_over": handing_over.MOST_HANDED_OVER},
        {"hand_over_until": now - timedelta(seconds=1)},
    ):
        revoke(cast)
        Device.objects.update(**spent)
        assert said(push(client, sent(cast))) == (403, "keep", "show")
        assert said(report(client)) == (403, "keep", "show")
    assert not Registration.objects.exists()

    revoke(cast)
    assert push(client, sent(cast)).status_code == 200
    revoke(cast, hand_over=False)
    assert said(push(client, sent(cast))) == (403, "wipe", "show")


def test_an_empty_batch_hands_nothing_over(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    revoke(cast)

    assert said(push(client)) == (403, "hand_over", "show")


def test_the_tablet_of_a_kader_whose_account_was_closed_hands_over(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    refresh = sign_in(cast.siti, cast.tablet, timezone.now())["refresh"]
    without_tablet = client_of(cast.siti)
    User.objects.filter(pk=cast.siti.pk).update(is_active=False)

    one = sent(cast)
    assert push(client, one).json()["results"][0]["outcome"] == "review"
    assert Flag.objects.filter(registration=one["id"], code="handed_over").exists()
    assert said(client.get(f"{API}campaigns/")) == (403, "hand_over", "show")
    assert APIClient().post(REFRESH, {"refresh": refresh}).status_code == 200
    assert push(without_tablet, sent(cast)).status_code == 401
    until = Device.objects.get(pk=cast.tablet.pk).hand_over_until
    assert until is not None and until > timezone.now() + timedelta(days=89)

    assert report(client).json()["device_action"] == "wipe"
    assert said(push(client, sent(cast))) == (403, "wipe", "show")


def test_a_kader_who_comes_back_works_on_and_may_hand_over_again_later(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    for _ in range(2):
        User.objects.filter(pk=cast.siti.pk).update(is_active=False)
        assert report(client, registrations=3).json()["device_action"] == "hand_over"
        assert report(client).json()["device_action"] == "wipe"
        User.objects.filter(pk=cast.siti.pk).update(is_active=True)
        answer = report(client)
        assert answer.json()["device_action"] is None
        assert "Device-Action" not in answer


def test_a_demo_user_s_tablet_hands_nothing_over_outside_the_demo(
    cast: Cast, settings: Any
) -> None:
    client = client_of(cast.siti, cast.tablet)
    User.objects.filter(pk=cast.siti.pk).update(is_active=False, is_demo=True)
    settings.DEMO = False

    assert push(client, sent(cast)).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_revoking_while_a_push_is_under_way_waits_for_nobody_and_loses_nothing(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    one = sent(cast)
    answers: list[Any] = []

    def push_one() -> None:
        try:
            answers.append(push(client, one))
        finally:
            connection.close()

    thread = threading.Thread(target=push_one)
    with transaction.atomic():
        bulk.run("LOCK TABLE outreach_registration IN SHARE MODE")
        thread.start()
        until_somebody_waits()
        at_once([partial(revoke, cast)])
    thread.join(timeout=60)

    [answer] = answers
    assert answer.json()["results"][0]["outcome"] == "accepted"
    again = push(client, one)
    assert (again.status_code, again["Device-Action"]) == (200, "hand_over")
    assert again.json()["results"][0]["outcome"] == "accepted"
    assert Registration.objects.get().status != "conflict"


@pytest.mark.django_db(transaction=True)
def test_states_and_pushes_at_once_store_each_record_once(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    records = [sent(cast, **stranger) for stranger in strangers(24)]

    def push_all(part: int) -> set[int]:
        statuses: set[int] = set()
        for place in range(part, 24, 4):
            statuses.add(push(client, *records[place : place + 2]).status_code)
        return statuses

    def switch() -> set[int]:
        for state in ("drain_only", "active", "drain_only", "revoked"):
            change_state(cast.tablet.pk, state, "races", cast.rina, timezone.now())
        return set()

    jobs: list[Callable[[], set[int]]] = [partial(push_all, part) for part in range(4)]
    statuses = at_once([*jobs, switch])

    assert statuses == [{200}] * 4 + [set()]
    assert Registration.objects.count() == 24
    in_review = Registration.objects.filter(status="conflict").count()
    flagged = Flag.objects.filter(code="handed_over").count()
    assert in_review == flagged
