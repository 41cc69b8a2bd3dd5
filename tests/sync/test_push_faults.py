"""Pushed records that are wrong, or that the server fails on: held, at no other's cost."""

import json
from typing import Any

import pytest

from outreach.models import Registration
from outreach.sealing import unseal
from sync.models import HeldRecord
from tests.cast import Cast
from tests.records import strangers
from tests.sync.contents import captured
from tests.tablet import Tablet, tablet_of

pytestmark = pytest.mark.django_db


def test_a_faulty_record_is_held_and_the_others_are_stored(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    faulty = captured(cast, nik="12", birth_date="1984-13-05", programmes=["JKK"])

    good, bad = tablet.push(siti, faulty)["results"]

    assert good["outcome"] == "accepted"
    assert (bad["outcome"], bad["action"], bad["person"]) == ("rejected", "fix", None)
    assert {problem["pointer"] for problem in bad["problems"]} == {"/nik", "/birth_date"}
    held = HeldRecord.objects.get()
    assert json.loads(unseal(held.content, held.record_id))["nik"] == "12"
    assert tablet.result(faulty) == bad | {"replayed": True}

    [stranger] = strangers(1)
    corrected = captured(cast, id=faulty["id"]) | stranger
    assert tablet.result(corrected)["outcome"] == "accepted"
    held.refresh_from_db()
    assert held.state == "released"


def test_problems_point_at_every_fault(tablet: Tablet, siti: dict[str, Any]) -> None:
    del siti["sex"]
    siti |= {
        "phone": "0812",
        "location": {"lat": 91, "lon": 0, "accuracy_m": 1},
        "consent": {"notice_version": "2026-01", "method": "sung", "at": "yesterday"},
    }
    problems = tablet.result(siti)["problems"]

    assert {(problem["pointer"], problem["code"]) for problem in problems} == {
        ("/sex", "missing"),
        ("/phone", "invalid"),
        ("/location/lat", "invalid"),
        ("/consent/method", "invalid"),
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"nik": None}, "/nik"),
        ({"location_missing_reason": None}, "/location"),
        ({"programmes": ["JKK"]}, "/programmes"),
        ({"is_employer": True}, "/programmes"),
        ({"campaign": "00000000-0000-4000-8000-000000000000"}, "/campaign"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, "/captured_at"),
        ({"birth_date": "1776-07-04"}, "/birth_date"),
        ({"full_name": "Siti\0"}, "/full_name"),
        ({"full_name": "Siti \ud83d"}, "/full_name"),
        ({"monthly_income": float("nan")}, "/monthly_income"),
        ({"monthly_income": 10**30}, "/monthly_income"),
        ({"kios": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}, ""),
    ],
)
def test_what_cannot_be_stored_is_held_with_its_reason(
    tablet: Tablet, siti: dict[str, Any], change: dict[str, Any], pointer: str
) -> None:
    result = tablet.result(siti | change)

    assert result["outcome"] == "rejected"
    assert pointer in {problem["pointer"] for problem in result["problems"]}
    assert HeldRecord.objects.count() == 1


@pytest.mark.parametrize("sent", [None, 7, "text", [], {}, {"id": "x"}, {"id": 5}])
def test_a_record_without_an_id_is_held_once(tablet: Tablet, sent: Any) -> None:
    first = tablet.result(sent)
    second = tablet.result(sent)

    assert (first["outcome"], second["replayed"]) == ("rejected", True)
    assert HeldRecord.objects.count() == 1


def test_somebody_elses_id_is_held_and_tells_nothing(
    cast: Cast, tablet: Tablet, siti: dict[str, Any]
) -> None:
    tablet.push(siti)
    stolen = siti | {"full_name": "Somebody Else", "base_revision": 1}

    result = tablet_of(cast.budi).result(stolen)

    assert result["outcome"] == "rejected"
    assert [problem["code"] for problem in result["problems"]] == ["id_taken"]
    assert result["person"] is None
    assert Registration.objects.get().full_name == siti["full_name"]


def test_a_record_the_server_fails_on_is_held_and_the_rest_stored(
    cast: Cast, tablet: Tablet, siti: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach import capturing

    placed = capturing._prepare_one

    def failing(capture: Any, *rest: Any) -> Any:
        if capture.draft.full_name == "Poison":
            raise ZeroDivisionError
        return placed(capture, *rest)

    [stranger] = strangers(1)
    poison = captured(cast, **stranger | {"full_name": "Poison"})
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "_prepare_one", failing)
        good, bad = tablet.push(siti, poison)["results"]

    assert good["outcome"] == "accepted"
    assert (bad["outcome"], bad["action"]) == ("rejected", "retry")
    assert bad["problems"][0]["code"] == "server_fault"
    assert tablet.result(poison)["outcome"] == "accepted"


@pytest.mark.parametrize(
    "change",
    [
        {"nik": "9901014503840002\n"},
        {"phone": "+6281234567890\n"},
        {"domicile_village": "99.01.01.1001\n"},
        {"domicile_village": "٩٩.٠١.٠١.١٠٠١"},
        {"rt": "002\n"},
        {"postal_code": "20111\n"},
        {"captured_at": "2026-11-20T09:31:00+23:59"},
        {"captured_at": "2026-11-20T09:31:00-15:00"},
    ],
)
def test_what_only_looks_right_is_held_for_good(
    tablet: Tablet, siti: dict[str, Any], change: dict[str, Any]
) -> None:
    result = tablet.result(siti | change)

    assert (result["outcome"], result["action"]) == ("rejected", "fix")
    assert result["problems"][0]["pointer"] == f"/{next(iter(change))}"


def test_a_batch_the_server_fails_on_is_given_up_in_time(
    cast: Cast, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach import capturing
    from sync.failing import SEARCH_S

    attempts: list[None] = []

    def failing(*_: Any) -> Any:
        attempts.append(None)
        raise ZeroDivisionError

    monkeypatch.setattr(capturing, "_prepare_one", failing)
    for module in ("push", "failing"):
        monkeypatch.setattr(f"sync.{module}.monotonic", lambda: len(attempts) * SEARCH_S / 10)
    records = [captured(cast) for _ in range(500)]

    results = tablet.push(*records)["results"]

    # To look for each of them takes 999.
    assert 10 < len(attempts) < 30
    assert {(result["outcome"], result["action"]) for result in results} == {("rejected", "retry")}
    assert HeldRecord.objects.count() == 500
