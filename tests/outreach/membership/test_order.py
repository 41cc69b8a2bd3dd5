"""Whatever order result files come in, and however often, the same follows; and races."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach import reviewing
from outreach.membership import keeping
from outreach.models import (
    Decision,
    HandOffRow,
    HeldResult,
    Import,
    Membership,
    Payment,
    Person,
    Registration,
)
from outreach.months import later
from tests.cast import Cast, client_of
from tests.outreach.imports.sending import confirm
from tests.outreach.membership.stories import (
    MONTH,
    accepted,
    handed_off,
    imported,
    paid,
    preview,
    refused,
    status_of,
)
from tests.records import NOW
from tests.threads import at_once

PEOPLE = 3
FACTS = [
    (person, what)
    for person in range(PEOPLE)
    for what in ("accepted", -9, -5, -4, -2, -1, 0)
    if (person, what) != (2, "accepted")
]
"""Of three people: that they were accepted, and months that each paid for."""


def row_of(registrations: list[Registration], fact: tuple[int, Any]) -> dict[str, Any]:
    person, what = fact
    one = registrations[person]
    if what == "accepted":
        return accepted(one, payment_code=f"88{person}")
    month = later(MONTH, what)
    return paid(one, month, months=1 + (what % 2), paid_on=month, kpj=f"1234567890{person}")


def ended(registrations: list[Registration]) -> list[Any]:
    """What is known of the registrations, but for when it was heard."""
    ids = [one.pk for one in registrations]
    members = Membership.objects.filter(pk__in=ids).order_by("pk")
    return [
        [status_of(one) for one in registrations],
        list(members.values("active_from", "paid_until", "lapsed_at", "kpj_index")),
        sorted(Payment.objects.values_list("registration", "first_month", "months")),
        list(HandOffRow.objects.order_by("number").values_list("answer", "payment_code")),
        HeldResult.objects.count(),
    ]


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_order_and_repetition_of_files_ends_the_same(cast: Cast, data: st.DataObject) -> None:
    facts = data.draw(st.lists(st.sampled_from(FACTS), min_size=1, max_size=8, unique=True))
    files = data.draw(
        st.lists(st.lists(st.sampled_from(facts), min_size=1, unique=True), min_size=1, max_size=3)
    )
    with transaction.atomic():
        registrations = handed_off(cast, PEOPLE)
        start = transaction.savepoint()
        imported(cast, *[row_of(registrations, fact) for fact in facts])
        together = ended(registrations)
        transaction.savepoint_rollback(start)

        for file in [*files, data.draw(st.permutations(facts))]:
            imported(cast, *[row_of(registrations, fact) for fact in file])

        assert ended(registrations) == together
        assert keeping.rebuild(NOW) == (0, 0)
        transaction.set_rollback(True)


def confirming(cast: Cast, shown: dict[str, Any]) -> Callable[[], int]:
    """Confirm a preview; gives the answer's status."""

    def confirmed() -> int:
        return int(confirm(cast.dewi, shown["id"]).status_code)

    return confirmed


@pytest.mark.django_db(transaction=True)
def test_two_files_with_the_same_rows_at_once_pay_once(cast: Cast) -> None:
    registrations = handed_off(cast, 5)
    rows = [paid(one, kpj=f"1234567890{place}") for place, one in enumerate(registrations)]
    shown = [preview(cast, *rows), preview(cast, *reversed(rows)), preview(cast, *rows)]

    codes = at_once([confirming(cast, one) for one in shown])

    assert codes == [200] * 3
    assert Payment.objects.count() == 5
    assert sum(one.report["paid"] for one in Import.objects.all() if one.report) == 5
    assert {status_of(one) for one in registrations} == {"active"}
    assert keeping.rebuild(NOW) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_one_kpj_given_to_two_at_once_is_one_s_and_waits_for_the_other(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    shown = [preview(cast, paid(who, kpj="12345678901")) for who in (one, other)]

    codes = at_once([confirming(cast, one) for one in shown])

    assert codes == [200, 200]
    assert Membership.objects.exclude(kpj_index=None).count() == 1
    assert HeldResult.objects.get().reasons == ["kpj_of_other"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", [paid, refused, accepted])
def test_a_file_against_a_withdrawal_ends_withdrawn(cast: Cast, row: Any) -> None:
    [one] = handed_off(cast, 1)
    shown = preview(cast, row(one))

    def withdraw() -> int:
        url = f"/api/v1/registrations/{one.pk}/withdraw/"
        return client_of(cast.rina).post(url, {"reason": "moved away"}).status_code

    codes = at_once([confirming(cast, shown), withdraw])

    assert codes == [200, 200]
    assert status_of(one) == "withdrawn"
    assert Person.objects.get(pk=one.person_id).state == "none"
    assert keeping.rebuild(NOW) == (0, 0)
    decided = Decision.objects.filter(kind="withdraw").get()
    held = HeldResult.objects.filter(registration=one).count()
    counted = HandOffRow.objects.exclude(answer="none").count()
    assert held + counted == 1
    if row is not refused or held:
        due = {(paid, False): "active", (accepted, False): "awaiting_payment"}
        undone = reviewing.undo(decided.pk, cast.rina, "stays", NOW + timedelta(minutes=1))
        assert undone.status == due.get((row, bool(held)), "handed_off")


@pytest.mark.django_db(transaction=True)
def test_lapsing_against_a_payment_ends_paid(cast: Cast) -> None:
    registrations = handed_off(cast, 4)
    long_ago = later(MONTH, -4)
    imported(cast, *[paid(one, long_ago, paid_on=long_ago) for one in registrations])
    Registration.objects.update(status="active")
    Membership.objects.update(lapsed_at=None)
    shown = preview(cast, *[paid(one) for one in registrations])

    at_once([confirming(cast, shown), lambda: keeping.lapse(NOW)])

    assert {status_of(one) for one in registrations} == {"active"}
    assert set(Membership.objects.values_list("lapsed_at", "paid_until")) == {(None, MONTH)}
    assert keeping.rebuild(NOW) == (0, 0)
