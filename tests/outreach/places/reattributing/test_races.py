"""Boundaries switched while tablets push and coordinators decide."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach import reviewing
from outreach.models import BoundaryChange, Decision, PastPlacement, Registration
from outreach.places.boundaries.switching import make_current, switch, undo
from outreach.places.village_index import Fix, current_villages, locate_all, village_index
from outreach.reattribution.reattributing import reattribute
from outreach.registering import register
from outreach.standings.rebuilding import refresh
from tests.cast import Cast
from tests.outreach.places.reattributing.three_villages import (
    HULU,
    A,
    B,
    Sets,
    assert_equal_to_a_recount,
    findings,
    hosted,
    worker,
)
from tests.outreach.places.squares import SIDE, SOUTH, WEST, square, stored_set
from tests.tablet import tablet_of
from tests.threads import at_once, same_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sets(cast: Cast) -> Sets:
    first = stored_set({A: square(0, 0), B: square(1, 0)}, source="First")
    second = stored_set({A: square(-0.5, 0), B: square(0.5, 0)}, source="Second")
    make_current(first.id, [HULU], BoundaryChange.Kind.LOAD)
    reattribute(timezone.now())
    refresh(timezone.now())
    return first, second


def assert_placed_by_the_current_boundaries() -> None:
    rows = list(Registration.objects.all())
    fixes = [Fix(r.lat, r.lon, r.accuracy_m, "p68") for r in rows if r.lat and r.lon]
    for row, placement in zip(rows, locate_all(village_index(), fixes), strict=True):
        assert placement
        best = placement.best
        if best and best[1] <= placement.outside:
            best = None
        assert (row.event_village_id, row.event_probability) == (best or (None, None))
    assert_equal_to_a_recount()


def push_many(cast: Cast, seed: int) -> None:
    chance, tablet = random.Random(seed), tablet_of((cast.siti, cast.budi)[seed % 2])
    for turn in range(12):
        again = [
            worker(chance.randrange(1, 30), cast.market, chance.uniform(0, 2))
            | {"id": str(uuid4())}
            for _ in range(8)
        ]
        records = [*again, worker(1000 + 100 * seed + turn, cast.market, 0.7)]
        # On a busy machine a batch may be overtaken so often that the server wants it again.
        for _ in range(5):
            results = tablet.push(*records)["results"]
            if all(result["action"] != "retry" for result in results):
                break


def decide_many(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        ids = list(Registration.objects.values_list("id", flat=True))
        kind = chance.choice([Decision.Kind.VERIFY, Decision.Kind.REJECT])
        chosen = chance.sample(ids, min(5, len(ids)))
        for ruling in reviewing.decide(kind, chosen, cast.rina, "seen", timezone.now())[:2]:
            if ruling.decision:
                reviewing.undo(ruling.decision, cast.rina, "no", timezone.now())
        time.sleep(0.05)


def switch_to_and_fro(sets: Sets) -> None:
    for _ in range(6):
        made = switch(sets[1].id, [HULU], reason="better")
        reattribute(timezone.now())
        assert made
        undo(made.pk, reason="worse")
        reattribute(timezone.now())
    switched_meanwhile(sets)


def work() -> None:
    for _ in range(20):
        reattribute(timezone.now())
        time.sleep(0.02)


def test_pushes_decisions_and_switches_at_once_end_in_the_current_boundaries(
    cast: Cast, sets: Sets
) -> None:
    jobs: list[Callable[[], None]] = [partial(push_many, cast, seed) for seed in range(3)]
    jobs += [partial(decide_many, cast, 7), partial(switch_to_and_fro, sets), work]
    at_once(jobs)

    assert not BoundaryChange.objects.filter(reattributed_at=None)
    assert Registration.objects.count() == 3 * 12 * 9
    newest = BoundaryChange.objects.latest("pk").pk
    assert set(Registration.objects.values_list("boundary_version", flat=True)) == {newest}
    assert_placed_by_the_current_boundaries()


def test_a_push_placed_by_older_boundaries_starts_over(
    cast: Cast, sets: Sets, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = tablet_of(cast.siti)
    calls = [0]

    def overtaken(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            at_once([partial(switched_meanwhile, sets)])
        return register(*arguments)

    monkeypatch.setattr("sync.push.register", overtaken)

    result = tablet.result(worker(1, cast.market, 0.8))

    assert (result["outcome"], result["event_village"]["code"], calls) == ("accepted", B, [2])
    assert hosted() == {B: 1}
    assert_placed_by_the_current_boundaries()


def switched_meanwhile(sets: Sets) -> None:
    assert switch(sets[1].id, [HULU], reason="better")
    reattribute(timezone.now())


def test_two_workers_share_one_change_and_report_it_once(
    cast: Cast, sets: Sets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.reattribution.reattributing.CHUNK", 5)
    tablet_of(cast.siti).push(*(worker(n, cast.market, 0.8) for n in range(1, 61)))
    change = switch(sets[1].id, [HULU], reason="better")
    assert change
    at_once([partial(reattribute, timezone.now())] * 4)
    found = findings(change)
    assert (found.looked_at, dict(found.villages)) == (60, {(A, B): 60})
    assert PastPlacement.objects.count() == 60
    assert hosted() == {B: 60}


WORKER = """
import django
django.setup()
from django.conf import settings
from django.db import connection
connection.settings_dict |= {database!r}
from django.utils import timezone
from outreach.reattribution import reattributing
reattributing.CHUNK = 4
def told(looked_at):
    print(looked_at, flush=True)
    input()
