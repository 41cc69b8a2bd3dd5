"""formulas/: made and altered over HTTP, never once a table was published by them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from rest_framework.test import APIClient

from outreach import bulk
from outreach.models import Formula, User
from outreach.months import later
from outreach.standings.freezing import first_revision
from outreach.standings.months import current_period
from outreach.standings.recounting import formula_of
from outreach.validity import ONE_DAY
from tests.threads import at_once

NEXT = later(current_period(datetime.now(UTC)), 1)
AFTER = later(NEXT, 1)
PROPOSAL: dict[str, Any] = {
    "version": "2027-1",
    "weights": {"coverage": 0.6, "retention": 0.4},
    "z": 1.64,
    "smallest_denominator": 50,
    "effective_from": NEXT.isoformat(),
    "source": "a decree",
}
FIELDS = PROPOSAL | {"effective_from": NEXT}
Send = Callable[..., Any]


@pytest.fixture
def send(formula: Formula) -> Send:
    User.objects.create(username="admin", full_name="Andi", role="administrator")

    def call(method: str, path: str = "", status: int = 200, **body: Any) -> Any:
        client: Any = APIClient()
        client.force_authenticate(User.objects.get(username="admin"))
        answer = getattr(client, method)(f"/api/v1/formulas/{path}", body, format="json")
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return call


def test_a_formula_ends_the_one_before_it(send: Send) -> None:
    made = send("post", status=201, **PROPOSAL)
    assert made["weights"] == {
        "coverage": 0.6,
        "gap_closed": 0.0,
        "retention": 0.4,
        "officials": 0.0,
    }
    assert (made["cohort_age_months"], made["cohort_months"]) == (3, 12)
    assert (made["made_by"], made["is_draft"], made["is_frozen"]) == ("Andi", False, False)
    first, second = send("get")["results"]
    assert date.fromisoformat(first["effective_until"]) < NEXT
    assert (second["version"], second["effective_until"]) == ("2027-1", None)
    assert formula_of(NEXT).version == "2027-1"
    assert formula_of(later(NEXT, -1)).version == "2026-1"
    assert send("get", "2027-1/") == made


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"version": "2026-1"}, "/version"),
        ({"version": "two words"}, "/version"),
        ({"weights": {"coverage": 0.6, "retention": 0.3}}, "/weights"),
        ({"weights": {"coverage": 1.2, "retention": -0.2}}, "/weights"),
        ({"weights": {"coverage": 0.5, "volume": 0.5}}, "/weights"),
        ({"weights": {"coverage": "1"}}, "/weights"),
        ({"weights": [1]}, "/weights"),
        ({"weights": {}}, "/weights"),
        ({"z": -1}, "/z"),
        ({"z": 9}, "/z"),
        ({"smallest_denominator": 0}, "/smallest_denominator"),
        ({"cohort_age_months": 0}, "/cohort_age_months"),
        ({"cohort_months": 61}, "/cohort_months"),
        ({"effective_from": f"{NEXT:%Y-%m}-02"}, "/effective_from"),
        ({"effective_from": None}, "/effective_from"),
        ({"effective_until": AFTER.isoformat()}, "/effective_until"),
        ({"effective_until": "2026-01-31"}, "/effective_until"),
        ({"effective_until": "9999-12-31"}, "/effective_until"),
        ({"source": ""}, "/source"),
        ({"author": "me"}, "/author"),
    ],
)
def test_a_formula_that_makes_no_sense_is_told_where(
    send: Send, change: dict[str, Any], pointer: str
) -> None:
    problem = send("post", status=400, **PROPOSAL | change)
    assert {found["pointer"].split("/")[1] for found in problem["problems"]} == {pointer[1:]}
    assert Formula.objects.count() == 1


def in_force() -> dict[str, str | None]:
    """The last days of formulas in force, in order; what is told is what is done."""
    chain = list(Formula.objects.filter(is_draft=False).order_by("effective_from"))
    for one, following in pairwise(chain):
        assert following.effective_from is not None
        assert one.effective_until == following.effective_from - ONE_DAY
        assert formula_of(later(following.effective_from, -1)) == one
    assert chain[-1].effective_until is None
    return {one.version: str(one.effective_until or "") for one in chain}


def test_months_with_two_formulas_or_none_are_named(send: Send) -> None:
    [gap] = send("post", status=400, **PROPOSAL | {"effective_until": "2027-06-30"})["problems"]
    assert (gap["pointer"], gap["code"]) == ("/effective_until", "gap")
    assert "2027-07-01" in gap["detail"]
    send("post", status=201, **PROPOSAL)
    send("post", status=201, **PROPOSAL | {"version": "2027-2", "effective_from": "2027-09-01"})
    between = PROPOSAL | {"version": "2027-3", "effective_from": "2027-03-01"}
    for until, code, *named in (
        ("2027-07-31", "gap", "2027-08-01", "2027-08-31"),
        ("2027-09-30", "overlap", "2027-09-01", "2027-09-30"),
        (None, "overlap", "2027-09-01"),
    ):
        [told] = send("post", status=400, **between | {"effective_until": until})["problems"]
        assert told["code"] == code
        assert all(day in told["detail"] for day in named)
    send("post", status=400, **between | {"effective_from": "2027-09-01"})
    send("post", status=201, **between | {"effective_until": "2027-08-31"})
    assert in_force() == {
        "2026-1": str(NEXT - ONE_DAY),
        "2027-1": "2027-02-28",
        "2027-3": "2027-08-31",
        "2027-2": "",
    }


def test_no_month_is_left_without_a_formula(send: Send) -> None:
    send("post", status=201, **PROPOSAL | {"effective_from": "2027-03-01"})
    send("post", status=201, **PROPOSAL | {"version": "2027-2", "effective_from": "2027-09-01"})
    send("patch", "2027-1/", effective_from="2027-05-01")
    assert in_force()["2026-1"] == "2027-04-30"
    send("patch", "2027-1/", effective_from="2027-12-01")
    assert in_force() == {"2026-1": "2027-08-31", "2027-2": "2027-11-30", "2027-1": ""}
    [gap] = send("patch", "2027-1/", status=400, effective_until="2027-12-31")["problems"]
    assert gap["code"] == "gap"
    send("patch", "2027-1/", is_draft=True)
    assert in_force() == {"2026-1": "2027-08-31", "2027-2": ""}
    send("delete", "2027-2/", status=204)
    assert in_force() == {"2026-1": ""}


def test_formulas_of_before_follow_each_other_too(formula: Formula) -> None:
    for first, version in ((NEXT, "a"), (AFTER, "b")):
        Formula.objects.create(**FIELDS | {"version": version, "effective_from": first})
    Formula.objects.update(effective_until=later(AFTER, 5))
    follow = import_module("outreach.migrations.0027_formulas_follow_each_other").FOLLOW
    bulk.run(follow)
    assert list(in_force().values()) == [*(str(day - ONE_DAY) for day in (NEXT, AFTER)), ""]


def test_the_only_formula_stays_in_force(send: Send) -> None:
    Formula.objects.update(effective_from=AFTER)
    assert send("patch", "2026-1/", status=409, is_draft=True)["code"] == "in_force"
    assert send("delete", "2026-1/", status=409)["code"] == "in_force"


def test_a_draft_is_in_force_nowhere_until_it_is_put_into_force(send: Send) -> None:
    draft = PROPOSAL | {"version": "try", "is_draft": True, "effective_from": None}
    send("post", status=201, **draft)
    assert formula_of(NEXT).version == "2026-1"
    send("patch", "try/", weights={"coverage": 1})
    send("patch", "try/", status=400, is_draft=False)
    put = send("patch", "try/", is_draft=False, effective_from=NEXT.isoformat())
    assert (put["is_draft"], put["weights"]["coverage"], put["z"]) == (False, 1.0, 1.64)
    assert formula_of(NEXT).version == "try"


def test_a_draft_can_be_forgotten(send: Send) -> None:
    send("post", status=201, **PROPOSAL | {"is_draft": True})
    send("delete", "2027-1/", status=204)
    assert send("get", "2027-1/", status=404)["code"] == "not_found"
    assert send("get", "%00/", status=404)["code"] == "not_found"
    assert send("patch", "2027-1/", status=404, z=1)["code"] == "not_found"
    assert send("delete", "2027-1/", status=404)["code"] == "not_found"


def test_what_is_in_force_or_was_published_by_is_not_altered(send: Send, places: None) -> None:
    assert send("patch", "2026-1/", status=409, z=1)["code"] == "in_force"
    send("post", status=201, **PROPOSAL)
    assert send("patch", "2027-1/", z=1.5)["z"] == 1.5
    first_revision(NEXT, datetime.now(UTC))
    assert send("get", "2027-1/")["is_frozen"]
    assert send("patch", "2027-1/", status=409, z=1)["code"] == "in_force"
    [problem] = send("post", status=400, **PROPOSAL | {"version": "2027-2"})["problems"]
    assert (problem["pointer"], problem["code"]) == ("/effective_from", "frozen")
    send(
        "post", status=201, **PROPOSAL | {"version": "2027-2", "effective_from": AFTER.isoformat()}
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_get_the_same_months(send: Send) -> None:
    from outreach.problems import Problem
    from outreach.standings.formulas import make

    admin = User.objects.get(username="admin")
    outcomes: list[str] = []

    def put(version: str) -> None:
        fields = PROPOSAL | {"version": version, "effective_from": NEXT, "effective_until": None}
        try:
            make(fields, admin, datetime.now(UTC))
            outcomes.append("made")
        except Problem:
            outcomes.append("refused")

    at_once([lambda: put("a"), lambda: put("b"), lambda: put("c")])
    assert sorted(outcomes) == ["made", "refused", "refused"]
