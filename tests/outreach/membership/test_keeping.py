"""Memberships as time goes by: lapsed, back again, listed, and made anew."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from outreach import reviewing
from outreach.membership import keeping
from outreach.membership.lists import NAMES, to_follow_up
from outreach.membership.months import current, is_active, unpaid
from outreach.models import Change, Decision, Membership, Payment, Registration
from outreach.months import later
from tests.cast import Cast, client_of
from tests.counting import Counting
from tests.outreach.membership.stories import (
    MONTH,
    accepted,
    handed_off,
    imported,
    paid,
    status_of,
)
from tests.records import NOW
from tests.tablet import tablet_of

JAKARTA = ZoneInfo("Asia/Jakarta")


def at_midnight(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=JAKARTA)


@pytest.mark.parametrize(("behind", "months"), [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (-2, 0)])
def test_months_that_are_not_paid(behind: int, months: int) -> None:
    assert unpaid(later(MONTH, -behind), MONTH) == months
    assert is_active(later(MONTH, -behind), MONTH) == (months < 3)


def test_a_membership_lapses_when_the_third_unpaid_month_is_over(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    imported(cast, paid(one))
    first_without = at_midnight(later(MONTH, 4))

    assert keeping.lapse(first_without - timedelta(seconds=1)) == 0
    assert status_of(one) == "active"
    before = Change.objects.latest("seq").seq
    assert keeping.lapse(first_without + timedelta(seconds=1)) == 1
    assert keeping.lapse(first_without + timedelta(days=3)) == 0

    assert status_of(one) == "lapsed"
    assert Membership.objects.get().lapsed_at == first_without
    told = Change.objects.get(seq__gt=before)
    assert (told.object_id, told.kader_id) == (str(one.pk), cast.siti.pk)


def test_a_payment_of_old_makes_no_member_of_today_and_a_new_one_does(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    imported(cast, paid(one, later(MONTH, -8), paid_on=later(MONTH, -8)))
    assert status_of(one) == "lapsed"

    imported(cast, paid(one, later(MONTH, -1), months=2))
    member = Membership.objects.get()
    assert status_of(one) == "active"
    assert (member.active_from, member.lapsed_at) == (later(MONTH, -8), None)


def test_a_kader_sees_what_became_of_their_own(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    imported(cast, paid(one, kpj="12345678901"))
    body = b'{"ids": ["%s"]}' % str(one.pk).encode()
    answer: Any = tablet_of(cast.siti).post("sync/receipts/", body)

    assert answer.json()["results"][0]["state"] == "active"
    shown = client_of(cast.siti).get(f"/api/v1/registrations/{one.pk}/membership/").json()
    assert (shown["state"], shown["kpj"], shown["paid_until"]) == (
        "active",
        "••••••••901",
        MONTH.isoformat(),
    )
    assert shown["hand_offs"][0]["answer"] == "accepted"
    assert shown["payments"][0]["months"] == 1
    assert (
        client_of(cast.budi).get(f"/api/v1/registrations/{one.pk}/membership/").status_code == 404
    )


def test_a_rebuild_finds_nothing_and_puts_right_what_was_spoiled(cast: Cast, capsys: Any) -> None:
    one, other, third, _ = handed_off(cast, 4)
    imported(
        cast,
        paid(one, months=3),
        accepted(other),
        paid(third, later(MONTH, -9), paid_on=later(MONTH, -9)),
    )
    reviewing.decide(Decision.Kind.WITHDRAW, [third.pk], cast.rina, "moved", NOW)
    assert keeping.rebuild(NOW) == (0, 0)
    right = list(Membership.objects.order_by("pk").values())

    Registration.objects.filter(pk=one.pk).update(status="lapsed")
    Registration.objects.filter(pk=other.pk).update(status="handed_off")
    Membership.objects.filter(pk=one.pk).update(paid_until=None)
    Membership.objects.filter(pk=third.pk).update(withdrawn_at=None)
    call_command("rebuild_memberships")

    assert capsys.readouterr().out.startswith("2 statuses and 2 memberships")
    assert list(Membership.objects.order_by("pk").values()) == right
    assert (status_of(one), status_of(other)) == ("active", "awaiting_payment")


def on_lists(cast: Cast, now: datetime) -> dict[str, list[str]]:
    return {
        name: sorted(str(one.pk) for one in to_follow_up(cast.dewi, name, now)) for name in NAMES
    }


def test_who_is_to_be_asked_about_a_payment(cast: Cast) -> None:
    waiting, told, behind, further, sponsored, fine = handed_off(cast, 6)
    Registration.objects.filter(pk=sponsored.pk).update(payer="sponsor", months_prepaid=2)
    imported(
        cast,
        accepted(told),
        paid(behind, later(MONTH, -2), paid_on=later(MONTH, -2)),
        paid(further, later(MONTH, -3), paid_on=later(MONTH, -3)),
        paid(sponsored, months=2),
        paid(fine, months=2),
    )
    none: dict[str, list[str]] = {name: [] for name in NAMES}
    members = {
        "unpaid_1_month": [str(behind.pk)],
        "unpaid_2_months": [str(further.pk)],
        "prepaid_ending": [str(sponsored.pk)],
    }

    assert on_lists(cast, NOW) == none | members
    both = sorted([str(waiting.pk), str(told.pk)])
    week = NOW + timedelta(days=7, minutes=1)
    assert on_lists(cast, week)["unpaid_7_days"] == both
    month = on_lists(cast, NOW + timedelta(days=30, minutes=1))
    assert (month["unpaid_7_days"], month["unpaid_30_days"]) == ([], both)


@pytest.mark.parametrize("number", [2, 30])
def test_the_lists_over_http_with_phones_masked(
    cast: Cast, number: int, count_queries: Counting
) -> None:
    registrations = handed_off(cast, number, NOW - timedelta(days=8))
    url = "/api/v1/follow-ups/"
    asked = {"list": "unpaid_7_days", "campaign": str(cast.market.pk)}

    with count_queries("GET follow-ups/"):
        rows = client_of(cast.dewi).get(url, asked).json()["results"]

    assert {row["id"] for row in rows} == {str(one.pk) for one in registrations}
    assert {row["handed_off_at"][:10] for row in rows} == {
        (NOW - timedelta(days=8)).date().isoformat()
    }
    assert all(row["phone"] is None or "••" in row["phone"] for row in rows)
    assert len(client_of(cast.siti).get(url, asked).json()["results"]) == number
    assert client_of(cast.budi).get(url, asked).json()["results"] == []
    assert client_of(cast.outsider_officer).get(url, asked).json()["results"] == []
    assert client_of(cast.dewi).get(url, {"list": "everybody"}).status_code == 400
    elsewhere = asked | {"village": cast.villages[2].code}
    assert client_of(cast.dewi).get(url, elsewhere).json()["results"] == []
    assert not Payment.objects.exists()
    assert current(NOW) == MONTH
