"""Blind calls: drawn by chance, called without knowing of whom, told with what is not known."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models.signals import post_save
from django.utils.translation import override

from outreach.flags import shown
from outreach.models import (
    Decision,
    Disclosure,
    Flag,
    PastFlag,
    RecontactCall,
    RecontactCase,
    RecontactSample,
    Registration,
    User,
)
from outreach.recontact.drawing import Stratum, draw
from outreach.statuses import VERIFIED
from tests.cast import Cast, client_of, edited
from tests.counting import Counting
from tests.garbage import survives_garbage
from tests.outreach.recontact.samples import SAMPLES, asked, called, case_url, drawn, verified
from tests.records import NOW
from tests.threads import at_once, until_somebody_waits

REASON = {"reason": "All were called"}


def cases(sample: RecontactSample) -> list[RecontactCase]:
    return list(sample.cases.order_by("place"))


def listed(user: User, sample: RecontactSample) -> list[dict[str, Any]]:
    answer = client_of(user).get(f"{SAMPLES}{sample.pk}/cases/")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def results(user: User, sample: RecontactSample) -> Any:
    return client_of(user).get(f"{SAMPLES}{sample.pk}/result/").json()


def test_a_sample_is_worked_out_again_from_its_seed(cast: Cast) -> None:
    verified(cast, 8, flagged=2)
    own = verified(cast, 5, by=cast.budi)
    Registration.objects.filter(pk=own[0]).update(phone=None, phone_index=None)
    Registration.objects.filter(pk=own[1]).update(status="submitted")
    sample = drawn(cast.rina, size=7)
    frame = {
        Stratum(one.kader_id, one.is_flagged): one.frame for one in sample.strata.all() if one.frame
    }
    assert {one: len(ids) for one, ids in frame.items()} == {
        Stratum(cast.siti.pk, is_flagged=True): 2,
        Stratum(cast.siti.pk, is_flagged=False): 6,
        Stratum(cast.budi.pk, is_flagged=False): 3,
    }
    again = [one for _, one in draw(frame, sample.size, sample.seed)]
    assert [one.registration_id for one in cases(sample)] == again
    assert sum(one.without_phone for one in sample.strata.all()) == 1
    more = drawn(cast.rina, size=4)
    assert not {one.registration_id for one in cases(more)} & set(again), "once in half a year"


def test_the_same_id_draws_once(cast: Cast) -> None:
    verified(cast, 6)
    body, client = asked(), client_of(cast.rina)
    first = client.post(SAMPLES, body)
    again = client.post(SAMPLES, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert client.post(SAMPLES, body | {"size": 5}).json()["code"] == "conflict"
    other = client_of(cast.regional_coordinator).post(SAMPLES, body)
    assert other.json()["code"] in {"conflict", "invalid"}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_draw_nobody_twice(cast: Cast) -> None:
    verified(cast, 8)
    body = asked()
    at_once(
        [
            lambda: client_of(cast.rina).post(SAMPLES, body).status_code,
            lambda: client_of(cast.rina).post(SAMPLES, body).status_code,
            lambda: client_of(cast.rina).post(SAMPLES, asked()).status_code,
        ]
    )
    assert RecontactSample.objects.count() == 2
    assert len(set(RecontactCase.objects.values_list("registration", flat=True))) == 8


@pytest.mark.django_db(transaction=True)
def test_a_regional_office_draws_nobody_whom_its_branch_is_drawing(cast: Cast) -> None:
    verified(cast, 8)

    def of_branch() -> None:
        with transaction.atomic():
            drawn(cast.rina)
            until_somebody_waits()

    def of_region() -> None:
        started.wait(30)
        drawn(cast.regional_coordinator)

    started = threading.Event()
    post_save.connect(lambda **_: started.set(), RecontactSample, weak=False, dispatch_uid="drawn")
    try:
        at_once([of_branch, of_region])
    finally:
        post_save.disconnect(sender=RecontactSample, dispatch_uid="drawn")
    assert len(set(RecontactCase.objects.values_list("registration", flat=True))) == 8


def test_who_cannot_be_drawn_is_said(cast: Cast) -> None:
    client = client_of(cast.rina)

    def code(**changes: Any) -> str:
        problem = client.post(SAMPLES, asked(**changes)).json()
        return str(problem.get("problems", [problem])[0]["code"])

    assert code() == "nobody"
    verified(cast, 8)
    verified(cast, 8, by=cast.budi)
    assert code(size=3) == "too_small"
    assert code(size=501) == "max_value"
    assert code(office=cast.other_branch.pk) == "does_not_exist"
    assert code(campaign=str(cast.other_market.pk)) == "does_not_exist"
    assert code(last_day="2026-02-01") == "before_first"
    for _ in range(3):
        drawn(cast.rina)
    for _ in range(2):
        RecontactSample.objects.create(**_copy(RecontactSample.objects.first()))
    assert code() == "samples_open"
    survives_garbage(client, "POST", SAMPLES, asked())


def _copy(one: RecontactSample | None) -> dict[str, Any]:
    assert one
    columns = {name: value for name, value in vars(one).items() if not name.startswith("_")}
    return columns | {"id": uuid4()}


def test_a_caller_learns_whom_to_ask_for_and_nothing_of_the_kader(cast: Cast) -> None:
    verified(cast, 6, flagged=3)
    sample = drawn(cast.rina)
    [case, *_] = cases(sample)
    rows = listed(cast.dewi, sample)
    assert [row["place"] for row in rows] == [1, 2, 3, 4]
    assert rows[0].keys() == {"id", "place", "phone", "state", "is_mine", "outcome", "calls"}
    assert "••••" in rows[0]["phone"]
    assert not Disclosure.objects.exists()

    shown = client_of(cast.dewi).post(case_url(case, "show")).json()
    assert shown.keys() == {"id", "full_name", "phone", "village", "day", "held_until"}
    assert shown["full_name"] == case.registration.full_name and shown["phone"].startswith("+62")
    why = Disclosure.objects.get()
    assert (why.user, why.registration_id) == (cast.dewi, case.registration_id)
    assert why.fields == ["full_name", "phone"] and str(sample.pk) in why.reason
    assert [row["state"] for row in listed(cast.rina, sample)] == ["held"] + ["waiting"] * 3

    Decision.objects.create(
        registration=case.registration,
        kind="verify",
        actor=cast.rina,
        reason="papers seen",
        status_before="flagged",
        decided_at=NOW,
    )
    assert len(listed(cast.rina, sample)) == 3, "not whom one has verified"
    assert client_of(cast.rina).post(case_url(case, "show")).status_code == 404
    assert client_of(cast.siti).post(case_url(case, "show")).status_code == 403
    assert client_of(cast.outsider_officer).post(case_url(case, "show")).status_code == 404
    Registration.objects.filter(pk=case.registration_id).update(status="withdrawn")
    assert client_of(cast.dewi).post(case_url(case, "show")).json()["code"] == "not_possible"


@pytest.mark.django_db(transaction=True)
def test_one_of_two_callers_gets_a_case(cast: Cast) -> None:
    verified(cast, 4)
    [case, *_] = cases(drawn(cast.rina))
    answers = at_once(
        [
            lambda: client_of(cast.dewi).post(case_url(case, "show")),
            lambda: client_of(cast.rina).post(case_url(case, "show")),
        ]
    )
    [refused] = [one.json() for one in answers if one.status_code != 200]
    assert refused["code"] == "being_called"
    assert Disclosure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_id_sent_for_two_cases_at_once_is_one_call(cast: Cast) -> None:
    verified(cast, 8)
    one, other = (cases(drawn(cast.rina))[0] for _ in range(2))
    body = {"id": str(uuid4()), "outcome": "confirmed"}
    client = client_of(cast.rina)
    for case in (one, other):
        client.post(case_url(case, "show"))
    started = threading.Event()

    def first() -> int:
        with transaction.atomic():
            answer = client_of(cast.rina).post(case_url(one, "outcome"), body)
            started.set()
            until_somebody_waits()
        return int(answer.status_code)

    def second() -> int:
        started.wait(30)
        return int(client_of(cast.rina).post(case_url(other, "outcome"), body).status_code)

    assert at_once([first, second]) == [200, 409]
    assert RecontactCall.objects.get().case == one


def test_the_last_call_counts_and_a_denial_is_a_flag(cast: Cast) -> None:
    verified(cast, 4)
    [case, second, *_] = cases(drawn(cast.rina))
    registration = case.registration
    body = {"id": str(uuid4()), "outcome": "denied", "note": "Never heard of it"}
    url, client = case_url(case, "outcome"), client_of(cast.dewi)
    assert client.post(url, body).json()["code"] == "not_shown"
    client.post(case_url(case, "show"))
    assert client.post(url, body).json() == {"id": str(case.pk), "outcome": "denied"}
    assert client.post(url, body).status_code == 200
    assert client.post(url, body | {"outcome": "confirmed"}).json()["code"] == "conflict"
    assert RecontactCall.objects.count() == 1
    flag = Flag.objects.get(registration=registration, code="recontact_denied")
    status = Registration.objects.get(pk=registration.pk).status
    assert status in VERIFIED, "no verdict"
    told = client_of(cast.siti).get(f"/api/v1/registrations/{registration.pk}/flags/").json()
    [detail] = [one["detail"] for one in told["results"] if one["code"] == flag.code]
    with override("id"):
        assert str(shown(flag.evidence["day"])) in detail

    assert called(cast.rina, case, "confirmed").json()["code"] == "already_answered"
    assert called(cast.dewi, case, "confirmed").status_code == 200
    assert not Flag.objects.filter(code="recontact_denied").exists()
    assert PastFlag.objects.filter(code="recontact_denied").exists()
    assert client.post(url, body).json()["outcome"] == "confirmed", "sent again, it is long known"

    for user in (cast.dewi, cast.rina, cast.dewi):
        assert called(user, second, "not_reached").status_code == 200
    assert called(cast.rina, second, "not_reached").json()["code"] == "already_answered"
    survives_garbage(client, "POST", url, body | {"id": str(uuid4())})


def test_a_denial_stays_through_an_edit(cast: Cast) -> None:
    verified(cast, 4)
    [case, *_] = cases(drawn(cast.rina))
    called(cast.dewi, case, "denied")
    Registration.objects.filter(pk=case.registration_id).update(status="needs_correction")
    edited(cast, Registration.objects.get(pk=case.registration_id))
    assert Flag.objects.filter(code="recontact_denied").count() == 1


def test_the_result_is_told_when_the_sample_is_closed(cast: Cast) -> None:
    verified(cast, 7, flagged=1)
    verified(cast, 1, by=cast.budi)
    sample = drawn(cast.rina, size=8)
    outcomes = ["confirmed"] * 6 + ["denied"]
    for case, outcome in zip(cases(sample), outcomes, strict=False):
        assert called(cast.dewi, case, outcome).status_code == 200
    assert results(cast.rina, sample)["code"] == "sample_open"
    url = f"{SAMPLES}{sample.pk}/close/"
    closed = client_of(cast.rina).post(url, REASON).json()
    assert closed["called"] == 7 and closed["closed_by"] == cast.rina.pk
    assert client_of(cast.regional_coordinator).post(url, REASON).json() == closed
    assert called(cast.dewi, cases(sample)[7], "denied").json()["code"] == "sample_closed"

    rows = results(cast.rina, sample)["results"]
    assert [(row["office"], row["kader"]) for row in rows] == [
        (None, None),
        (cast.branch.pk, None),
        (cast.branch.pk, cast.siti.pk),
        (cast.branch.pk, cast.budi.pk),
    ]
    whole = rows[0]
    assert whole["frame"] == 8 and whole["without_phone"] == 0
    assert whole["counts"] == {
        "confirmed": 6,
        "denied": 1,
        "not_reached": 0,
        "wrong_number": 0,
        "refused": 0,
        "not_called": 1,
    }
    assert whole["share"] == pytest.approx(1 / 7)
    assert whole["low"] < whole["share"] < whole["high"]
    assert (whole["at_least"], whole["at_most"]) == (pytest.approx(1 / 8), pytest.approx(2 / 8))

    seen = results(cast.agus, sample)["results"]
    assert [row["kader"] for row in seen] == [None], "offices would give the small ones away"
    assert seen[0]["counts"]["denied"] is None and seen[0]["share"] is None
    assert results(cast.outsider_supervisor, sample)["code"] == "not_found"


@pytest.mark.parametrize("rows", [4, 12])
def test_statements(cast: Cast, count_queries: Counting, rows: int) -> None:
    verified(cast, rows)
    client, officer = client_of(cast.rina), client_of(cast.dewi)
    body = asked(size=rows)
    with count_queries("POST recontact-samples/"):
        assert client.post(SAMPLES, body).status_code == 201
    sample = RecontactSample.objects.get()
    case = cases(sample)[0]
    with count_queries("GET recontact-samples/"):
        client.get(SAMPLES)
    with count_queries("GET recontact-samples/{id}/cases/"):
        officer.get(f"{SAMPLES}{sample.pk}/cases/")
    with count_queries("POST recontact-cases/{id}/show/"):
        officer.post(case_url(case, "show"))
    with count_queries("POST recontact-cases/{id}/outcome/"):
        officer.post(case_url(case, "outcome"), {"id": str(uuid4()), "outcome": "denied"})
    client.post(f"{SAMPLES}{sample.pk}/close/", REASON)
    with count_queries("GET recontact-samples/{id}/result/"):
        client.get(f"{SAMPLES}{sample.pk}/result/")
