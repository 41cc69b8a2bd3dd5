"""Records that are asked about, for tests of questions and answers."""

import sys
from typing import Any

import pytest

from outreach.dedup.scoring import Model
from outreach.models import MatchPair, Person, Registration, User, VillageTally
from tests.cast import Cast, client_of, pushed

V1 = "/api/v1/"
REVIEWS = f"{V1}reviews/"
TWIN: dict[str, Any] = {"full_name": "Sita Aminah Harahap", "nik": "9901014503840003"}
"""Siti's twin, or Siti with two slips: only a person can tell."""
STRANGER: dict[str, Any] = {
    "full_name": "Painem",
    "nik": "9901016412710001",
    "birth_date": "1971-12-24",
    "phone": "+6285799911122",
    "address": "Gg. Melati 7",
    "rt": "001",
    "rw": "001",
}


def twins(cast: Cast) -> tuple[Registration, Registration, MatchPair]:
    """Siti's record of a worker, Budi's of what may be her twin, and the question about them."""
    first = pushed(cast)
    second = pushed(cast, cast.budi, **TWIN)
    return first, second, question_about(first, second)


def twins_of_two_offices(cast: Cast) -> tuple[Registration, Registration, MatchPair]:
    """The same, the twin being registered by the other branch."""
    first = pushed(cast)
    second = elsewhere(cast, **TWIN)
    return first, second, question_about(first, second)


def elsewhere(cast: Cast, **changes: Any) -> Registration:
    """A record of the other branch's."""
    return pushed(cast, cast.outsider_kader, campaign=str(cast.other_market.id), **changes)


def question_about(one: Registration, other: Registration) -> MatchPair:
    left, right = sorted((one.pk, other.pk), key=lambda pk: pk.int)
    return MatchPair.objects.get(left=left, right=right)


def open_questions() -> list[MatchPair]:
    return list(MatchPair.objects.filter(is_open=True))


def person_of(registration: Registration) -> Any:
    registration.refresh_from_db()
    return registration.person_id


def say(user: User, question: MatchPair, what: str, reason: str = "asked her at home") -> Any:
    return client_of(user).post(f"{REVIEWS}{question.pk}/{what}/", {"reason": reason})


def merge(user: User, person: object, other: object, reason: str = "the same card") -> Any:
    body = {"other": str(other), "reason": reason}
    return client_of(user).post(f"{V1}people/{person}/merge/", body)


def split(user: User, person: object, *apart: Registration, reason: str = "two sisters") -> Any:
    body = {"registrations": [str(one.pk) for one in apart], "reason": reason}
    return client_of(user).post(f"{V1}people/{person}/split/", body)


def undo(user: User, answer: Any, reason: str = "it was wrong") -> Any:
    decision = answer.json()["decision"]
    return client_of(user).post(f"{V1}decisions/{decision}/undo/", {"reason": reason})


def in_force(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """Let the engine judge by another model than the one that is shipped."""
    for name, module in list(sys.modules.items()):
        if name.startswith("outreach.") and hasattr(module, "shipped_model"):
            monkeypatch.setattr(module, "shipped_model", lambda: model)


def state_of_everything() -> dict[str, Any]:
    """Who is who, by which id, and how everybody counts."""
    return {
        "people": dict(Registration.objects.values_list("pk", "person_id")),
        "credited": set(
            Person.objects.exclude(state="none").values_list("pk", "credited_id", "state", "month")
        ),
        "statuses": dict(Registration.objects.values_list("pk", "status")),
        "flags": set(Registration.objects.values_list("pk", "flags__code")),
        "questions": {(pair.left_id, pair.right_id) for pair in open_questions()},
        "tallies": set(
            VillageTally.objects.exclude(verified=0, provisional=0).values_list(
                "village_id", "month", "verified", "provisional"
            )
        ),
    }


def problem_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
