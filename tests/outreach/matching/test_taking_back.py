"""Whatever was answered, merged, split and undone, and whoever came in between: once all of it is
taken back, everybody is who they would be had nobody said anything."""

import random
from collections import defaultdict
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import answering
from outreach.answering import Refused
from outreach.matching.sweeping import Swept, sweep
from outreach.models import Decision, Flag, MatchPair, Person, Registration, User
from outreach.standings.rebuilding import rebuild
from tests.cast import Cast
from tests.outreach.matching.crowd import crowd, open_questions, push_all
from tests.records import NOW

KINDS = (Decision.Kind.SAME_PERSON, Decision.Kind.DIFFERENT_PEOPLE)


@pytest.mark.django_db
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 30),
    steps=st.lists(st.sampled_from(["answer", "merge", "split", "undo", "push"]), max_size=16),
    chance=st.randoms(use_true_random=False),
)
def test_all_taken_back_in_any_order_ends_as_if_nothing_was_said(
    cast: Cast, seed: int, steps: list[str], chance: random.Random
) -> None:
    records = crowd(cast, seed, people=30, noise=3.0)
    known, *later = records[:24], *(records[at : at + 6] for at in range(24, len(records), 6))
    with transaction.atomic():
        for batch in (known, *later):
            push_all(cast, batch)
        untouched = state()
        transaction.set_rollback(True)
    with transaction.atomic():
        push_all(cast, known)
        standing: list[UUID] = []
        for step in steps:
            if step == "push":
                push_all(cast, later.pop(0) if later else [])
                continue
            try:
                standing = _take(step, standing, cast.rina, chance)
            except Refused as refusal:
                if refusal.slug != "contradicts":
                    raise
        assert_nothing_left_to_do()
        chance.shuffle(standing)
        for decision in standing:
            answering.take_back(decision, cast.rina, "all of it", NOW)
        for batch in later:
            push_all(cast, batch)
        assert state() == untouched
        assert_nothing_left_to_do()
        transaction.set_rollback(True)


def _take(step: str, standing: list[UUID], actor: User, chance: random.Random) -> list[UUID]:
    """Take one step, if it can be taken; gives the decisions that hold then."""
    people = _people()
    if step == "answer":
        questions = list(MatchPair.objects.filter(is_open=True).order_by("left", "right"))
        if questions:
            question = chance.choice(questions)
            kind = chance.choice(KINDS)
            answered = answering.answer(question.pk, kind, actor, "asked", NOW)
            return [*standing, answered.decision.pk]
    elif step == "merge":
        one, other = chance.sample(sorted(people, key=lambda owner: people[owner][0]), 2)
        return [*standing, answering.merge(one, other, actor, "one card", NOW).decision.pk]
    elif step == "split":
        several = sorted((owned, owner) for owner, owned in people.items() if len(owned) > 1)
        if several:
            owned, owner = chance.choice(several)
            apart = chance.sample(owned, chance.randrange(1, len(owned)))
            return [*standing, answering.split(owner, apart, actor, "two", NOW).decision.pk]
    elif standing:
        undone = chance.choice(standing)
        answering.take_back(undone, actor, "wrong", NOW)
        return [decision for decision in standing if decision != undone]
    return standing


def _people() -> dict[UUID, list[UUID]]:
    owned: dict[UUID, list[UUID]] = defaultdict(list)
    for owner, registration in Registration.objects.order_by("id").values_list("person_id", "id"):
        owned[owner].append(registration)
    return owned


def state() -> Any:
    """Who is who, by which id, and how they count."""
    return (
        sorted(Registration.objects.values_list("id", "person")),
        open_questions(),
        sorted(Registration.objects.values_list("id", "status")),
        sorted(Flag.objects.values_list("registration", "code")),
        sorted(Person.objects.exclude(state="none").values_list("credited", "state", "village")),
    )


def assert_nothing_left_to_do() -> None:
    """Standings equal a recount, and the sweep changes nothing."""
    corrected = rebuild(NOW)
    assert (corrected.people, corrected.villages, corrected.campaigns) == (0, 0, 0)
    assert sweep(NOW) == Swept()
