"""Deciding over HTTP: by coordinators of the scope, never about one's own, each told apart."""

from typing import Any
from uuid import uuid4

import pytest

from outreach.models import Decision, Registration, User
from tests.cast import Cast, client_of, pushed
from tests.garbage import survives_garbage

LIST = "/api/v1/registrations/"


def say(user: User, registration: object, what: str, reason: str = "papers seen") -> Any:
    return client_of(user).post(f"{LIST}{registration}/{what}/", {"reason": reason})


def verify_many(user: User, *ids: object) -> Any:
    body = {"ids": [str(one) for one in ids], "reason": "seen at the market"}
    return client_of(user).post(f"{LIST}verify/", body)


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("verify", "verified"),
        ("reject", "rejected"),
        ("request-correction", "needs_correction"),
    ],
)
def test_a_coordinator_decides_with_a_reason(cast: Cast, what: str, status: str) -> None:
    registration = pushed(cast)

    answer = say(cast.rina, registration.pk, what)

    assert answer.status_code == 200
    decision = Decision.objects.get()
    assert answer.json() == {
        "id": str(registration.pk),
        "state": status,
        "decision": str(decision.pk),
    }
    assert (decision.actor, decision.reason) == (cast.rina, "papers seen")
    registration.refresh_from_db()
    assert registration.status == status


def test_deciding_twice_stays_as_it_is(cast: Cast) -> None:
    registration = pushed(cast)
    say(cast.rina, registration.pk, "verify")

    again = say(cast.rina, registration.pk, "verify")

    assert (again.status_code, again.json()["decision"]) == (200, None)
    assert Decision.objects.count() == 1


def test_only_coordinators_of_the_scope_decide(cast: Cast) -> None:
    registration = pushed(cast)
    others = (cast.siti, cast.agus, cast.dewi, cast.andi)

    assert [say(user, registration.pk, "verify").status_code for user in others] == [403] * 4
    assert say(cast.outsider_coordinator, registration.pk, "verify").status_code == 404
    assert say(cast.rina, uuid4(), "verify").status_code == 404
    assert not Decision.objects.exists()


def test_nobody_decides_about_their_own_records(cast: Cast) -> None:
    registration = pushed(cast)
    User.objects.filter(pk=cast.siti.pk).update(role=User.Role.COORDINATOR)

    answer = say(cast.siti, registration.pk, "verify")

    assert (answer.status_code, answer.json()["code"]) == (403, "own_record")


def test_what_a_state_does_not_allow_is_a_conflict(cast: Cast) -> None:
    registration = pushed(cast)
    Registration.objects.filter(pk=registration.pk).update(status="handed_off")

    answer = say(cast.rina, registration.pk, "reject")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
    assert answer.json()["state"] == "handed_off"


def test_many_are_verified_at_once_and_each_is_told_apart(cast: Cast) -> None:
    mine, done = pushed(cast), pushed(cast, nik="9901014503840003", full_name="Wati")
    foreign = pushed(cast, cast.outsider_kader, campaign=str(cast.other_market.id))
    Registration.objects.filter(pk=done.pk).update(status="handed_off")
    nowhere = uuid4()

    answer = verify_many(cast.rina, mine.pk, done.pk, foreign.pk, nowhere, mine.pk)

    assert answer.status_code == 200
    told = {row["id"]: (row["done"], row["problem"]) for row in answer.json()["results"]}
    assert told == {
        str(mine.pk): (True, None),
        str(done.pk): (False, "not_possible"),
        str(foreign.pk): (False, "not_found"),
        str(nowhere): (False, "not_found"),
    }
    assert Decision.objects.get().registration_id == mine.pk


def test_at_most_500_at_once(cast: Cast) -> None:
    assert verify_many(cast.rina, *(uuid4() for _ in range(500))).status_code == 200
    assert verify_many(cast.rina, *(uuid4() for _ in range(501))).status_code == 400
    assert verify_many(cast.rina).status_code == 400


def test_a_decision_is_taken_back(cast: Cast) -> None:
    registration = pushed(cast)
    before = registration.status
    decision = say(cast.rina, registration.pk, "verify").json()["decision"]

    answer = client_of(cast.rina).post(
        f"/api/v1/decisions/{decision}/undo/", {"reason": "wrong person"}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, before)
    assert (
        Decision.objects.get(pk=answer.json()["decision"]).undoes_id
        == Decision.objects.get(kind="verify").pk
    )
    again = client_of(cast.rina).post(f"/api/v1/decisions/{decision}/undo/", {"reason": "again"})
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


def test_foreign_decisions_are_not_there(cast: Cast) -> None:
    decision = say(cast.rina, pushed(cast).pk, "verify").json()["decision"]

    for user in (cast.outsider_coordinator, cast.rina):
        known = decision if user is cast.outsider_coordinator else uuid4()
        url = f"/api/v1/decisions/{known}/undo/"
        assert client_of(user).post(url, {"reason": "because"}).status_code == 404


def test_garbage_gets_a_problem(cast: Cast) -> None:
    registration = pushed(cast)
    client = client_of(cast.rina)
    survives_garbage(client, "POST", f"{LIST}{registration.pk}/verify/", {"reason": "papers"})
    survives_garbage(
        client, "POST", f"{LIST}verify/", {"ids": [str(registration.pk)], "reason": "papers"}
    )
    decision = Decision.objects.filter(kind="verify").latest("decided_at")
    survives_garbage(client, "POST", f"/api/v1/decisions/{decision.pk}/undo/", {"reason": "papers"})


@pytest.mark.parametrize(
    "ids",
    ["x", {}, [None], [1.5], ["x"], [[]], [{"id": 1}], "00000000-0000-0000-0000-000000000000"],
)
def test_ids_that_are_none_are_refused(cast: Cast, ids: Any) -> None:
    answer = client_of(cast.rina).post(f"{LIST}verify/", {"ids": ids, "reason": "because"})

    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"].startswith("/ids")
