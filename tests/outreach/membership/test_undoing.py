"""A result file undone as a whole, and KPJs put right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import reviewing
from outreach.membership import held, keeping
from outreach.models import (
    Decision,
    HandOffRow,
    HeldResult,
    Import,
    Membership,
    Payment,
    Registration,
)
from outreach.months import later
from outreach.sealing import unseal
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.outreach.imports.sending import confirm, send
from tests.outreach.membership.stories import (
    MONTH,
    accepted,
    handed_off,
    imported,
    paid,
    preview,
    refused,
    result_file,
    status_of,
)
from tests.outreach.membership.test_order import FACTS, PEOPLE, row_of
from tests.records import NOW
from tests.threads import at_once

KPJ, OTHER_KPJ = "12345678901", "99999999999"
AFTERWARDS = NOW + timedelta(minutes=1)


def confirmed(cast: Cast, *rows: dict[str, Any]) -> str:
    """A result file that counts, by its id."""
    shown = preview(cast, *rows)
    assert confirm(cast.dewi, shown["id"]).status_code == 200
    return str(shown["id"])


def undo(user: Any, import_id: str, reason: str = "the wrong file") -> Any:
    return client_of(user).post(f"/api/v1/imports/{import_id}/undo/", {"reason": reason})


def undone(cast: Cast, import_id: str) -> dict[str, Any]:
    """What undoing a file reports."""
    answer = undo(cast.dewi, import_id)
    assert (answer.status_code, answer.json()["state"]) == (200, "undone")
    report: dict[str, Any] = answer.json()["undo_report"]
    return report


def known(registrations: list[Registration]) -> list[Any]:
    """What is known of registrations, whoever says it."""
    members = Membership.objects.exclude(active_from=None, kpj_index=None).order_by("pk")
    payments = Payment.objects.filter(undone_at=None)
    return [
        [status_of(one) for one in registrations],
        list(members.values("pk", "active_from", "paid_until", "lapsed_at", "kpj_index")),
        sorted(payments.values_list("registration", "first_month", "months", "payer")),
        list(
            HandOffRow.objects.order_by("number").values_list(
                "answer", "payment_code", "refusal", "is_current"
            )
        ),
        HeldResult.objects.exclude(state="undone").count(),
    ]


def test_all_that_a_file_did_goes_and_its_correction_counts(cast: Cast) -> None:
    one, other, third = everybody = handed_off(cast, 3)
    imported(cast, accepted(third, payment_code="77"))
    before = known(everybody)
    wrong = confirmed(
        cast,
        accepted(one),
        paid(one, kpj=KPJ, payer="pemda"),
        refused(other),
        accepted(third, payment_code="78"),
    )
    assert Payment.objects.get().payer == "local_budget"

    report = undone(cast, wrong)

    assert known(everybody) == before
    assert report["counts"] == {
        "payments": 1,
        "kpjs": 1,
        "codes": 1,
        "answers": 1,
        "refusals": 1,
        "held": 1,
        "kept": 0,
        "left": 0,
    }
    assert keeping.rebuild(NOW) == (0, 0)
    again = undo(cast.dewi, wrong, "once more").json()
    assert (again["undo_reason"], again["undone_by"]) == ("the wrong file", cast.dewi.full_name)
    assert Payment.objects.get().undone_reason == "the wrong file"
    assert Decision.objects.get(kind="undo").undoes == Decision.objects.get(kind="refuse")
    assert imported(cast, paid(one, kpj=OTHER_KPJ), paid(other, kpj=KPJ))["paid"] == 2
    assert {status_of(one), status_of(other)} == {"active"}


def test_the_same_file_can_be_sent_again_and_counts_again(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    content = result_file(paid(one, kpj=KPJ))
    first = send(cast.dewi, content, "hand_off_results").json()["id"]
    assert undo(cast.dewi, first).json()["code"] == "import_not_confirmed"
    confirm(cast.dewi, first)
    undone(cast, first)
    assert confirm(cast.dewi, first).json()["code"] == "import_not_ready"

    again = send(cast.dewi, content, "hand_off_results")

    assert again.status_code == 201
    assert confirm(cast.dewi, again.json()["id"]).json()["report"]["paid"] == 1
    assert undo(cast.outsider_officer, first).status_code == 404
    assert client_of(cast.dewi).get(f"/api/v1/imports/{first}/").json()["state"] == "undone"


def test_what_somebody_decided_since_stays_and_is_named(cast: Cast) -> None:
    one, other, third = handed_off(cast, 3)
    imported(cast, paid(third, kpj=KPJ))
    wrong = confirmed(cast, refused(one), refused(other), paid(other, kpj=KPJ))
    reviewing.decide(Decision.Kind.VERIFY, [one.pk], cast.rina, "seen", AFTERWARDS)
    waiting = HeldResult.objects.get(reasons=["kpj_of_other"])
    held.apply([waiting.pk], cast.dewi, "paid all the same", AFTERWARDS)

    report = undone(cast, wrong)

    assert (status_of(one), status_of(other)) == ("verified", "active")
    assert sorted((left["registration"], left["why"]) for left in report["left"]) == sorted(
        [(str(one.pk), "decided_since"), (str(other.pk), "applied_by_hand")]
    )
    assert keeping.rebuild(NOW) == (0, 0)


@pytest.mark.django_db
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_other_files_say_stays_whichever_are_undone(cast: Cast, data: st.DataObject) -> None:
    one_file = st.lists(st.sampled_from(FACTS), min_size=1, max_size=6, unique=True)
    files = data.draw(st.lists(one_file, min_size=2, max_size=4))
    wrong = data.draw(st.permutations(range(len(files))))
    wrong = wrong[: data.draw(st.integers(1, len(files)))]
    with transaction.atomic():
        registrations = handed_off(cast, PEOPLE)
        start = transaction.savepoint()
        for place, file in enumerate(files):
            if place not in wrong:
                imported(cast, *[row_of(registrations, fact) for fact in file])
        without = known(registrations)
        transaction.savepoint_rollback(start)

        sent = [confirmed(cast, *[row_of(registrations, fact) for fact in file]) for file in files]
        for place in wrong:
            undone(cast, sent[place])

        assert known(registrations) == without
        assert keeping.rebuild(NOW) == (0, 0)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_undoing_a_file_while_another_says_the_same_ends_as_the_other_alone(cast: Cast) -> None:
    registrations = handed_off(cast, 4)
    rows = [paid(one, kpj=f"1234567890{place}") for place, one in enumerate(registrations)]
    wrong = confirmed(cast, *rows)
    shown = preview(cast, *reversed(rows[:2]))

    codes = at_once(
        [
            _code(lambda: undo(cast.dewi, wrong)),
            _code(lambda: confirm(cast.dewi, shown["id"])),
            _code(lambda: undo(cast.dewi, wrong)),
        ]
    )

    assert codes == [200] * 3
    assert [status_of(one) for one in registrations] == ["active"] * 2 + ["handed_off"] * 2
    assert Payment.objects.filter(undone_at=None).count() == 2
    assert Membership.objects.exclude(kpj=None).count() == 2
    assert Import.objects.get(pk=wrong).undo_report is not None
    assert keeping.rebuild(NOW) == (0, 0)


def _code(call: Callable[[], Any]) -> Callable[[], int]:
    return lambda: int(call().status_code)


@pytest.mark.parametrize("number", [2, 20])
def test_statements_of_undoing_do_not_grow_with_the_rows(
    cast: Cast, number: int, count_queries: Counting
) -> None:
    registrations = handed_off(cast, number)
    wrong = confirmed(
        cast,
        *[paid(one, kpj=f"{place:011}") for place, one in enumerate(registrations[: number // 2])],
        *[refused(one) for one in registrations[number // 2 :]],
    )
    with count_queries("POST imports/{id}/undo/"):
        assert undo(cast.dewi, wrong).status_code == 200


def kpjs(*registrations: Registration) -> list[str | None]:
    found = Membership.objects.in_bulk([one.pk for one in registrations])
    return [unseal(kpj, one.pk) if (kpj := found[one.pk].kpj) else None for one in registrations]


def test_swapped_kpjs_are_put_right_together(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    imported(cast, paid(one, kpj=OTHER_KPJ), paid(other, kpj=KPJ))
    assert imported(cast, paid(one, kpj=KPJ), paid(other, kpj=OTHER_KPJ))["held"] == 2
    client: Any = client_of(cast.dewi)
    ids = [waiting["id"] for waiting in client.get("/api/v1/held-results/").json()["results"]]

    alone = client.post(f"/api/v1/held-results/{ids[0]}/apply/", {"reason": "swapped"})
    assert (alone.status_code, alone.json()["code"]) == (409, "apply_together")
    assert sorted(alone.json()["ids"]) == sorted(ids)
    assert kpjs(one, other) == [OTHER_KPJ, KPJ]

    together = {"ids": alone.json()["ids"], "reason": "swapped"}
    for _ in range(2):
        done = client.post("/api/v1/held-results/apply/", together)
        assert done.status_code == 200
        assert [row["kpj_left_out"] for row in done.json()["results"]] == [False, False]
        assert kpjs(one, other) == [KPJ, OTHER_KPJ]
    assert keeping.rebuild(NOW) == (0, 0)


def test_a_kpj_left_out_is_given_when_it_is_free(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    wrong = confirmed(cast, paid(other, kpj=KPJ))
    imported(cast, paid(one, later(MONTH, -1), kpj=KPJ))
    waiting = HeldResult.objects.get()
    for _ in range(2):
        [applied] = held.apply([waiting.pk], cast.dewi, "paid all the same", NOW)
        assert (applied.kpj_left_out, kpjs(one)) == (True, [None])

    undone(cast, wrong)
    [applied] = held.apply([waiting.pk], cast.dewi, "free by now", NOW)

    assert (applied.kpj_left_out, kpjs(one)) == (False, [KPJ])
    assert Payment.objects.filter(undone_at=None).count() == 1
