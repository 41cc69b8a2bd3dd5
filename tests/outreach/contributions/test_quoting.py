"""What a worker would pay, in figures that anybody can check by hand."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from outreach.contributions.quoting import Months, Quote, Worker, quote
from outreach.contributions.rules import PROGRAMMES, Relief, Rule, RuleBook, later
from tests.outreach.contributions.rulebooks import (
    SHIPPED,
    TABLE,
    WITH_JHT,
    book,
    quoted,
)

PAYERS = ("self", "sponsor", "village", "local_budget", "national_budget")


def monthly(found: Quote) -> list[tuple[str, int, int]]:
    """First month, how many, and what each of them costs."""
    return [(span.first_month, span.months, span.total) for span in found.spans]


@pytest.mark.parametrize(
    ("changes", "jkk", "jkm", "jht"),
    [
        ({}, 10_000, 6_800, 0),
        ({"programmes": WITH_JHT}, 10_000, 6_800, 20_000),
        ({"first_month": "2026-11"}, 5_000, 3_400, 0),
        ({"first_month": "2026-11", "programmes": WITH_JHT}, 5_000, 3_400, 20_000),
        ({"first_month": "2026-11", "payer": "local_budget"}, 10_000, 6_800, 0),
        ({"first_month": "2026-11", "payer": "national_budget"}, 10_000, 6_800, 0),
        ({"first_month": "2026-11", "payer": "village"}, 5_000, 3_400, 0),
        ({"first_month": "2026-11", "payer": "sponsor"}, 5_000, 3_400, 0),
        ({"first_month": "2026-03"}, 10_000, 6_800, 0),
        ({"first_month": "2026-03", "is_transport": True}, 5_000, 3_400, 0),
        ({"first_month": "2027-03", "is_transport": True}, 5_000, 3_400, 0),
        ({"first_month": "2027-04", "is_transport": True}, 10_000, 6_800, 0),
        ({"income": 2_500_000}, 26_000, 6_800, 0),
        ({"income": 2_500_000, "programmes": WITH_JHT}, 26_000, 6_800, 52_000),
    ],
)
def test_one_month(changes: dict[str, Any], jkk: int, jkm: int, jht: int) -> None:
    found = quoted(**changes)

    [span] = found.spans
    assert (span.jkk, span.jkm, span.jht) == (jkk, jkm, jht)
    assert found.total == (jkk, jkm, jht, jkk + jkm + jht)


def test_prepaid_months_over_the_end_of_a_relief_are_quoted_by_the_rules_of_each() -> None:
    found = quoted(is_transport=True, first_month="2027-02", months=6)

    assert monthly(found) == [("2027-02", 2, 8_400), ("2027-04", 4, 16_800)]
    assert [span.reliefs for span in found.spans] == [("pp50-2025-transport",), ()]
    assert [span.last_month for span in found.spans] == ["2027-03", "2027-07"]
    assert found.total
    assert found.total.total == 2 * 8_400 + 4 * 16_800


def test_prepaid_months_over_a_change_of_rates_are_quoted_by_the_rules_of_each() -> None:
    [old] = SHIPPED.rules
    rules = [
        replace(old, last_month="2027-01"),
        replace(old, version="2027-1", first_month="2027-02", jkm_amount=7_000),
    ]

    found = quoted(RuleBook(1, rules, SHIPPED.reliefs, [TABLE]), months=3)

    assert monthly(found) == [("2027-01", 1, 16_800), ("2027-02", 2, 17_000)]
    assert [span.rule for span in found.spans] == ["2026-1", "2027-1"]


@pytest.mark.parametrize(
    ("income", "base"),
    [
        (0, 1_000_000),
        (1_099_000, 1_000_000),
        (1_099_999, 1_000_000),
        (1_100_000, 1_800_000),
        (2_499_999, 1_800_000),
        (2_500_000, 2_600_000),
        (10**12, 2_600_000),
    ],
)
def test_incomes_are_taken_in_the_steps_of_the_table(income: int, base: int) -> None:
    assert [span.base for span in quoted(income=income).spans] == [base]


@pytest.mark.parametrize(
    ("amount", "percent", "paid"),
    [(6_801, 50, 3_401), (6_803, 50, 3_402), (6_800, 33, 2_244), (1, 50, 1), (6_800, 0, 0)],
)
def test_half_a_rupiah_is_rounded_up_once(amount: int, percent: int, paid: int) -> None:
    [rule], relief = SHIPPED.rules, SHIPPED.reliefs[1]
    rules = RuleBook(
        1, [replace(rule, jkm_amount=amount)], [replace(relief, pays_percent=percent)], [TABLE]
    )

    assert [span.jkm for span in quoted(rules, first_month="2026-11").spans] == [paid]


def test_a_rate_is_rounded_after_the_relief_and_not_before() -> None:
    [rule], relief = SHIPPED.rules, SHIPPED.reliefs[1]
    # 0.3333 % of 1,000,000 are 3,333; a quarter of that is 833.25. Of 250,150 it would be 208.4.
    rules = RuleBook(
        1, [replace(rule, jkk_rate_ppm=3_333)], [replace(relief, pays_percent=25)], [TABLE]
    )

    assert [span.jkk for span in quoted(rules, first_month="2026-11").spans] == [833]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"income": None}, ("income_missing",)),
        ({"income": None, "months": None}, ("income_missing", "months_missing")),
        ({"first_month": "2025-12"}, ("no_rule",)),
        ({"programmes": ["JKK"]}, ("programmes_minimum",)),
        ({"programmes": ["JHT"], "is_employer": True}, ("programmes_minimum",)),
        ({"is_employer": True}, ("jht_required",)),
        ({"first_month": "2027-03", "is_transport": None}, ("occupation_unknown",)),
        ({"first_month": "2026-11", "payer": None}, ("payer_missing",)),
        (
            {"first_month": "2027-03", "is_transport": None, "payer": None},
            ("occupation_unknown", "payer_missing"),
        ),
    ],
)
def test_what_is_not_known_is_said_and_not_put_in(
    changes: dict[str, Any], missing: tuple[str, ...]
) -> None:
    found = quoted(**changes)

    assert (found.spans, found.missing, found.total) == ((), missing, None)


def test_what_is_not_known_does_not_matter_where_nothing_depends_on_it() -> None:
    assert monthly(quoted(payer=None)) == [("2027-01", 1, 16_800)]
    assert monthly(quoted(is_transport=None, first_month="2027-04")) == [("2027-04", 1, 16_800)]
    [span] = quoted(is_transport=None, first_month="2026-11").spans
    assert span.total == 8_400
    assert span.reliefs == ("pp50-2025-others", "pp50-2025-transport")
    [span] = quoted(is_transport=None, payer="local_budget", first_month="2026-11").spans
    assert (span.total, span.reliefs) == (16_800, ())


def test_without_the_number_of_months_one_is_quoted_and_no_total() -> None:
    found = quoted(months=None)

    assert monthly(found) == [("2027-01", 1, 16_800)]
    assert (found.missing, found.total) == (("months_missing",), None)


def test_months_without_rules_leave_the_others_quoted_but_no_total() -> None:
    found = quoted(first_month="2025-11", months=3)

    assert monthly(found) == [("2026-01", 1, 16_800)]
    assert (found.missing, found.total) == (("no_rule",), None)


def test_without_brackets_only_the_lowest_base_is_sure() -> None:
    found = quoted(book(), income=1_000_000)
    assert monthly(found) == [("2027-01", 1, 16_800)]
    assert found.notes == ("lowest_base",)
    assert found.spans[0].brackets is None

    found = quoted(book(), income=1_000_001)
    assert (found.spans, found.missing) == ((), ("brackets_missing",))


def test_brackets_that_nobody_checked_are_said_to_be_so() -> None:
    assert quoted().notes == ("brackets_unchecked",)
    assert quoted(book(replace(TABLE, checked="Rina, against the annex"))).notes == ()


months = st.integers(0, 40).map(lambda number: later("2025-10", number))
workers = st.builds(
    Worker,
    income=st.none() | st.integers(0, 4_000_000),
    programmes=st.sets(st.sampled_from(PROGRAMMES)),
    is_transport=st.none() | st.booleans(),
    payer=st.none() | st.sampled_from(PAYERS),
    is_employer=st.booleans(),
    first_month=months,
    months=st.none() | st.sampled_from([1, 3, 6, 12]),
)
rates = st.integers(1, 100_000)


@st.composite
def books(draw: st.DrawFn) -> RuleBook:
    """Two rates that follow each other, brackets and reliefs with odd numbers."""
    change = draw(months)
    rules = [
        Rule("a", "2025-10", change, draw(rates), draw(rates), draw(rates), 999_999, "tests"),
        Rule("b", later(change, 1), None, draw(rates), draw(rates), draw(rates), 1, "tests"),
    ]
    reliefs = [
        Relief(
            f"r{number}",
            first := draw(months),
            later(first, draw(st.integers(0, 8))),
            mark,
            draw(st.lists(st.sampled_from(PROGRAMMES), min_size=1, unique=True)),
            draw(st.integers(0, 100)),
            draw(st.lists(st.sampled_from(PAYERS), unique=True)),
            "tests",
        )
        for number, mark in enumerate((True, False))
    ]
    return RuleBook(1, rules, reliefs, draw(st.sampled_from([[], [TABLE]])))


def amounts(span: Months) -> tuple[int, int, int]:
    return span.jkk, span.jkm, span.jht


@given(workers, books())
def test_the_whole_is_what_its_months_are_one_by_one(worker: Worker, rules: RuleBook) -> None:
    whole = quote(worker, rules)
    singly = [
        quote(worker._replace(first_month=later(worker.first_month, number), months=1), rules)
        for number in range(worker.months or 1)
    ]

    by_month = [
        (later(span.first_month, number), span.base, *amounts(span))
        for span in whole.spans
        for number in range(span.months)
    ]
    assert by_month == [
        (span.first_month, span.base, *amounts(span)) for one in singly for span in one.spans
    ]
    assert {*whole.missing} - {"months_missing"} == {code for one in singly for code in one.missing}
    if whole.total:
        assert whole.total.total == sum(one.total.total for one in singly if one.total)
    assert (whole.total is None) == bool(whole.missing)


@given(workers, books())
def test_months_that_cost_the_same_are_told_together(worker: Worker, rules: RuleBook) -> None:
    for one, after in pairwise(quote(worker, rules).spans):
        follows = later(one.first_month, one.months) == after.first_month
        assert one.last_month < after.first_month
        assert not follows or replace(one, first_month="", months=0) != replace(
            after, first_month="", months=0
        )


@given(workers, books())
def test_a_relief_never_raises_what_is_paid(worker: Worker, rules: RuleBook) -> None:
    with_reliefs = quote(worker._replace(months=1), rules)
    without = quote(worker._replace(months=1), RuleBook(1, rules.rules, (), rules.tables))

    for span, full in zip(with_reliefs.spans, without.spans, strict=False):
        assert all(a <= b for a, b in zip(amounts(span), amounts(full), strict=True))
        assert span.reliefs or amounts(span) == amounts(full)


@given(workers, books(), st.integers(0, 4_000_000), st.integers(0, 4_000_000))
def test_who_earns_more_never_pays_less(
    worker: Worker, rules: RuleBook, one: int, other: int
) -> None:
    less, more = (quote(worker._replace(income=income), rules) for income in sorted((one, other)))

    if less.total and more.total:
        assert all(a <= b for a, b in zip(less.total, more.total, strict=True))
