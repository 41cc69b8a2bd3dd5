"""Pulling while others write: nothing skipped, nothing twice, by real threads and connections."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from outreach import changes
from outreach.models import Change, ConsentNotice
from tests.cast import Cast
from tests.records import strangers
from tests.sync.contents import captured
from tests.sync.pulling import Puller, anew, page
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 6
PULLERS = 2
LONGEST_COMMIT_S = 0.002
PATIENCE_S = 60


def numbered_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug to be caught: numbers are taken at any time before the commit."""
    monkeypatch.setattr(changes, "settle", lambda: (None,))


def seen_by_pullers(
    kader: int, tablets: list[Tablet], transactions: int
) -> tuple[set[UUID], list[Counter[UUID]]]:
    """Changes that six writers log, and how often each of two pullers was told of each."""
    logged: set[UUID] = set()
    done = threading.Event()
    left = threading.Semaphore(0)

    def write(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(transactions):
            ids = [uuid4() for _ in range(rng.randrange(1, 6))]
            with transaction.atomic():
                changes.settle()
                changes.log_registrations((one, kader) for one in ids)
                time.sleep(rng.random() * LONGEST_COMMIT_S)
            logged.update(ids)
        left.release()
        if seed == 0:
            for _ in range(WRITERS):
                left.acquire()
            done.set()

    def follow(tablet: Tablet, cursor: str, limit: int) -> Counter[UUID]:
        told: Counter[UUID] = Counter()
        is_over = False
        while not is_over:
            is_over = done.is_set()
            has_more = True
            while has_more:
                got = page(tablet, cursor=cursor, limit=limit)
                told.update(UUID(change["id"]) for change in got["changes"])
                cursor, has_more = got["cursor"], got["has_more"]
        return told

    jobs: list[Callable[[], Any]] = [partial(write, seed) for seed in range(WRITERS)]
    for limit, tablet in zip((30, 500), tablets, strict=True):
        start = Puller(tablet)
        start.pull()
        jobs.append(partial(follow, tablet, start.cursor, limit))
    answers = at_once(jobs)
    return logged, answers[WRITERS:]


def test_six_writers_and_two_pullers_skip_nothing_and_double_nothing(cast: Cast) -> None:
    tablets = [tablet_of(cast.siti) for _ in range(PULLERS)]

    logged, pullers = seen_by_pullers(cast.siti.pk, tablets, transactions=160)

    assert len(logged) > 2000
    for told in pullers:
        assert told == dict.fromkeys(logged, 1)


def test_numbers_taken_without_the_lock_are_caught(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered_without_the_lock(monkeypatch)
    tablet, kader = tablet_of(cast.siti), cast.siti.pk
    start = Puller(tablet)
    start.pull()
    early, late = uuid4(), uuid4()
    numbered, pulled = threading.Event(), threading.Event()
    told: list[dict[str, Any]] = []

    def number_early_and_commit_late() -> None:
        with transaction.atomic():
            changes.settle()
            changes.log_registrations([(early, kader)])
            numbered.set()
            assert pulled.wait(PATIENCE_S)

    def pull_between() -> None:
        assert numbered.wait(PATIENCE_S)
        with transaction.atomic():
            changes.settle()
            changes.log_registrations([(late, kader)])
        told.append(page(tablet, cursor=start.cursor, limit=30))
        pulled.set()

    at_once([number_early_and_commit_late, pull_between])
    told.append(page(tablet, cursor=told[0]["cursor"], limit=30))

    assert [change["id"] for got in told for change in got["changes"]] == [str(late)]


def test_a_first_sync_while_other_tablets_push_misses_nothing(cast: Cast) -> None:
    people = [captured(cast, **one) for one in strangers(90)]
    tablets = [tablet_of(cast.siti) for _ in range(3)]
    tablets[0].push(*people[:30])
    pullers = [Puller(tablet_of(cast.siti), limit=limit) for limit in (2, 5)]

    def push(tablet: Tablet, part: int) -> None:
        for one in people[30 + part :: 3]:
            tablet.push(one)
            tablet.push(one | {"base_revision": 1, "work_place": "Kios 9"})

    jobs: list[Callable[[], Any]] = [partial(push, t, n) for n, t in enumerate(tablets)]
    at_once([*jobs, *(puller.pull for puller in pullers)])

    whole = anew(tablets[0])
    assert len([key for key in whole if key[0] == "registration"]) == 90
    for puller in pullers:
        assert puller.pull() == whole


def test_a_tablet_sees_its_own_pushes_at_once_whatever_others_do(cast: Cast) -> None:
    people = [captured(cast, **one) for one in strangers(40)]

    def work(part: int) -> None:
        tablet = tablet_of(cast.siti)
        puller = Puller(tablet, limit=50)
        puller.pull()
        for one in people[part::4]:
            tablet.push(one)
            puller.pull()
            assert puller.of("registration")[one["id"]]["outcome"] == "accepted"
            tablet.push(one | {"base_revision": 1, "work_place": "Kios 9"})
            puller.pull()
            assert puller.of("registration")[one["id"]]["revision"] == 2

    at_once([partial(work, part) for part in range(4)])


def test_compacting_at_any_moment_hides_nothing(cast: Cast) -> None:
    versions = [f"v{n}" for n in range(4)]
    pullers = [Puller(tablet_of(cast.siti), limit=limit) for limit in (1, 3)]
    for puller in pullers:
        puller.pull()
    done = threading.Event()

    def announce(version: str) -> None:
        for n in range(100):
            fields = {"text_id": f"Teks {n}", "text_en": "Text", "valid_from": "2026-01-01"}
            with transaction.atomic():
                ConsentNotice.objects.update_or_create(version=version, defaults=fields)
                changes.settle()
                changes.log_for_all("notice", [version])

    def announce_all(part: int) -> None:
        for version in versions[part::2]:
            announce(version)
        if part == 0:
            done.set()

    def until_done(action: Callable[[], object]) -> None:
        while not done.is_set():
            action()

    repeated: list[Callable[[], object]] = [changes.compact, *(one.step for one in pullers)]
    at_once(
        [
            *(partial(announce_all, part) for part in range(2)),
            *(partial(until_done, action) for action in repeated),
        ]
    )

    changes.compact()
    assert Change.objects.filter(kind="notice", object_id__in=versions).count() == len(versions)
    for puller in pullers:
        puller.pull()
        assert {puller.of("notice")[version]["text_id"] for version in versions} == {"Teks 99"}
        assert puller.held == anew(puller.tablet)
