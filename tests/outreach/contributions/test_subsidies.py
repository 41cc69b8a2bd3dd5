"""Whose subsidy ends soon."""

from datetime import date
from typing import Any

import pytest

from outreach.contributions.subsidies import subsidies_ending
from outreach.models import Membership, Registration
from outreach.scopes import registrations_for
from tests.cast import Cast, pushed

CAPTURED = "2026-08-20T03:00:00+00:00"


def subsidised(cast: Cast, **changes: Any) -> Registration:
    """Somebody of August for whom a sponsor pays three months: to the end of October."""
    sent: dict[str, Any] = {"captured_at": CAPTURED, "payer": "sponsor", "months_prepaid": 3}
    return pushed(cast, **(sent | changes))


def ending(cast: Cast, today: date, within_days: int) -> list[Any]:
    found = subsidies_ending(registrations_for(cast.rina), today, within_days)
    return [(one.pk, one.subsidy_ends_on) for one in found]  # type: ignore[attr-defined]  # annotated


@pytest.mark.parametrize(
    ("today", "within_days", "is_there"),
    [
        (date(2026, 10, 1), 30, True),
        (date(2026, 10, 1), 29, False),
        (date(2026, 10, 31), 0, True),
        (date(2026, 11, 1), 30, False),
    ],
)
def test_it_ends_with_the_last_day_of_its_months(
    cast: Cast, today: date, within_days: int, *, is_there: bool
) -> None:
    one = subsidised(cast)

    there = [(one.pk, date(2026, 10, 31))] if is_there else []
    assert ending(cast, today, within_days) == there


def test_months_begin_with_the_first_that_was_paid(cast: Cast) -> None:
    one = subsidised(cast)
    Membership.objects.create(
        registration=one, active_from=date(2026, 12, 1), paid_until=date(2027, 2, 1)
    )

    assert ending(cast, date(2027, 2, 1), 30) == [(one.pk, date(2027, 2, 28))]


def test_whoever_paid_on_is_left_out(cast: Cast) -> None:
    one = subsidised(cast)
    Membership.objects.create(
        registration=one, active_from=date(2026, 8, 1), paid_until=date(2026, 11, 1)
    )

    assert ending(cast, date(2026, 10, 1), 30) == []


@pytest.mark.parametrize("changes", [{"payer": "self"}, {"payer": None}, {"months_prepaid": None}])
def test_who_pays_alone_or_for_an_unknown_time_has_no_subsidy(cast: Cast, changes: Any) -> None:
    subsidised(cast, **changes)

    assert ending(cast, date(2026, 10, 1), 4000) == []


@pytest.mark.parametrize("payer", ["sponsor", "village", "local_budget", "national_budget"])
def test_every_other_payer_is_a_subsidy(cast: Cast, payer: str) -> None:
    one = subsidised(cast, payer=payer)

    assert [pk for pk, _ in ending(cast, date(2026, 10, 1), 30)] == [one.pk]


def test_one_that_is_out_has_no_subsidy_and_others_come_in_their_order(cast: Cast) -> None:
    out = subsidised(cast)
    Registration.objects.filter(pk=out.pk).update(status="rejected")
    later = subsidised(cast, nik="9901014503840011", months_prepaid=6, full_name="Wati Lubis")
    first = subsidised(cast, nik="9901014503840029", full_name="Tono Siregar")
    Registration.objects.filter(pk__in=[later.pk, first.pk]).update(status="verified")

    assert [pk for pk, _ in ending(cast, date(2026, 10, 1), 365)] == [first.pk, later.pk]
