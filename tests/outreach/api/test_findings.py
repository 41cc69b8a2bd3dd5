"""Doubts about months: who is told of which, answers, decides, and sees how many there are."""

from datetime import date
from typing import Any

import pytest

from outreach.detecting import storing
from outreach.models import FindingRemark, Flag, FlagRemark, MonthFinding, Registration, User
from tests.cast import Cast, client_of, pushed
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.detecting.work import EVIDENCE, finding
from tests.records import NOW
from tests.threads import at_once

URL = "/api/v1/findings/"


def seen(user: User, **query: str) -> list[int]:
    answer = client_of(user).get(URL, query)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_everybody_sees_what_is_theirs(cast: Cast) -> None:
    own = finding(1, cast.siti)
    elsewhere = finding(2, cast.outsider_kader)
    whole = finding(3, office=cast.branch)
    gone = finding(4, cast.siti)
    MonthFinding.objects.filter(pk=gone.pk).update(taken_back_at=NOW)

    assert seen(cast.siti) == [own.pk]
    assert seen(cast.budi) == []
    assert seen(cast.rina) == [own.pk, whole.pk]
    assert seen(cast.rina, taken_back="true") == [own.pk, whole.pk, gone.pk]
    assert seen(cast.outsider_coordinator) == [elsewhere.pk]
    assert seen(cast.regional_coordinator) == seen(cast.andi) == [own.pk, elsewhere.pk, whole.pk]


def test_a_finding_says_what_it_means_by_which_thresholds(cast: Cast) -> None:
    finding(3, cast.siti)
    client = client_of(cast.rina)
    [told] = client.get(URL).json()["results"]
    assert told["month"] == "2026-03" and told["evidence"] == EVIDENCE
    assert "1 Jan 2014" in told["detail"]
    [told] = client.get(URL, headers={"accept-language": "id"}).json()["results"]
    assert told["detail"].startswith("13 dari 23 pendaftaran")


def test_pages_and_statements(cast: Cast, count_queries: Counting) -> None:
    for number in range(1, 6):
        finding(number, cast.siti)
    client = client_of(cast.rina)
    with count_queries("GET findings/"):
        first = client.get(URL, {"limit": 3}).json()
    second = client.get(URL, {"limit": 3, "cursor": first["next"]}).json()
    assert [one["month"][-1] for one in first["results"] + second["results"]] == list("12345")
    assert client.get(URL, {"cursor": "x"}).status_code == 400
    assert client.get(URL, {"taken_back": "maybe"}).status_code == 400


def said(user: User, one: MonthFinding, what: str, text: str) -> Any:
    body = {"text" if what == "answer" else "reason": text}
    return client_of(user).post(f"{URL}{one.pk}/{what}/", body)


def test_what_was_decided_holds_when_it_is_found_again(cast: Cast) -> None:
    one = finding(3, cast.siti)
    assert said(cast.siti, one, "answer", "No signal until the 30th").json()["state"] == "open"
    assert said(cast.rina, one, "answer", "I saw that").status_code == 200
    assert said(cast.rina, one, "accept", "There is no signal").json()["state"] == "accepted"
    assert said(cast.rina, one, "accept", "There is no signal").status_code == 200
    assert said(cast.andi, one, "uphold", "Look closer").json()["code"] == "already_decided"
    assert seen(cast.rina, state="open") == [] and seen(cast.rina, state="accepted") == [one.pk]

    key = (cast.siti.pk, one.month)
    storing.store_months(one.code, "kader_id", {key: None}, NOW)
    assert seen(cast.rina) == []
    storing.store_months(one.code, "kader_id", {key: EVIDENCE | {"last": 14}}, NOW)
    assert seen(cast.rina, state="open") == [] and seen(cast.rina, state="accepted") == [one.pk]

    assert said(cast.rina, one, "reopen", "Too soon").json()["state"] == "open"
    assert said(cast.rina, one, "uphold", "I asked around").json()["state"] == "upheld"
    told = client_of(cast.siti).get(f"{URL}{one.pk}/").json()
    assert [remark["kind"] for remark in told["remarks"]] == [
        "answer",
        "answer",
        "accept",
        "reopen",
        "uphold",
    ]
    assert seen(cast.rina, state="upheld") == [one.pk]


def test_nobody_decides_about_the_own_office(cast: Cast) -> None:
    one = finding(3, office=cast.branch)
    assert said(cast.rina, one, "answer", "A new threshold").status_code == 200
    assert said(cast.rina, one, "accept", "A new threshold").json()["code"] == "own_record"
    assert said(cast.outsider_coordinator, one, "accept", "Fine").status_code == 404
    assert said(cast.regional_coordinator, one, "uphold", "Not so").status_code == 200
    assert said(cast.siti, one, "answer", "Not mine").status_code == 404
    survives_garbage(client_of(cast.rina), "POST", f"{URL}{one.pk}/answer/", {"text": "A story"})


@pytest.mark.django_db(transaction=True)
def test_one_decision_of_two_at_once_stands(cast: Cast) -> None:
    one = finding(3, cast.siti)
    answers = at_once(
        [
            lambda: said(cast.rina, one, "accept", "I was there").status_code,
            lambda: said(cast.regional_coordinator, one, "uphold", "Not so").status_code,
        ]
    )
    assert sorted(answers) == [200, 409]
    assert FindingRemark.objects.count() == 1


def test_totals_without_what_is_small_for_supervisors(cast: Cast, count_queries: Counting) -> None:
    for number in range(7):
        one = pushed(cast)
        Registration.objects.filter(pk=one.pk).update(local_day=date(2026, 3, 4))
        Flag.objects.create(registration=one, code="burst", evidence={}, raised_at=NOW)
        for kind in ("answer", "uphold", "reopen", "accept")[: 4 if number < 6 else 2]:
            FlagRemark.objects.create(
                registration=one, code="burst", kind=kind, text="So", by=cast.rina, made_at=NOW
            )
    finding(3, cast.siti)
    finding(3, cast.outsider_kader)
    finding(4, cast.siti)

    def totals(user: User) -> Any:
        return client_of(user).get(f"{URL}totals/", {"period": "2026-03"}).json()["results"]

    burst = {"office": cast.branch.pk, "code": "burst"}
    heap = {"office": cast.branch.pk, "code": "month_end"}
    with count_queries("GET findings/totals/"):
        assert totals(cast.rina) == [
            burst | {"whole": 7, "open": 0, "accepted": 6, "upheld": 1},
            heap | {"whole": 1, "open": 1, "accepted": 0, "upheld": 0},
        ]
    assert totals(cast.agus) == [
        burst | {"whole": 7, "open": 0, "accepted": None, "upheld": None},
        heap | {"whole": None, "open": None, "accepted": 0, "upheld": 0},
    ]
    assert len(totals(cast.andi)) == 3
    assert client_of(cast.rina).get(f"{URL}totals/", {"period": "2026-13"}).status_code == 400


def test_statements_of_a_decision(cast: Cast, count_queries: Counting) -> None:
    one = finding(3, cast.siti)
    for number in range(3):
        said(cast.siti, one, "answer", f"Answer {number}")
    client = client_of(cast.rina)
    with count_queries("POST findings/{id}/accept/"):
        client.post(f"{URL}{one.pk}/accept/", {"reason": "I was there"})
    with count_queries("GET findings/{id}/"):
        client.get(f"{URL}{one.pk}/")
