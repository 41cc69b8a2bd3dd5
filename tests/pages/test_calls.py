"""Samples and blind calls on pages: drawn, called one after the other, closed, told."""

from typing import Any
from uuid import uuid4

from django.test import Client

from outreach.models import Disclosure, Flag, RecontactCall, RecontactCase, RecontactSample
from tests.cast import Cast
from tests.counting import Counting
from tests.outreach.recontact.samples import asked, called, drawn, verified
from tests.pages.test_queue import browser_of, other_coordinator, page

CLOSE = {"reason": "all were called"}


def call_address(case: RecontactCase) -> str:
    return f"/calls/cases/{case.pk}/"


def first(sample: RecontactSample) -> RecontactCase:
    return sample.cases.earliest("place")


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def recorded(browser: Client, case: RecontactCase, outcome: str, **more: str) -> Any:
    form = {"id": str(uuid4()), "outcome": outcome} | more
    return browser.post(f"{call_address(case)}outcome/", form)


def test_a_sample_is_drawn_once_however_often_the_form_is_sent(cast: Cast) -> None:
    rina = browser_of(cast.rina)
    assert "Draw one of last month" in text_of(rina.get("/calls/"))
    verified(cast, 6)
    assert 'value="40"' in text_of(rina.get("/calls/new/"))
    form = asked()
    for wrong, said in (
        ({"size": "1"}, "at least 2"),
        ({"size": "x"}, "valid integer"),
        ({"first_day": "2026-02-30"}, "wrong format"),
        ({"last_day": "2026-02-01"}, "before the first"),
        ({"office": str(cast.other_branch.pk)}, "no such office"),
        ({"first_day": "2025-03-01", "last_day": "2025-03-02"}, "nobody to be called"),
    ):
        told = text_of(rina.post("/calls/new/", form | wrong))
        assert said in told and "Nothing was drawn" in told
    assert not RecontactSample.objects.exists()
    addresses = {rina.post("/calls/new/", form)["Location"] for _ in range(2)}
    sample = RecontactSample.objects.get()
    assert addresses == {f"/calls/{sample.pk}/"}
    assert "The result is told when the sample is closed" in text_of(rina.get(addresses.pop()))
    assert "0 of 4" in page(cast.dewi, "/calls/")
    assert str(sample.pk) not in page(cast.outsider_officer, "/calls/")


def test_a_caller_goes_from_one_to_the_next_and_sees_each_once(cast: Cast) -> None:
    verified(cast, 6)
    sample = drawn(cast.rina)
    dewi, case = browser_of(cast.dewi), first(sample)
    assert dewi.get(f"/calls/{sample.pk}/next/")["Location"] == call_address(case)
    name = case.registration.full_name
    masked = text_of(dewi.get(call_address(case)))
    for hidden in (name, "+62812", cast.siti.full_name, cast.market.name):
        assert hidden not in masked
    assert not Disclosure.objects.exists()
    answer = dewi.post(f"{call_address(case)}show/")
    shown = text_of(answer)
    assert name in shown and "+62812" in shown and "no-store" in answer["Cache-Control"]
    assert cast.siti.full_name not in shown
    assert Disclosure.objects.get().user == cast.dewi
    assert name not in text_of(dewi.get(call_address(case)))
    assert dewi.get(f"{call_address(case)}show/")["Location"] == call_address(case)
    form = {"id": str(uuid4()), "outcome": "denied", "note": "never heard of it"}
    onward = {dewi.post(f"{call_address(case)}outcome/", form)["Location"] for _ in range(2)}
    following = sample.cases.get(place=2)
    assert onward == {f"{call_address(following)}?after={case.pk}"}
    assert RecontactCall.objects.count() == 1
    assert Flag.objects.filter(code="recontact_denied").exists()
    told = text_of(dewi.get(onward.pop()))
    assert "Denies" in told and f'href="{call_address(case)}"' in told
    # A mistake is put right without seeing the person again.
    assert "You noted:" in text_of(dewi.get(call_address(case)))
    assert recorded(dewi, case, "confirmed")["Location"].startswith(call_address(following))
    assert not Flag.objects.filter(code="recontact_denied").exists()
    assert Disclosure.objects.count() == 1


