"""Result files: what they do, what stops them, what waits for somebody."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Q

from outreach import reviewing
from outreach.answering import merge
from outreach.membership import held, keeping
from outreach.membership.handing_off import hand_off
from outreach.models import (
    Decision,
    HandOffRow,
    HeldResult,
    Membership,
    Payment,
    Person,
    Registration,
)
from outreach.months import later
from outreach.sealing import unseal
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.outreach.imports.sending import confirm
from tests.outreach.membership.stories import (
    MONTH,
    accepted,
    codes_of,
    handed_off,
    imported,
    paid,
    preview,
    refused,
    status_of,
    verified,
)
from tests.records import NOW
from tests.tablet import tablet_of

KPJ = "12345678901"
AFTERWARDS = NOW + timedelta(minutes=1)
"""Decisions of one moment have no order."""


def test_accepted_then_paid_is_a_member(cast: Cast) -> None:
    [one] = handed_off(cast, 1)

    assert imported(cast, accepted(one))["answered"] == 1
    assert status_of(one) == "awaiting_payment"
    report = imported(cast, paid(one, months=3, kpj=KPJ))

    assert report == {"answered": 1, "paid": 1, "refused": 0, "held": 0, "unchanged": 0}
    member = Membership.objects.get(registration=one)
    assert status_of(one) == "active"
    assert (member.active_from, member.paid_until) == (MONTH, later(MONTH, 2))
    assert KPJ.encode() not in bytes(member.kpj or b"")
    assert unseal(member.kpj or b"", one.pk) == KPJ
    assert HandOffRow.objects.get().payment_code == "8801"


def test_by_the_row_of_the_hand_off_with_its_nik(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    batch = HandOffRow.objects.filter(registration=one).values_list("hand_off", flat=True)[0]
    assert one.nik is not None
    nik = unseal(one.nik, one.pk)
    row = {"hand_off": batch, "number": 1, "nik": nik, "result": "accepted"}

    shown = preview(cast, {**row, "number": 2})
    assert codes_of(shown) == [["nik_differs"]]
    imported(cast, row)
    assert (status_of(one), status_of(other)) == ("awaiting_payment", "handed_off")


def test_what_a_row_can_be_wrong_about_is_told_row_by_row(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    waiting = verified(cast, 3)[2]
    batch = HandOffRow.objects.filter(registration=one).values_list("hand_off", flat=True)[0]
    foreign = uuid4()

    shown = preview(
        cast,
        accepted(one) | {"registration": None},
        accepted(one) | {"registration": foreign},
        accepted(one) | {"hand_off": batch, "number": 2},
        accepted(waiting),
        {"registration": other.pk, "result": "lunas"},
        {"registration": other.pk, "result": "ditolak"},
        paid(one, paid_on=NOW.date() + timedelta(days=3)),
        paid(one, month=date(2019, 1, 1)),
        {"registration": one.pk, "result": "mungkin"},
        {"registration": one.pk},
    )

    assert codes_of(shown) == [
        ["which"],
        ["not_of_office"],
        ["two_named"],
        ["never_handed_off"],
        ["needed", "needed", "needed", "refused_too"],
        ["needed", "accepted_too"],
        ["in_future"],
        ["far_from_paid"],
        ["no_choice"],
        [],
    ]
    assert confirm(cast.dewi, shown["id"]).status_code == 409
    assert {status_of(one), status_of(other)} == {"handed_off"}
    assert not Payment.objects.exists()


def test_another_office_s_registrations_are_not_there(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    Registration.objects.filter(pk=one.pk).update(campaign=cast.other_market)

    assert codes_of(preview(cast, accepted(one))) == [["not_of_office"]]


def recorded() -> list[Any]:
    """All that is known, but for who says it."""
    rows: list[Any] = []
    for model in (Payment, HandOffRow, Decision):
        rows += model._default_manager.order_by("pk").values()
    return [{name: row[name] for name in row if "said_by" not in name} for row in rows]


def test_the_same_rows_in_another_file_change_nothing(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    rows = [accepted(one), paid(one, kpj=KPJ), refused(other)]
    imported(cast, *rows)
    before = recorded()

    report = imported(cast, *rows)

    assert report == {"answered": 0, "paid": 0, "refused": 0, "held": 0, "unchanged": 3}
    assert recorded() == before


def test_a_refusal_goes_back_to_the_kader_with_its_reason(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    imported(cast, refused(one))

    assert status_of(one) == "needs_correction"
    decision = Decision.objects.latest("decided_at")
    assert (decision.kind, decision.actor, decision.reason) == (
        "refuse",
        cast.dewi,
        "BPJS: NIK tidak padan",
    )
    body = b'{"ids": ["%s"]}' % str(one.pk).encode()
    tablet = tablet_of(cast.siti)
    answer: Any = tablet.post("sync/receipts/", body)
    [receipt] = answer.json()["results"]
    assert (receipt["action"], receipt["correction"]["reason"]) == ("fix", "BPJS: NIK tidak padan")
    person = Person.objects.get(pk=one.person_id)
    assert person.state == "provisional"


def test_what_was_refused_and_put_right_is_handed_off_again(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    imported(cast, refused(one))
    reviewing.decide(Decision.Kind.VERIFY, [one.pk], cast.rina, "put right", NOW)
    hand_off(uuid4(), cast.dewi, Q(), None, 10, NOW)

    imported(cast, paid(one))

    assert status_of(one) == "active"
    rows = HandOffRow.objects.order_by("pk").values_list("answer", "is_current")
    assert list(rows) == [("refused", False), ("accepted", True)]


def test_a_second_refusal_for_the_same_reason_is_not_taken_for_the_first(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    assert imported(cast, refused(one))["refused"] == 1
    assert imported(cast, refused(one) | {"payment_code": ""})["unchanged"] == 1
    reviewing.decide(Decision.Kind.VERIFY, [one.pk], cast.rina, "seen", NOW + timedelta(minutes=1))
    hand_off(uuid4(), cast.dewi, Q(), None, 10, NOW + timedelta(minutes=2))

    assert imported(cast, refused(one))["held"] == 1
    waiting = HeldResult.objects.get()
    assert (waiting.reasons, status_of(one)) == (["refused_before"], "handed_off")
    held.apply([waiting.pk], cast.rina, "again", NOW)
    assert status_of(one) == "needs_correction"


def test_a_refusal_taken_back_waits_for_an_answer_again(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    imported(cast, refused(one))
    decision = Decision.objects.latest("decided_at")

    answer = client_of(cast.rina).post(
        f"/api/v1/decisions/{decision.pk}/undo/", {"reason": "BPJS was wrong"}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "handed_off")
    imported(cast, paid(one))
    assert status_of(one) == "active"


@pytest.fixture
def member(cast: Cast) -> Registration:
    [one] = handed_off(cast, 1)
    imported(cast, accepted(one), paid(one, kpj=KPJ))
    return one


def test_withdrawing_ends_it_and_is_undone(cast: Cast, member: Registration) -> None:
    client: Any = client_of(cast.dewi)
    url = f"/api/v1/registrations/{member.pk}/withdraw/"

    done = client.post(url, {"reason": "moved away"})
    again = client_of(cast.rina).post(url, {"reason": "moved away"})

    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    assert (again.status_code, again.json()["decision"]) == (200, None)
    assert Membership.objects.get().withdrawn_at is not None
    assert Person.objects.get(pk=member.person_id).state == "none"
    assert keeping.rebuild(NOW) == (0, 0)

    undone = client_of(cast.rina).post(
        f"/api/v1/decisions/{done.json()['decision']}/undo/", {"reason": "stays"}
    )
    assert (undone.status_code, undone.json()["state"]) == (200, "active")
    assert Membership.objects.get().withdrawn_at is None
    assert Person.objects.get(pk=member.person_id).state == "verified"
    assert keeping.rebuild(NOW) == (0, 0)


def test_undoing_a_withdrawal_finds_what_time_has_made_of_it(
    cast: Cast, member: Registration
) -> None:
    [ruling] = reviewing.decide(Decision.Kind.WITHDRAW, [member.pk], cast.rina, "moved", AFTERWARDS)
    assert ruling.decision
    much_later = NOW + timedelta(days=200)
    assert keeping.lapse(much_later) == 0

    assert reviewing.undo(ruling.decision, cast.rina, "stays", much_later).status == "lapsed"


def test_a_result_for_one_who_withdrew_waits_for_somebody(cast: Cast, member: Registration) -> None:
    [ruling] = reviewing.decide(Decision.Kind.WITHDRAW, [member.pk], cast.rina, "moved", AFTERWARDS)
    row = paid(member, later(MONTH, 1), paid_on=NOW.date())
    shown = preview(cast, row)
    assert codes_of(shown) == [["withdrawn"]]
    assert (shown["problem_count"], shown["warning_count"]) == (0, 1)

    assert confirm(cast.dewi, shown["id"]).json()["report"]["held"] == 1
    assert imported(cast, row)["held"] == 0
    client: Any = client_of(cast.rina)
    [waiting] = client.get("/api/v1/held-results/").json()["results"]
    assert (waiting["registration"], waiting["why"][0]["code"]) == (str(member.pk), "withdrawn")
    assert Payment.objects.count() == 1

    url = f"/api/v1/held-results/{waiting['id']}/apply/"
    applied = client.post(url, {"reason": "the money came"})
    assert (applied.status_code, applied.json()["registration_state"]) == (200, "withdrawn")
    assert client.post(url, {"reason": "the money came"}).status_code == 200
    assert Payment.objects.count() == 2
    assert ruling.decision
    assert reviewing.undo(ruling.decision, cast.rina, "stays", NOW).status == "active"
    assert Membership.objects.get().paid_until == later(MONTH, 1)


def test_a_result_for_a_merged_person_waits_for_somebody(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    merge(one.person_id, other.person_id, cast.rina, "one and the same", NOW)
    moved, stayed = one, other
    if Registration.objects.get(pk=one.pk).person_id == one.person_id:
        moved, stayed = other, one

    shown = preview(cast, paid(moved), paid(stayed))
    assert codes_of(shown) == [["merged"], []]
    confirm(cast.dewi, shown["id"])
    assert (status_of(moved), status_of(stayed)) == ("handed_off", "active")

    held.apply([HeldResult.objects.get().pk], cast.rina, "second job", NOW)
    assert status_of(moved) == "active"
    assert imported(cast, paid(moved, later(MONTH, -1)))["paid"] == 1


def test_a_kpj_of_somebody_else_waits_for_somebody(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    shown = preview(cast, paid(one, kpj=KPJ), paid(other, kpj=KPJ))
    assert codes_of(shown) == [["kpj_of_other"], ["kpj_of_other"]]

    imported(cast, paid(one, kpj=KPJ))
    assert imported(cast, paid(other, kpj=KPJ))["held"] == 1
    assert imported(cast, accepted(one, kpj="99999999999"))["held"] == 1
    waiting = HeldResult.objects.get(registration=other)
    assert waiting.reasons == ["kpj_of_other"]

    held.dismiss(HeldResult.objects.get(registration=one).pk, cast.dewi, "a slip", NOW)
    [applied] = held.apply([waiting.pk], cast.dewi, "paid all the same", NOW)
    assert (status_of(other), applied.kpj_left_out) == ("active", True)
    assert Membership.objects.get(registration=other).kpj is None


def test_what_contradicts_waits_for_somebody(cast: Cast, member: Registration) -> None:
    assert imported(cast, refused(member), accepted(member, payment_code="77"))["held"] == 2
    reasons = sorted(code for one in HeldResult.objects.all() for code in one.reasons)
    assert reasons == ["accepted_before", "accepted_too", "other_code"]
    assert status_of(member) == "active"


def test_a_file_that_says_two_things_of_one(cast: Cast) -> None:
    [one] = handed_off(cast, 1)

    assert imported(cast, refused(one), paid(one)) == {
        "answered": 1,
        "paid": 1,
        "refused": 0,
        "held": 1,
        "unchanged": 0,
    }
    assert status_of(one) == "active"


def test_a_held_row_dismissed_comes_no_more(cast: Cast, member: Registration) -> None:
    imported(cast, refused(member))
    client: Any = client_of(cast.dewi)
    [waiting] = client.get("/api/v1/held-results/").json()["results"]
    url = f"/api/v1/held-results/{waiting['id']}/"

    assert client.post(f"{url}dismiss/", {"reason": "an old file"}).json()["state"] == "dismissed"
    assert client.post(f"{url}dismiss/", {"reason": "an old file"}).status_code == 200
    assert client.post(f"{url}apply/", {"reason": "no!"}).json()["code"] == "already_decided"
    assert imported(cast, refused(member))["held"] == 0
    assert client.get("/api/v1/held-results/").json()["results"] == []
    assert client.get("/api/v1/held-results/?state=%00").json()["code"] == "invalid"
    assert (
        client_of(cast.outsider_officer).post(f"{url}apply/", {"reason": "hm!"}).status_code == 404
    )


def test_a_payment_confirmed_by_mistake_is_undone_and_waits_when_it_comes_again(
    cast: Cast, member: Registration
) -> None:
    client: Any = client_of(cast.dewi)
    url = f"/api/v1/payments/{Payment.objects.get().pk}/undo/"

    undone = client.post(url, {"reason": "another worker's"})
    again = client.post(url, {"reason": "once more"})

    assert (undone.status_code, again.json()["undone_reason"]) == (200, "another worker's")
    assert client_of(cast.outsider_officer).post(url, {"reason": "hm!"}).status_code == 404
    assert status_of(member) == "awaiting_payment"
    assert Membership.objects.get().paid_until is None
    assert keeping.rebuild(NOW) == (0, 0)

    assert imported(cast, paid(member, kpj=KPJ))["held"] == 1
    waiting = HeldResult.objects.get()
    assert waiting.reasons == ["payment_undone"]
    held.apply([waiting.pk], cast.dewi, "it was right", NOW)
    assert status_of(member) == "active"
    assert Payment.objects.filter(undone_at=None).count() == 1
    assert keeping.rebuild(NOW) == (0, 0)


@pytest.mark.parametrize("number", [2, 60])
def test_statements_do_not_grow_with_the_rows(
    cast: Cast, number: int, count_queries: Counting
) -> None:
    registrations = handed_off(cast, number)
    shown = preview(
        cast,
        *[paid(one, kpj=f"{place:011}") for place, one in enumerate(registrations[1:])],
        refused(registrations[0]),
    )
    with count_queries("POST imports/{id}/confirm/ of results"):
        assert confirm(cast.dewi, shown["id"]).status_code == 200


@pytest.mark.parametrize("number", [1, 5])
def test_what_is_shown_takes_as_many_statements_for_few_as_for_many(
    cast: Cast, number: int, count_queries: Counting
) -> None:
    registrations = handed_off(cast, number)
    imported(cast, *[paid(one, later(MONTH, -1)) for one in registrations])
    imported(cast, *[refused(one) for one in registrations])
    client = client_of(cast.dewi)
    with count_queries("GET held-results/"):
        assert len(client.get("/api/v1/held-results/").json()["results"]) == number
    with count_queries("GET registrations/{id}/membership/"):
        client.get(f"/api/v1/registrations/{registrations[0].pk}/membership/")
    with count_queries("POST held-results/{id}/dismiss/"):
        url = f"/api/v1/held-results/{HeldResult.objects.latest('source_row').pk}/dismiss/"
        client.post(url, {"reason": "an old file"})
    with count_queries("POST registrations/{id}/withdraw/"):
        url = f"/api/v1/registrations/{registrations[0].pk}/withdraw/"
        assert client.post(url, {"reason": "moved away"}).status_code == 200
