"""A kader answers a flag, a coordinator decides about it, and all of it stays."""

from typing import Any

import pytest

from outreach.models import Flag, FlagRemark, PastFlag, Registration, User
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.records import NOW
from tests.threads import at_once

CODE = "location_missing"


def url(registration: Registration, what: str = "") -> str:
    end = f"{CODE}/{what}/" if what else ""
    return f"/api/v1/registrations/{registration.pk}/flags/{end}"


def said(user: User, registration: Registration, what: str, text: str) -> Any:
    body = {"text" if what == "answer" else "reason": text}
    return client_of(user).post(url(registration, what), body)


def of_flag(user: User, registration: Registration) -> dict[str, Any]:
    results = client_of(user).get(url(registration)).json()["results"]
    [told] = [one for one in results if one["code"] == CODE]
    return dict(told)


def test_an_answer_and_a_decision_stay(cast: Cast) -> None:
    one = pushed(cast)
    answered = said(cast.siti, one, "answer", "Under the roof").json()
    assert answered == of_flag(cast.siti, one) and answered["detail"]
    assert said(cast.siti, one, "answer", "Under the roof").json() == answered
    assert said(cast.siti, one, "answer", "No sky at all").status_code == 200
    status = Registration.objects.get(pk=one.pk).status
    assert said(cast.rina, one, "accept", "I was there").json()["state"] == "accepted"
    assert said(cast.rina, one, "accept", "I was there").status_code == 200
    assert said(cast.rina, one, "uphold", "No").json()["code"] in {"already_decided", "invalid"}
    assert said(cast.rina, one, "uphold", "Not so").json()["code"] == "already_decided"
    assert said(cast.rina, one, "reopen", "Too soon").json()["state"] == "open"
    assert said(cast.rina, one, "uphold", "Not so").json()["state"] == "upheld"

    told = of_flag(cast.siti, one)
    assert told["state"] == "upheld" and told["detail"]
    assert [remark["kind"] for remark in told["remarks"]] == [
        "answer",
        "answer",
        "accept",
        "reopen",
        "uphold",
    ]
    assert Registration.objects.get(pk=one.pk).status == status


def test_what_was_said_outlives_the_flag(cast: Cast) -> None:
    one = pushed(cast)
    said(cast.siti, one, "answer", "Under the roof")
    Flag.objects.filter(registration=one, code=CODE).delete()
    assert of_flag(cast.siti, one)["detail"] is None
    assert said(cast.rina, one, "accept", "I was there").status_code == 404
    PastFlag.objects.create(
        registration=one, code=CODE, evidence={}, raised_at=NOW, taken_back_at=NOW
    )
    assert said(cast.rina, one, "accept", "I was there").status_code == 200


def test_nobody_else_has_a_say(cast: Cast) -> None:
    one = pushed(cast)
    for user, what, status in (
        (cast.budi, "answer", 404),
        (cast.rina, "answer", 403),
        (cast.siti, "accept", 403),
        (cast.outsider_coordinator, "accept", 404),
        (cast.rina, "reopen", 409),
    ):
        assert said(user, one, what, "A long story").status_code == status
    missing = url(one, "answer").replace(CODE, "burst")
    assert client_of(cast.siti).post(missing, {"text": "No such flag"}).status_code == 404
    assert not FlagRemark.objects.exists()


def test_remarks_are_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outreach.remarks.MOST_REMARKS", 2)
    one = pushed(cast)
    for number in range(2):
        assert said(cast.siti, one, "answer", f"Answer {number}").status_code == 200
    assert said(cast.siti, one, "answer", "One more").status_code == 409
    survives_garbage(client_of(cast.siti), "POST", url(one, "answer"), {"text": "A story"})


@pytest.mark.django_db(transaction=True)
def test_one_decision_of_two_at_once_stands(cast: Cast) -> None:
    one = pushed(cast)
    answers = at_once(
        [
            lambda: said(cast.rina, one, "accept", "I was there").status_code,
            lambda: said(cast.regional_coordinator, one, "uphold", "Not so").status_code,
        ]
    )
    assert sorted(answers) == [200, 409]
    assert FlagRemark.objects.count() == 1


def test_statements(cast: Cast, count_queries: Counting) -> None:
    one = pushed(cast)
    for number in range(3):
        said(cast.siti, one, "answer", f"Answer {number}")
    siti, rina = client_of(cast.siti), client_of(cast.rina)
    with count_queries("GET registrations/{id}/flags/"):
        siti.get(url(one))
    with count_queries("POST registrations/{id}/flags/{code}/answer/"):
        siti.post(url(one, "answer"), {"text": "Once more"})
    with count_queries("POST registrations/{id}/flags/{code}/accept/"):
        rina.post(url(one, "accept"), {"reason": "I was there"})
