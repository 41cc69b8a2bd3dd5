"""Several versions of one record, pushed one after the other or in one batch."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outreach.models import Person, Registration, Revision
from outreach.sealing import unseal
from sync.models import HeldRecord
from tests.cast import Cast
from tests.records import strangers
from tests.sync.contents import captured
from tests.tablet import Tablet

pytestmark = pytest.mark.django_db


def test_two_versions_in_one_batch_are_an_edit_or_a_conflict(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    edit = siti | {"base_revision": 1, "work_place": "Kios 15"}
    late = siti | {"base_revision": 1, "work_place": "Kios 16"}

    results = tablet.push(siti, edit, late)["results"]

    assert [result["outcome"] for result in results] == ["accepted", "accepted", "conflict"]
    assert results[2]["server"]["work_place"] == "Kios 15"


def test_a_hundred_versions_in_one_batch_are_bounded_and_kept(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    versions = [siti | {"work_place": f"Kios {number}"} for number in range(100)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        results = tablet.push(*versions)["results"]

    assert results[0]["outcome"] == "accepted"
    assert {result["outcome"] for result in results[1:4]} == {"conflict"}
    assert {result["problems"][0]["code"] for result in results[4:]} == {"id_repeated"}
    assert HeldRecord.objects.count() == 96
    assert len(queries) < 150


def test_an_edit_on_the_current_revision_replaces_and_keeps_the_old(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    edit = siti | {"base_revision": 1, "phone": "+6281111111111"}

    second = tablet.result(edit)

    assert (second["outcome"], second["revision"]) == ("accepted", 2)
    assert second["person"] == first["person"]
    old = Revision.objects.get()
    assert (old.number, json.loads(unseal(old.content, old.registration_id))["phone"]) == (
        1,
        siti["phone"],
    )
    assert tablet.result(siti)["revision"] == 1
    assert tablet.result(edit)["replayed"]


def test_content_that_was_replaced_can_be_brought_back(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    other = siti | {"work_place": "Kios 99"}
    tablet.push(siti)
    tablet.push(other | {"base_revision": 1})

    back = tablet.result(siti | {"base_revision": 2})

    assert (back["outcome"], back["revision"], back["replayed"]) == ("accepted", 3, False)
    assert Registration.objects.get().work_place == siti["work_place"]
    assert tablet.result(siti | {"base_revision": 2})["replayed"]
    assert tablet.result(siti)["revision"] == 3


def test_an_edit_moves_the_registration_to_the_right_person(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    first = tablet.result(siti)
    [stranger] = strangers(1)
    mistaken = captured(cast) | stranger
    other = tablet.result(mistaken)
    edited = tablet.result(siti | {"id": mistaken["id"], "base_revision": 1})

    assert other["outcome"] == "accepted"
    assert other["person"] != first["person"] == edited["person"]
    assert edited["outcome"] == "duplicate"
    assert Person.objects.exclude(state="none").count() == 1


def test_an_edit_on_an_old_revision_is_a_conflict_and_is_kept(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    tablet.push(siti | {"base_revision": 1, "phone": "+6281111111111"})
    late = siti | {"base_revision": 1, "phone": "+6282222222222"}

    result = tablet.result(late)

    assert (result["outcome"], result["action"], result["revision"]) == ("conflict", "fix", 2)
    assert result["server"]["phone"] == "+6281111111111"
    assert result["server"]["base_revision"] == 2
    assert Revision.objects.filter(number=None).count() == 1
    assert tablet.result(late) == result | {"replayed": True}
    again = result["server"] | {"phone": "+6282222222222"}
    assert tablet.result(again)["outcome"] == "accepted"


def test_versions_in_one_batch_end_as_in_batches_of_their_own(
    tablet: Tablet, siti: dict[str, Any]
) -> None:
    other = siti | {"work_place": "Kios 99", "base_revision": 1}
    back = siti | {"base_revision": 2}

    results = tablet.push(siti, other, back, back)["results"]

    assert [result["revision"] for result in results] == [1, 2, 3, 3]
    assert [result["replayed"] for result in results] == [False, False, False, True]
    assert Registration.objects.get().work_place == siti["work_place"]
    again = tablet.push(siti, other, back)["results"]
    assert [result["replayed"] for result in again] == [True] * 3
    assert Registration.objects.get().revision == 3
