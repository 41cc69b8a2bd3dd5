"""A push in flight while detectors look: whenever it commits, it is looked at."""

import threading
import time
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from outreach import bulk, changes
from outreach.detecting import following
from outreach.models import LookedAt
from tests.cast import Cast
from tests.outreach.detecting.test_following import flags, taken, work
from tests.threads import at_once

WAIT_S = 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_numbered", [False, True])
def test_a_push_that_commits_after_the_detectors_looked_is_looked_at(
    cast: Cast,
    is_numbered: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stands before it is numbered, or after that and before its commit."""
    stands, goes_on, is_through = threading.Event(), threading.Event(), threading.Event()
    in_flight: list[int] = []
    settle = changes.settle

    def stop() -> None:
        stands.set()
        assert goes_on.wait(WAIT_S)

    def settle_late(*seeing: str) -> Any:
        is_late = threading.get_ident() in in_flight and not stands.is_set()
        if is_late and not is_numbered:
            stop()
        return settle(*seeing)

    def push() -> None:
        in_flight.append(threading.get_ident())
        with transaction.atomic():
            taken(cast, 0)
            if is_numbered:
                stop()

    def push_another() -> None:
        assert stands.wait(WAIT_S)
        taken(cast, 1, minute=600, km=1)
        is_through.set()

    def look() -> None:
        assert stands.wait(WAIT_S)
        # It commits first; but not where the one in flight has its number.
        while not is_through.is_set() and not bulk.run(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
        ):
            time.sleep(0.01)
        work()
        goes_on.set()

    taken(cast, 2, minute=10, km=60)
    work()
    looked_at = LookedAt.objects.get().seq
    monkeypatch.setattr(changes, "settle", settle_late)
    at_once([push, push_another, look])

    assert (LookedAt.objects.get().seq > looked_at) is not is_numbered
    assert flags("impossible_travel") == {}, "it was not there yet"
    work()
    assert len(flags("impossible_travel")) == 2


@pytest.mark.django_db(transaction=True)
def test_pushes_and_detectors_at_once_leave_nothing_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "CHANGES_AT_ONCE", 2)

    def push(first: int) -> None:
        for number in range(first, 12, 3):
            taken(cast, number, minute=number, km=50 * (number % 2))

    at_once([lambda: push(0), work, lambda: push(1), work, lambda: push(2)])
    work()
    assert len(flags("impossible_travel")) == 12
    assert not following.follow(timezone.now())
