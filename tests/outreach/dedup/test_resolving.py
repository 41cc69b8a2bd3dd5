"""The whole in memory, on made-up people nothing was trained on."""

import random
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.lookalikes import Labelled, lookalikes
from outreach.dedup.facts import facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.resolving import resolve
from outreach.dedup.scoring import shipped_model


def people_among(records: list[Labelled]) -> set[frozenset[int]]:
    """The automatic people by the records' ids, judged in the order of these ids."""
    ordered = sorted(records, key=lambda one: one.id)
    facts = [facts_of(**one.fields) for one in ordered]
    found = resolve(facts, shipped_model(), shipped_frequencies())
    return {frozenset(ordered[at].id for at in group) for group in found.people}


def test_most_are_joined_and_hardly_anybody_wrongly() -> None:
    for noise, least_recall in ((1.0, 0.93), (2.0, 0.8)):
        records = lookalikes("held out", 4000, noise)
        people = people_among(records)
        joined = {pair for group in people for pair in combinations(sorted(group), 2)}
        true = {
            (one.id, other.id)
            for group in by_person(records)
            for one, other in combinations(group, 2)
        }
        assert len(joined & true) / len(joined) > 0.995
        assert len(joined & true) / len(true) > least_recall


def by_person(records: list[Labelled]) -> list[list[Labelled]]:
    groups: dict[int, list[Labelled]] = {}
    for one in records:
        groups.setdefault(one.person, []).append(one)
    return list(groups.values())


RECORDS = lookalikes("order", 250, 1.5)


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(10, len(RECORDS)))
def test_people_are_a_function_of_the_set_of_records(seed: int, count: int) -> None:
    chosen = random.Random(seed).sample(RECORDS, count)
    assert people_among(chosen) == people_among(sorted(chosen, key=lambda one: one.id))


@settings(max_examples=10, deadline=None)
@given(st.integers())
def test_strangers_elsewhere_change_nothing(seed: int) -> None:
    """People far away, with other names, days and numbers, leave everybody as they were."""
    chosen = random.Random(seed).sample(RECORDS, 60)
    stranger = Labelled(
        -1, -1, -1, "alone", {"full_name": "Xyqw Zzgk", "village": "99.99.99.9999", "nik": ""}
    )
    assert people_among([*chosen, stranger]) == people_among(chosen)


def test_questions_are_between_people_and_asked_once() -> None:
    records = lookalikes("questions", 1500, 2.0)
    facts = [facts_of(**one.fields) for one in records]
    found = resolve(facts, shipped_model(), shipped_frequencies())
    person = {place: group[0] for group in found.people for place in group}
    asked = [
        frozenset((person.get(one.left, one.left), person.get(one.right, one.right)))
        for one in found.reviews
    ]
    assert found.reviews
    assert all(len(two) == 2 for two in asked)
    assert len(set(asked)) == len(asked)
    settles = [one.settles for one in found.reviews]
    assert settles == sorted(settles, reverse=True)
    assert np.isfinite(settles).all()