def test_two_callers_do_not_call_one_worker(cast: Cast) -> None:
    verified(cast, 6)
    sample = drawn(cast.rina)
    case, dewi, wati = first(sample), browser_of(cast.dewi), browser_of(other_coordinator(cast))
    dewi.post(f"{call_address(case)}show/")
    late = text_of(wati.post(f"{call_address(case)}show/", follow=True))
    assert "Dewi Lestari is calling just now, and has until" in late
    assert case.registration.full_name not in late
    assert "Have the case shown" in text_of(
        wati.post(
            f"{call_address(case)}outcome/",
            {"id": str(uuid4()), "outcome": "confirmed"},
            follow=True,
        )
    )
    assert wati.get(f"/calls/{sample.pk}/next/")["Location"] != call_address(case)
    assert dewi.get(f"/calls/{sample.pk}/next/")["Location"] == call_address(case)
    recorded(dewi, case, "confirmed")
    assert "This call was made" in text_of(wati.get(call_address(case)))
    unclear = {"id": "x", "outcome": "perhaps"}
    told = dewi.post(f"{call_address(case)}outcome/", unclear, follow=True)
    assert "Nothing was kept" in text_of(told)


def test_who_was_not_reached_comes_last_and_nobody_who_withdrew(cast: Cast) -> None:
    verified(cast, 3)
    sample = drawn(cast.rina, size=3)
    one, two, three = sample.cases.order_by("place")
    dewi = browser_of(cast.dewi)
    dewi.post(f"{call_address(one)}show/")
    recorded(dewi, one, "not_reached")
    type(two.registration).objects.filter(pk=two.registration_id).update(status="withdrawn")
    for case in (three, one):
        assert dewi.get(f"/calls/{sample.pk}/next/")["Location"] == call_address(case)
        dewi.post(f"{call_address(case)}show/")
        recorded(dewi, case, "confirmed")
    done = text_of(dewi.get(f"/calls/{sample.pk}/next/", follow=True))
    assert "Nobody of this sample waits for a call of yours" in done
    assert "Your calls" in done


def test_the_result_is_told_once_the_sample_is_closed(cast: Cast) -> None:
    verified(cast, 6)
    sample = drawn(cast.rina)
    for case, outcome in zip(sample.cases.all(), ("confirmed", "denied", "refused"), strict=False):
        called(cast.dewi, case, outcome)
    rina, address = browser_of(cast.rina), f"/calls/{sample.pk}/"
    assert "Nothing was changed" in text_of(rina.post(f"{address}close/", follow=True))
    for _ in range(2):
        told = text_of(rina.post(f"{address}close/", CLOSE, follow=True))
    assert "50.0 %" in told and cast.siti.full_name in told and "all were called" in told
    guarded = page(cast.agus, address)
    assert cast.siti.full_name not in guarded and "50.0 %" not in guarded
    assert "What the calls say" not in page(cast.dewi, address)
    late = browser_of(cast.dewi).post(f"{call_address(first(sample))}show/", follow=True)
    assert "The sample is closed" in text_of(late)


def test_numbers_of_statements_do_not_grow_with_the_calls(
    cast: Cast, count_queries: Counting
) -> None:
    verified(cast, 12)
    rina, user = browser_of(cast.rina), cast.rina
    for size in (2, 8):
        sample = drawn(user, size=size)
        case = first(sample)
        with count_queries("GET calls/ page"):
            rina.get("/calls/")
        with count_queries("GET calls/{id}/ page"):
            rina.get(f"/calls/{sample.pk}/")
        with count_queries("GET calls/cases/{id}/ page"):
            rina.get(call_address(case))
        with count_queries("POST calls/cases/{id}/show/ page"):
            rina.post(f"{call_address(case)}show/")
        with count_queries("POST calls/cases/{id}/outcome/ page"):
            recorded(rina, case, "confirmed")
        rina.post(f"/calls/{sample.pk}/close/", CLOSE)
        with count_queries("GET calls/{id}/ page, closed"):
            rina.get(f"/calls/{sample.pk}/")
