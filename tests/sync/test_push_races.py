"""Simultaneous pushes: stored once, answered always, never locked into each other."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import Count, Sum
from django.utils import timezone

from outreach import reviewing
from outreach.models import (
    CampaignTally,
    Change,
    Decision,
    Flag,
    Person,
    Registration,
    Revision,
    VillageTally,
)
from outreach.standings.rebuilding import rebuild
from sync.models import Receipt
from tests.cast import Cast
from tests.records import strangers
from tests.sync.contents import captured
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def workers(cast: Cast, number: int, seed: int = 0) -> list[dict[str, Any]]:
    """Records of so many people whom nobody would mistake for each other."""
    return [captured(cast, **stranger) for stranger in strangers(number, seed)]


def test_eight_threads_push_one_batch_fifty_times(cast: Cast) -> None:
    tablet = tablet_of(cast.siti)
    everybody = workers(cast, 150)
    for n in range(50):
        records = everybody[3 * n : 3 * n + 3]
        answers = at_once([partial(tablet.push, *records)] * THREADS)

        fresh = [
            result["id"]
            for answer in answers
            for result in answer["results"]
            if not result["replayed"]
        ]
        assert sorted(fresh) == sorted(sent["id"] for sent in records)
        persons = {tuple(r["person"] for r in answer["results"]) for answer in answers}
        assert len(persons) == 1
    assert Registration.objects.count() == 150
    assert Receipt.objects.count() == 150
    assert Change.objects.filter(kind="registration").count() == 150
    assert_tallies_are_right(150)


def test_overlapping_batches_in_any_order_never_deadlock_double_or_lose(cast: Cast) -> None:
    records = workers(cast, 40)
    tablets = [tablet_of(cast.siti) for _ in range(THREADS)]

    def push_shuffled(tablet: Tablet, seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(6):
            tablet.push(*rng.sample(records, 25))
        tablet.push(*records)

    at_once([partial(push_shuffled, tablet, seed) for seed, tablet in enumerate(tablets)])

    assert Registration.objects.count() == 40
    assert Receipt.objects.count() == 40
    assert Person.objects.count() == 40
    assert_tallies_are_right(40)


def test_two_kader_register_the_same_people_at_once(cast: Cast) -> None:
    def copies() -> list[dict[str, Any]]:
        own = [dict(sent, id=str(uuid4())) for sent in workers(cast, 30)]
        random.shuffle(own)
        return own

    tablets = [tablet_of(kader) for kader in (cast.siti, cast.budi) for _ in range(4)]

    answers = at_once([partial(tablet.push, *copies()) for tablet in tablets])

    outcomes = [result["outcome"] for answer in answers for result in answer["results"]]
    assert outcomes.count("accepted") == 30
    assert outcomes.count("duplicate") == 7 * 30
    assert Person.objects.count() == 30
    assert_tallies_are_right(30)


def test_one_nik_of_eight_people_at_once_leaves_seven_to_review(cast: Cast) -> None:
    for n in range(10):
        tablets = [tablet_of(cast.siti) for _ in range(THREADS)]
        sent = workers(cast, THREADS, seed=n)
        for one in sent:
            one["nik"] = sent[0]["nik"]

        answers = at_once(
            [partial(tablet.push, one) for tablet, one in zip(tablets, sent, strict=True)]
        )

        outcomes = sorted(answer["results"][0]["outcome"] for answer in answers)
        assert outcomes == ["accepted"] + ["review"] * 7


def test_edits_from_eight_tablets_give_one_winner_and_seven_kept(cast: Cast) -> None:
    tablets = [tablet_of(cast.siti) for _ in range(THREADS)]
    first = captured(cast)
    tablets[0].push(first)
    edits = [first | {"base_revision": 1, "work_place": f"Kios {n}"} for n in range(THREADS)]

    answers = at_once([partial(tablet.push, e) for tablet, e in zip(tablets, edits, strict=True)])

    outcomes = sorted(answer["results"][0]["outcome"] for answer in answers)
    assert outcomes == ["accepted"] + ["conflict"] * 7
    assert Registration.objects.get().revision == 2
    assert Revision.objects.filter(number=None).count() == 7


def test_pushes_and_decisions_at_once_keep_the_tallies_right(cast: Cast) -> None:
    tablet = tablet_of(cast.siti)
    records = workers(cast, 60)
    tablet.push(*records)

    def push_copies(seed: int) -> None:
        rng = random.Random(seed)
        other = tablet_of(cast.budi)
        for _ in range(5):
            chosen = rng.sample(records, 12)
            earlier = (timezone.now() - timedelta(hours=rng.randrange(2, 9))).isoformat()
            other.push(*(dict(sent, id=str(uuid4()), captured_at=earlier) for sent in chosen))

    def decide(seed: int) -> None:
        rng = random.Random(seed)
        for kind in (Decision.Kind.VERIFY, Decision.Kind.REJECT, Decision.Kind.VERIFY):
            ids = [UUID(sent["id"]) for sent in rng.sample(records, 20)]
            rulings = reviewing.decide(kind, ids, cast.rina, "seen", timezone.now())
            for ruling in rulings[:3]:
                if ruling.decision:
                    reviewing.undo(ruling.decision, cast.rina, "wrong one", timezone.now())

    at_once([partial(job, n) for n in range(3) for job in (push_copies, decide)])

    assert_tallies_are_right(Person.objects.exclude(state="none").count())
    assert Person.objects.filter(state="verified").exists()


def test_changes_are_numbered_in_the_order_they_become_visible(cast: Cast) -> None:
    tablets = [tablet_of(cast.siti) for _ in range(4)]
    seen: list[int] = []
    registrations = Change.objects.filter(kind="registration").order_by("seq")
    people = workers(cast, 40)

    def push_many(tablet: Tablet, part: int) -> None:
        for one in people[part::4]:
            tablet.push(one)

    def follow() -> None:
        cursor = 0
        until = timezone.now() + timedelta(seconds=30)
        while len(seen) < 40 and timezone.now() < until:
            new = list(registrations.filter(seq__gt=cursor))
            seen.extend(change.seq for change in new)
            cursor = seen[-1] if seen else 0

    jobs: list[Callable[[], None]] = [partial(push_many, t, n) for n, t in enumerate(tablets)]
    at_once([*jobs, follow])

    assert seen == list(registrations.values_list("seq", flat=True))


def assert_tallies_are_right(people: int) -> None:
    """Counted people, no registration's flags doubled, and kept numbers equal to a recount."""
    counted = VillageTally.objects.aggregate(n=Sum("provisional") + Sum("verified"))["n"]
    credited = CampaignTally.objects.aggregate(n=Sum("provisional") + Sum("verified"))["n"]
    assert counted == credited == people
    doubled = Flag.objects.values("registration", "code").annotate(n=Count("id")).filter(n__gt=1)
    assert not doubled
    kept = sorted(VillageTally.objects.values_list("village", "month", "provisional", "verified"))
    rebuild(timezone.now())
    again = VillageTally.objects.values_list("village", "month", "provisional", "verified")
    assert sorted(again) == kept
