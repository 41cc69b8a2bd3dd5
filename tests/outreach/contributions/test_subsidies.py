"""Whose subsidy ends this month or the next."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from outreach.membership.lists import to_follow_up
from outreach.models import Membership, Payment, Registration
from tests.cast import Cast, client_of, pushed
from tests.records import NOW

AUGUST = date(2026, 8, 1)
CAPTURED = "2026-08-20T03:00:00+00:00"


def subsidised(
    cast: Cast, paid_from: date = AUGUST, paid_until: date = AUGUST, **changes: Any
) -> Registration:
    """A member of August for whom a sponsor pays three months: to the end of October."""
    sent: dict[str, Any] = {"captured_at": CAPTURED, "payer": "sponsor", "months_prepaid": 3}
    one = pushed(cast, **(sent | changes))
    Registration.objects.filter(pk=one.pk).update(status="active")
    Membership.objects.create(registration=one, active_from=paid_from, paid_until=paid_until)
    return one


def ending(cast: Cast, month: str) -> dict[Any, date]:
    """Who is on the list in a month, with the last day of the subsidy."""
    now = datetime.fromisoformat(f"{month}-15").replace(tzinfo=UTC)
    found = to_follow_up(cast.rina, "prepaid_ending", now)
    return {one.pk: getattr(one, "subsidy_ends_on") for one in found}  # noqa: B009 - annotated


@pytest.mark.parametrize(
    ("month", "is_there"),
    [("2026-08", False), ("2026-09", True), ("2026-10", True), ("2026-11", False)],
)
def test_it_ends_with_the_last_day_of_its_months(cast: Cast, month: str, *, is_there: bool) -> None:
    one = subsidised(cast)

    assert ending(cast, month) == ({one.pk: date(2026, 10, 31)} if is_there else {})


def test_months_begin_with_the_first_that_was_paid(cast: Cast) -> None:
    one = subsidised(cast, date(2026, 12, 1), date(2027, 2, 1))

    assert ending(cast, "2027-02") == {one.pk: date(2027, 2, 28)}
    assert ending(cast, "2026-10") == {}


def test_whoever_paid_on_is_left_out(cast: Cast) -> None:
    """Else they would be told to begin to pay in each month in which they do."""
    subsidised(cast, paid_until=date(2026, 11, 1))

    assert ending(cast, "2026-10") == {}
    assert ending(cast, "2026-11") == {}


def test_where_nobody_said_for_how_long_it_ends_with_what_was_paid(cast: Cast) -> None:
    one = subsidised(cast, months_prepaid=None, paid_until=date(2026, 9, 1))

    assert ending(cast, "2026-09") == {one.pk: date(2026, 9, 30)}
    assert ending(cast, "2026-10") == {}


@pytest.mark.parametrize("payer", ["self", None])
def test_who_pays_alone_has_no_subsidy(cast: Cast, payer: str | None) -> None:
    subsidised(cast, payer=payer)

    assert ending(cast, "2026-10") == {}


@pytest.mark.parametrize("payer", ["sponsor", "village", "local_budget", "national_budget"])
def test_every_other_payer_is_a_subsidy(cast: Cast, payer: str) -> None:
    one = subsidised(cast, payer=payer)

    assert list(ending(cast, "2026-10")) == [one.pk]


def test_who_is_no_member_is_on_other_lists(cast: Cast) -> None:
    one = subsidised(cast)
    Registration.objects.filter(pk=one.pk).update(status="lapsed")

    assert ending(cast, "2026-10") == {}


def test_the_list_says_when(cast: Cast) -> None:
    month = NOW.date().replace(day=1)
    subsidised(cast, month, month, months_prepaid=1)

    [shown] = client_of(cast.rina).get("/api/v1/follow-ups/?list=prepaid_ending").json()["results"]

    assert shown["payer"] == "sponsor"
    assert shown["subsidy_ends_on"][:7] == f"{month:%Y-%m}"


@pytest.mark.parametrize(("payer", "ends"), [("local_budget", True), ("self", False)])
def test_a_payment_says_whose_money_it_was(cast: Cast, payer: str, *, ends: bool) -> None:
    """Who prolongs a subsidy is on the list when that ends; who pays alone is not."""
    one = subsidised(cast, paid_until=date(2026, 12, 1), payer="sponsor")
    Payment.objects.create(
        registration=one,
        first_month=date(2026, 11, 1),
        months=2,
        paid_on=date(2026, 10, 30),
        payer=payer,
        confirmed_at=NOW,
    )

    assert ending(cast, "2026-12") == ({one.pk: date(2026, 12, 31)} if ends else {})
