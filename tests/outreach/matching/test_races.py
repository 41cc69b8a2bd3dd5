"""Batches in flight at once: they end in the same people as one after the other."""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from outreach import reviewing
from outreach.matching.sweeping import sweep
from outreach.models import Decision, Registration
from outreach.standings.rebuilding import rebuild
from tests.cast import Cast
from tests.outreach.matching.crowd import crowd, due_people, open_questions, stored_people
from tests.records import NOW
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

LOOK_UP, WRITE = "SELECT wanted.key", "INSERT INTO outreach_matchrecord"
"""How the statements begin with which a batch looks for candidates, and stores what it has."""


@pytest.mark.parametrize("seed", range(3))
def test_batches_at_once_end_as_the_people_of_the_set(cast: Cast, seed: int) -> None:
    records = crowd(cast, 100 + seed, people=160, noise=1.5)
    random.Random(seed).shuffle(records)
    tablets = [tablet_of(kader) for kader in (cast.siti, cast.budi) for _ in range(3)]

    def push_share(tablet: Tablet, share: list[dict[str, Any]]) -> None:
        for start in range(0, len(share), 9):
            tablet.push(*share[start : start + 9])

    at_once([partial(push_share, tablet, records[n::6]) for n, tablet in enumerate(tablets)])

    assert Registration.objects.count() == len(records)
    assert_settled()


def test_edits_decisions_and_the_sweep_at_once_leave_nothing_wrong(cast: Cast) -> None:
    records = crowd(cast, 200, people=100, noise=1.5)
    tablet_of(cast.siti).push(*records[:100])

    def edit(seed: int) -> None:
        chance, tablet = random.Random(seed), tablet_of(cast.siti)
        for given in chance.sample(records[:100], 12):
            other = chance.choice(records)
            tablet.push(other | {"id": given["id"], "base_revision": 1})

    def decide(seed: int) -> None:
        chance = random.Random(seed)
        for kind in (Decision.Kind.VERIFY, Decision.Kind.REQUEST_CORRECTION) * 3:
            ids = [UUID(sent["id"]) for sent in chance.sample(records[:100], 6)]
            for ruling in reviewing.decide(kind, ids, cast.rina, "seen", timezone.now())[::2]:
                if ruling.decision:
                    reviewing.undo(ruling.decision, cast.rina, "no", timezone.now())

    def sweep_all() -> None:
        for _ in range(3):
            sweep(timezone.now(), everything=True)

    def push_rest() -> None:
        tablet_of(cast.budi).push(*records[100:])

    jobs: list[Callable[[], None]] = [partial(edit, 1), partial(edit, 2), partial(decide, 3)]
    at_once([*jobs, sweep_all, push_rest])

    assert Registration.objects.count() == len(records)
    assert_settled()


def test_batches_about_the_same_people_are_worked_out_twice_at_most_and_written_once(
    cast: Cast,
) -> None:
    known = crowd(cast, 300, people=8)
    tablet_of(cast.siti).push(*known)

    def push_again(tablet: Tablet) -> Counter[str]:
        done: Counter[str] = Counter()

        def counted(execute: Any, sql: str, *rest: Any) -> Any:
            for beginning in (LOOK_UP, WRITE):
                done[beginning] += sql.startswith(beginning)
            return execute(sql, *rest)

        with connection.execute_wrapper(counted):
            for _ in range(2):
                tablet.push(*(one | {"id": str(uuid4())} for one in known))
        return done

    tablets = [tablet_of(kader) for kader in (cast.siti, cast.budi) for _ in range(2)]
    done = sum(at_once([partial(push_again, tablet) for tablet in tablets]), Counter())

    assert Registration.objects.count() == 9 * len(known)
    assert done[WRITE] == 8
    assert 8 <= done[LOOK_UP] <= 16


def assert_settled() -> None:
    sweep(NOW)
    due, asked = due_people()
    assert stored_people() == due
    assert open_questions() == asked
    corrected = rebuild(NOW)
    assert (corrected.people, corrected.villages, corrected.campaigns) == (0, 0, 0)
    again = sweep(NOW, everything=True)
    assert (again.moved, again.changed) == (0, 0)
