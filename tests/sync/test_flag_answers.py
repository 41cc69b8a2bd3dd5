"""Answers to flags in the push: stored once, whatever comes again, whatever is beside them."""

from typing import Any
from uuid import uuid4

import pytest

from outreach.models import FlagRemark, Registration
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.records import record
from tests.sync.test_push_garbage import VALUES
from tests.tablet import Tablet, tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
CODE = "location_missing"


def answer(registration: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "registration": str(registration),
        "code": CODE,
        "text": "Under the roof",
    } | changes


def told(tablet: Tablet, *answers: Any) -> list[dict[str, Any]]:
    return list(tablet.push(flag_answers=list(answers))["flag_answers"])


def test_an_answer_comes_with_its_registration_and_is_read_like_any(
    cast: Cast, tablet: Tablet
) -> None:
    sent = record(cast.market.id, cast.villages[0].code)
    said = answer(sent["id"])
    pushed_ = tablet.push(sent, flag_answers=[said])
    assert pushed_["flag_answers"] == [
        {
            "id": said["id"],
            "outcome": "accepted",
            "action": "drop",
            "replayed": False,
            "revision": None,
            "flags": [],
            "problems": [],
        }
    ]
    assert "flag_answers" not in tablet.push()
    url = f"/api/v1/registrations/{sent['id']}/flags/"
    results = client_of(cast.rina).get(url).json()["results"]
    [flag] = [one for one in results if one["code"] == CODE]
    [remark] = flag["remarks"]
    assert (remark["kind"], remark["text"], remark["by"]) == ("answer", said["text"], cast.siti.pk)


def test_the_same_again_is_the_same_even_after_another(cast: Cast, tablet: Tablet) -> None:
    one = pushed(cast).pk
    first, second = answer(one), answer(one, text="No sky at all")
    assert [row["replayed"] for row in told(tablet, first, second, first)] == [False, False, True]
    assert [row["replayed"] for row in told(tablet, first)] == [True]
    assert FlagRemark.objects.count() == 2
    [other] = told(tablet, first | {"text": "Something else"})
    assert (other["outcome"], other["action"]) == ("rejected", "drop")
    assert other["problems"][0]["code"] == "id_taken"


def test_each_gets_a_verdict_of_its_own(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, foreign = pushed(cast).pk, pushed(cast, cast.budi, nik="9901014503840099").pk
    rows = told(
        tablet,
        answer(uuid4()),
        answer(foreign),
        answer(one, code="burst"),
        answer(one),
        answer(one, text=""),
        7,
    )
    assert [
        (row["outcome"], row["action"], *(found["code"] for found in row["problems"]))
        for row in rows
    ] == [
        ("rejected", "fix", "registration_unknown"),
        ("rejected", "fix", "registration_unknown"),
        ("rejected", "fix", "flag_unknown"),
        ("accepted", "drop"),
        ("rejected", "fix", "invalid"),
        ("rejected", "fix", "not_an_object"),
    ]
    assert all(found["detail"] for row in rows for found in row["problems"])
    monkeypatch.setattr("outreach.flag_answers.MOST_REMARKS", 1)
    [much] = told(tablet, answer(one))
    assert (much["action"], much["problems"][0]["code"]) == ("drop", "too_many_answers")
    assert FlagRemark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_answers_at_once_are_stored_once(cast: Cast) -> None:
    ids = [pushed(cast).pk, pushed(cast, full_name="Wati", nik="9901014503840099").pk]
    tablet = tablet_of(cast.siti)
    answers = [answer(one) for one in ids]
    shared = str(uuid4())
    at_once(
        [
            lambda: told(tablet, *answers, answer(ids[0], id=shared)),
            lambda: told(tablet, *reversed(answers), answer(ids[1], id=shared)),
            lambda: told(tablet, answer(ids[1], id=shared)),
        ]
    )
    assert FlagRemark.objects.count() == 3
    assert FlagRemark.objects.filter(sent_id=shared).count() == 1


def test_garbage_gets_a_verdict(cast: Cast, tablet: Tablet) -> None:
    good = answer(pushed(cast).pk)
    broken = [good | {field: value} for field in good for value in VALUES]
    broken += [value for value in VALUES if not isinstance(value, dict)]
    rows = told(tablet, *broken[:450])
    assert {row["outcome"] for row in rows} <= {"accepted", "rejected"}
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 9])
def test_statements(cast: Cast, tablet: Tablet, count_queries: Counting, rows: int) -> None:
    one = pushed(cast).pk
    with count_queries("POST sync/push/ of flag answers"):
        tablet.push(flag_answers=[answer(one) for _ in range(rows)])
