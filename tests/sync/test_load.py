"""A server process that cannot keep up says so early, and says when to come back."""

import json
import threading
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from outreach import bulk
from outreach.models import Registration
from outreach.problems import Problem
from sync import load
from sync.load import Gate
from sync.tokens import sign_in
from tests.cast import Cast, client_of
from tests.records import batch, record
from tests.threads import until_somebody_waits

PUSH = "/api/v1/sync/push/"


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def request() -> Request:
    return Request(APIRequestFactory().post(PUSH))


def hint(asked: Request) -> int:
    """Seconds of the Backoff header, 0 without one."""
    told: dict[str, dict[str, str]] = asked.META
    return int(next((h["Backoff"] for h in told.values() if "Backoff" in str(h)), 0))


def test_a_crowd_that_gets_on_is_let_in_with_a_hint(clock: Clock) -> None:
    gate = Gate(2, clock)
    asked = [request() for _ in range(4)]
    with ExitStack() as inside:
        for one in asked:
            inside.enter_context(gate.passed(one))
            clock.now += 0.1
        assert [bool(hint(one)) for one in asked] == [False, False, True, True]


def test_a_crowd_that_crawls_is_sent_away_until_somebody_is_done(clock: Clock) -> None:
    gate = Gate(2, clock)
    with ExitStack() as inside:
        inside.enter_context(gate.passed(request()))
        with gate.passed(request()):
            clock.now += load.SLOW_S + 1
            with pytest.raises(Problem) as refusal, gate.passed(request()):
                pass
            assert refusal.value.slug == "unavailable"
            assert int((refusal.value.headers or {})["Retry-After"]) >= 2 * load.SLOW_S
        with gate.passed(request()):
            pass


def test_what_was_slow_is_forgotten_as_pushes_get_quick(clock: Clock) -> None:
    gate = Gate(1, clock)
    for _ in range(30):
        with gate.passed(request()):
            clock.now += 20
    with gate.passed(request()), pytest.raises(Problem), gate.passed(request()):
        pass
    for _ in range(10):
        with gate.passed(request()):
            clock.now += 0.1
    with gate.passed(request()), gate.passed(request()):
        pass


def test_a_push_that_fails_leaves(clock: Clock) -> None:
    gate = Gate(1, clock)

    def fail() -> None:
        with gate.passed(request()):
            clock.now += 20
            raise Problem("server_fault")

    for _ in range(3):
        with pytest.raises(Problem):
            fail()
    clock.now += 1000
    with gate.passed(request()):
        assert not hint(request())


class Unread(BytesIO):
    """A body that nobody may read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError(f"read {size}")


@pytest.mark.django_db(transaction=True)
def test_a_push_is_sent_away_unread_while_others_wait_for_the_database(
    cast: Cast, monkeypatch: Any
) -> None:
    monkeypatch.setattr(load, "PUSHES", Gate(1))
    monkeypatch.setattr(load, "SLOW_S", 0.05)
    client = client_of(cast.siti, cast.tablet)
    one = record(cast.market.id, cast.villages[0].code)
    answers: list[Any] = []

    def push() -> None:
        try:
            answers.append(client.post(PUSH, batch([one], timezone.now())))
        finally:
            connection.close()

    waiting = threading.Thread(target=push)
    with transaction.atomic():
        bulk.run("LOCK TABLE outreach_registration IN ACCESS EXCLUSIVE MODE")
        waiting.start()
        until_somebody_waits()
        away = _push_unread(cast)
        reading = client.get("/api/v1/sync/limits/")
    waiting.join(timeout=60)

    assert (away.status_code, away["Content-Type"]) == (503, "application/problem+json")
    assert json.loads(away.content)["action"] == "retry"
    assert int(away["Retry-After"]) >= 1
    assert reading.status_code == 200
    assert answers[0].status_code == 200
    again = client.post(PUSH, batch([one], timezone.now()))
    assert again.json()["results"][0]["replayed"]
    assert Registration.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_push_that_gives_up_waiting_is_stored_when_it_is_sent_again(cast: Cast) -> None:
    client = client_of(cast.siti, cast.tablet)
    sent = batch([record(cast.market.id, cast.villages[0].code)], timezone.now())
    answers: list[Any] = []

    def push() -> None:
        try:
            bulk.run("SET lock_timeout = '50ms'")
            answers.append(client.post(PUSH, sent))
        finally:
            connection.close()

    waiting = threading.Thread(target=push)
    with transaction.atomic():
        bulk.run("LOCK TABLE outreach_registration IN ACCESS EXCLUSIVE MODE")
        waiting.start()
        waiting.join(timeout=60)

    [refused] = answers
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.json()["action"] == "retry"
    assert int(refused["Retry-After"]) >= 1
    [result] = client.post(PUSH, sent).json()["results"]
    assert (result["outcome"], result["replayed"]) == ("accepted", False)


def _push_unread(cast: Cast) -> Any:
    access = sign_in(cast.siti, cast.tablet, timezone.now())["access"]
    extra: dict[str, Any] = {"wsgi.input": Unread(), "CONTENT_LENGTH": "1000"}
    return Client(raise_request_exception=False).generic(
        "POST",
        PUSH,
        b"",
        "application/json",
        headers={"Authorization": f"Bearer {access}"},
        **extra,
    )
