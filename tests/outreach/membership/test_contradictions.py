"""Rows of one result file that contradict each other, and what looks like a slip."""

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.imports import arriving
from outreach.models import Decision, HandOffRow, HeldResult, Membership, Payment
from outreach.months import later
from tests.cast import Cast, client_of
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
)
from tests.records import NOW

KPJ = "12345678901"


@pytest.fixture(autouse=True, params=[1000, 1], ids=["together", "apart"])
def rows_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the rows are read and stored together, or each for itself."""
    monkeypatch.setattr(arriving, "AT_ONCE", request.param)


def reasons() -> list[list[str]]:
    return [one.reasons for one in HeldResult.objects.order_by("source_row")]


def test_two_payment_codes_for_one_registration_wait(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    shown = preview(cast, accepted(one, payment_code="8801"), paid(one, payment_code="9902"))
    assert codes_of(shown) == [["codes_differ"], ["codes_differ"]]

    report = confirm(cast.dewi, shown["id"]).json()["report"]

    assert (report["held"], report["answered"]) == (2, 0)
    assert reasons() == [["codes_differ"], ["codes_differ"]]
    assert HandOffRow.objects.get().payment_code is None


def test_what_is_refused_and_accepted_is_told_before(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    shown = preview(cast, refused(one), paid(one))
    assert codes_of(shown) == [["accepted_too"], ["refused_too"]]

    report = confirm(cast.dewi, shown["id"]).json()["report"]

    assert (report["held"], report["paid"], report["refused"]) == (1, 1, 0)
    assert (reasons(), status_of(one)) == ([["accepted_too"]], "active")


def test_one_refusal_named_in_two_ways_is_one_too_many(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    row = HandOffRow.objects.get()
    other = refused(one) | {"registration": None, "hand_off": row.hand_off_id, "number": 1}

    shown = preview(cast, refused(one), other)

    assert codes_of(shown) == [[], ["repeated"]]
    assert shown["problem_count"] == 1
    assert confirm(cast.dewi, shown["id"]).status_code == 409
    assert not Decision.objects.filter(kind="refuse").exists()


def test_one_kpj_for_two_waits_wherever_its_rows_stand(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    shown = preview(cast, paid(one, kpj=KPJ), paid(other, kpj=KPJ))
    assert codes_of(shown) == [["kpj_of_other"], ["kpj_of_other"]]

    assert confirm(cast.dewi, shown["id"]).json()["report"]["held"] == 2
    assert not Membership.objects.exclude(kpj=None).exists()


def test_two_kpjs_for_one_wait(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    shown = preview(cast, accepted(one, kpj=KPJ), paid(one, kpj="99999999999"))
    assert codes_of(shown) == [["person_has_other_kpj"], ["person_has_other_kpj"]]
    assert confirm(cast.dewi, shown["id"]).json()["report"]["held"] == 2


def test_the_same_contradictory_file_once_more_changes_nothing(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    rows = [refused(one), paid(one)]
    imported(cast, *rows)
    assert imported(cast, *rows) | {"held": 0} == {
        "answered": 0,
        "paid": 0,
        "refused": 0,
        "held": 0,
        "unchanged": 1,
    }
    assert HeldResult.objects.count() == 1


TODAY = NOW.date()


@pytest.mark.parametrize(
    ("row", "code", "level"),
    [
        ({"paid_on": date(1901, 1, 5), "month": date(1901, 1, 1)}, "before_bpjs", "problem"),
        ({"paid_on": TODAY, "month": later(MONTH, 20)}, "year_apart", "warning"),
        ({"paid_on": TODAY, "month": later(MONTH, -20)}, "year_apart", "warning"),
        (
            {"paid_on": TODAY - timedelta(days=500), "month": later(MONTH, -16)},
            "paid_long_ago",
            "warning",
        ),
    ],
)
def test_days_that_are_slips_are_told(cast: Cast, row: Any, code: str, level: str) -> None:
    [one] = handed_off(cast, 1)
    shown = preview(cast, paid(one, **row))
    found = shown["first_rows"][0]["findings"]
    assert {(finding["code"], finding["level"]) for finding in found} == {(code, level)}
    if level == "warning":
        assert confirm(cast.dewi, shown["id"]).json()["report"]["paid"] == 1


def test_months_paid_twice_are_told_and_count_once(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    rows = [paid(one, later(MONTH, -3), 3), paid(one, later(MONTH, -2), 1)]
    assert codes_of(preview(cast, *rows)) == [[], ["paid_twice"]]
    imported(cast, rows[0])

    shown = preview(cast, rows[1])

    assert codes_of(shown) == [["months_overlap"]]
    assert confirm(cast.dewi, shown["id"]).json()["report"]["paid"] == 1
    assert Payment.objects.count() == 2


def test_words_of_a_result_are_the_file_s_in_indonesian_as_well(cast: Cast) -> None:
    [one] = handed_off(cast, 1)
    shown = preview(cast, {"registration": one.pk, "result": "lunas"}, accepted(one, result="hm"))
    rows = client_of(cast.dewi).get(
        f"/api/v1/imports/{shown['id']}/rows/", headers={"Accept-Language": "id"}
    )
    details = [row["findings"][0]["detail"] for row in rows.json()["results"]]
    assert details == [
        "Ini wajib diisi bila hasilnya “dibayar”.",
        "Harus salah satu dari: dibayar, diterima, ditolak.",
    ]
