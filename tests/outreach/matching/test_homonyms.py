"""Hundreds of one name and birth date in one regency: found by numbers and home alone."""

import random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.dedup.blocking import MOST_HOLDERS
from outreach.matching.keys import Blank
from outreach.matching.sweeping import Swept, sweep
from outreach.models import MatchPair, MatchRecord
from tests.cast import Cast
from tests.outreach.matching.crowd import (
    crowd,
    due_people,
    open_questions,
    push_all,
    stored_people,
    strangers_as,
)
from tests.records import NOW

pytestmark = pytest.mark.django_db

HOMONYM = {"full_name": "Siti Aminah Harahap", "birth_date": "1984-03-05", "sex": "female"}
BATCH = 250


def homonyms(cast: Cast, number: int) -> list[dict[str, Any]]:
    """As many of one name and birth date; every third has no NIK, every tenth is sent twice."""
    found = strangers_as(cast, number, **HOMONYM)
    for record in found[::3]:
        record |= {"nik": None, "nik_missing_reason": "lost"}
    again = strangers_as(cast, number + len(found[::10]), **HOMONYM)[number:]
    return found + [kept | {"id": new["id"]} for kept, new in zip(found[::10], again, strict=True)]


def statements(cast: Cast, records: list[dict[str, Any]]) -> int:
    with CaptureQueriesContext(connection) as queries:
        push_all(cast, records)
    return len(queries)


def test_a_thousand_homonyms_take_no_more_than_strangers(cast: Cast) -> None:
    others = crowd(cast, seed=1, people=500)
    plain = [statements(cast, others[start : start + BATCH]) for start in (0, BATCH)]
    records = strangers_as(cast, 1000, **HOMONYM)

    taken = [statements(cast, records[start : start + BATCH]) for start in range(0, 1000, BATCH)]

    assert max(taken) <= max(plain) + 3
    pairs = MatchPair.objects.filter(left__in=[one["id"] for one in records])
    assert pairs.count() < 1000
    sweep(NOW)
    assert MatchRecord.objects.filter(blank=Blank.CROWD).count() == 1000
    assert_due()


def test_who_registers_twice_is_found_in_a_crowd(cast: Cast) -> None:
    records = homonyms(cast, 300)
    push_all(cast, records, size=50)
    sweep(NOW)

    assert_due()
    people = stored_people()
    again = len(records) - 300
    assert again // 2 < sum(len(one) == 2 for one in people) <= again + 5
    assert max(map(len, people)) <= 3


def test_a_crowd_that_is_none_any_more_is_told_apart_as_all_others_are(cast: Cast) -> None:
    records = strangers_as(cast, MOST_HOLDERS + 5, **HOMONYM)
    push_all(cast, records)
    sweep(NOW)
    assert MatchRecord.objects.filter(blank=Blank.CROWD).count() == len(records)

    edits = [
        {**new, "id": old["id"], "base_revision": 1}
        for old, new in zip(records, strangers_as(cast, 10), strict=False)
    ]
    push_all(cast, edits)
    sweep(NOW)

    assert not MatchRecord.objects.filter(blank=Blank.CROWD).exists()
    assert_due()


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 50),
    size=st.integers(20, 160),
    order=st.randoms(use_true_random=False),
)
def test_any_order_ends_as_the_people_of_the_set(
    cast: Cast, seed: int, size: int, order: random.Random
) -> None:
    records = [*homonyms(cast, MOST_HOLDERS + 20), *crowd(cast, seed, people=40)]
    order.shuffle(records)
    with transaction.atomic():
        push_all(cast, records, size)
        sweep(NOW)
        assert_due()
        transaction.set_rollback(True)


def assert_due() -> None:
    due, asked = due_people()
    assert stored_people() == due
    assert open_questions() == asked
    assert sweep(NOW) == Swept()
