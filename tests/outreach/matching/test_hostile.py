"""Numbers that everybody uses, and names that nobody has: they neither slow a push nor join."""

import time
from typing import Any

import pytest

from outreach.matching.keys import Blank
from outreach.matching.sweeping import Swept, sweep
from outreach.models import CrowdedKey, Flag, MatchRecord, Person, Registration
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast
from tests.outreach.matching.crowd import (
    VILLAGES,
    due_people,
    open_questions,
    push_all,
    stored_people,
    strangers_as,
)
from tests.records import NOW, batch, record, strangers

pytestmark = pytest.mark.django_db

BATCH = 500


def seconds_of(cast: Cast, records: list[dict[str, Any]]) -> list[float]:
    """How long each batch takes."""
    taken = []
    for start in range(0, len(records), BATCH):
        began = time.process_time()
        push_all(cast, records[start : start + BATCH])
        taken.append(time.process_time() - began)
    return taken


def test_a_nik_of_five_thousand_joins_nobody_and_slows_nothing(cast: Cast) -> None:
    plain = seconds_of(cast, strangers_as(cast, 2 * BATCH))
    shared = seconds_of(
        cast,
        [
            one | {"nik": "9901014503840002"}
            for one in strangers_as(cast, 5000 + 2 * BATCH)[2 * BATCH :]
        ],
    )

    assert len(shared) == 10
    assert min(shared[5:]) < 2.5 * max(plain)
    assert Registration.objects.count() == 5000 + 2 * BATCH
    assert Person.objects.exclude(state="none").count() > 0.98 * Registration.objects.count()
    assert not Flag.objects.filter(code="nik_conflict").count() > 100
    assert CrowdedKey.objects.filter(swept=False).exists()

    sweep(NOW)

    assert not Flag.objects.filter(code="nik_conflict").exists()
    assert MatchRecord.objects.filter(blank=Blank.NIK).count() == 5000
    assert_due()
    assert sweep(NOW) == Swept()


def test_a_kaders_phone_on_three_hundred_joins_nobody(cast: Cast) -> None:
    push_all(cast, strangers_as(cast, 300, phone="+6281370001234"), size=40)
    sweep(NOW)

    assert MatchRecord.objects.filter(blank=Blank.PHONE).count() == 300
    assert Person.objects.exclude(state="none").count() == len(stored_people())
    assert_due()


def test_a_number_that_is_crowded_no_more_leads_somewhere_again(cast: Cast) -> None:
    records = strangers_as(cast, 120, phone="+6281370001234")
    push_all(cast, records)
    sweep(NOW)
    assert MatchRecord.objects.filter(blank=Blank.PHONE).count() == 120

    push_all(cast, [one | {"phone": None, "base_revision": 1} for one in records[:60]])
    sweep(NOW)

    assert not MatchRecord.objects.exclude(blank=0).exists()
    assert_due()


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "?",
        "1234",
        "a " * 60,
        "z" * 120,
        "'; DROP TABLE outreach_person; --",
        "الاسم",
        "🐟🐟🐟",
    ],
)
def test_odd_names_are_stored_and_join_nobody(cast: Cast, name: str) -> None:
    people = strangers(3)
    push_all(cast, [record(cast.market.id, VILLAGES[0], **one) for one in people])
    odd = [
        record(cast.market.id, VILLAGES[0], **one | {"full_name": name}) for one in strangers(6)[3:]
    ]

    push_all(cast, odd)

    assert Person.objects.exclude(state="none").count() == 6
    assert_due()


def test_a_name_of_five_hundred_letters_is_held_and_compared_with_nobody(cast: Cast) -> None:
    long = record(cast.market.id, VILLAGES[0], full_name="z" * 500)

    answer = push(typed(batch([long]), Batch), Pusher(cast.siti, None), NOW)

    assert [result.outcome for result in answer.results] == ["rejected"]
    assert not MatchRecord.objects.exists()


def assert_due() -> None:
    due, asked = due_people()
    assert stored_people() == due
    assert open_questions() == asked
