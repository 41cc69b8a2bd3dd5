"""Whatever the order, the batches and who was first: the people are those of the set."""

import random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.matching.sweeping import Swept, sweep
from outreach.models import Flag, Person, Registration
from outreach.standings.rebuilding import rebuild
from tests.cast import Cast
from tests.outreach.matching.crowd import (
    crowd,
    due_people,
    open_questions,
    push_all,
    stored_people,
)
from tests.records import NOW


@pytest.mark.django_db
def test_pushed_records_end_as_the_people_of_the_set(cast: Cast) -> None:
    push_all(cast, crowd(cast, seed=4, people=400), size=120)

    due, asked = due_people()
    assert stored_people() == due
    assert open_questions() == asked
    assert len(due) < Registration.objects.count()
    assert asked


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 50),
    size=st.integers(1, 60),
    noise=st.sampled_from([1.0, 3.0]),
    order=st.randoms(use_true_random=False),
)
def test_any_order_and_any_batches_end_as_the_people_of_the_set(
    cast: Cast, seed: int, size: int, noise: float, order: random.Random
) -> None:
    records = crowd(cast, seed, people=45, noise=noise)
    order.shuffle(records)
    with transaction.atomic():
        push_all(cast, records, size)
        assert_settled()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_edits_end_as_the_people_of_the_set(cast: Cast) -> None:
    records = crowd(cast, seed=5, people=150)
    push_all(cast, records)
    rng = random.Random(5)
    edits = [
        kept | {"id": given["id"], "base_revision": 1}
        for given, kept in zip(rng.sample(records, 60), rng.sample(records, 60), strict=True)
        if given["id"] != kept["id"]
    ]

    push_all(cast, edits, size=13)

    assert Registration.objects.filter(revision=2).exists()
    assert_settled()


@pytest.mark.django_db
def test_a_sweep_of_everything_changes_nothing(cast: Cast) -> None:
    push_all(cast, crowd(cast, seed=6, people=150), size=40)
    before = state()

    swept = sweep(NOW, everything=True)

    assert (swept.moved, swept.changed, swept.proposed) == (0, 0, 0)
    assert swept.matched == Registration.objects.count()
    assert state() == before


def state() -> Any:
    return (
        stored_people(),
        open_questions(),
        sorted(Registration.objects.values_list("id", "status")),
        sorted(Flag.objects.values_list("registration", "code")),
        sorted(Person.objects.exclude(state="none").values_list("id", "state", "credited")),
    )


def assert_settled() -> None:
    """People and questions are those of the set, counted right, and the sweep adds nothing."""
    due, asked = due_people()
    assert stored_people() == due
    assert open_questions() == asked
    assert sweep(NOW) == Swept()
    corrected = rebuild(NOW)
    assert (corrected.people, corrected.villages, corrected.campaigns) == (0, 0, 0)