reattributing.reattribute(timezone.now(), told)
"""


@pytest.fixture
def worker_process() -> Iterator[subprocess.Popen[str]]:
    """Another process that reattributes, and waits for a line after every chunk."""
    code = WORKER.format(database=same_database())
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_a_killed_worker_loses_nothing(
    cast: Cast, sets: Sets, request: pytest.FixtureRequest
) -> None:
    tablet_of(cast.siti).push(*(worker(n, cast.market, 0.8) for n in range(1, 21)))
    change = switch(sets[1].id, [HULU], reason="better")
    assert change
    process: subprocess.Popen[str] = request.getfixturevalue("worker_process")
    assert process.stdin and process.stdout
    assert process.stdout.readline() == "4\n"
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "8\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    change.refresh_from_db()
    assert (change.reattributed_at, hosted()) == (None, {A: 12, B: 8})
    assert_equal_to_a_recount()

    reattribute(timezone.now())

    found = findings(change)
    assert (found.looked_at, dict(found.hosted)) == (20, {A: -20, B: 20})
    assert PastPlacement.objects.values("registration").distinct().count() == 20
    assert_placed_by_the_current_boundaries()


def test_switches_at_once_follow_one_another_and_the_index_keeps_step(
    cast: Cast, sets: Sets
) -> None:
    def switch_often(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(8):
            switch(chance.choice(sets).id, [HULU], reason="better")

    def watch() -> None:
        polygons = {str(sets[0].id): A, str(sets[1].id): B}
        for _ in range(60):
            current = current_villages()
            assert current.version
            change = BoundaryChange.objects.get(pk=current.version)
            [placement] = locate_all(current.index, [Fix(SOUTH + SIDE / 2, WEST + 0.8 * SIDE, 8.0)])
            assert placement and placement.best
            assert placement.best[0] == polygons[change.regencies[HULU]["after"]]

    jobs: list[Callable[[], None]] = [partial(switch_often, seed) for seed in range(4)]
    at_once([*jobs, watch])

    moves = [change.regencies[HULU] for change in BoundaryChange.objects.order_by("pk")]
    assert len(moves) > 2
    assert [move["before"] for move in moves] == [None, *(move["after"] for move in moves[:-1])]
