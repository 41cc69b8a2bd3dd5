"""Spans of days that must follow each other without gap or overlap."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.validity import Fault, Span, faults


def january(day: int) -> date:
    return date(2026, 1, day)


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([], []),
        ([Span(january(5))], []),
        ([Span(january(1), january(9)), Span(january(10))], []),
        (
            [Span(january(1), january(9)), Span(january(12))],
            [Fault("gap", january(10), january(11))],
        ),
        (
            [Span(january(1), january(9)), Span(january(8), january(20))],
            [Fault("overlap", january(8), january(9))],
        ),
        ([Span(january(1)), Span(january(8))], [Fault("overlap", january(8), None)]),
        (
            [Span(january(1)), Span(january(8), january(9))],
            [Fault("overlap", january(8), january(9))],
        ),
        (
            [Span(january(1), january(20)), Span(january(3), january(4)), Span(january(22))],
            [Fault("overlap", january(3), january(4)), Fault("gap", january(21), january(21))],
        ),
    ],
)
def test_gaps_and_overlaps_are_named(spans: list[Span], found: list[Fault]) -> None:
    assert faults(spans) == found
    assert faults(reversed(spans)) == found


days = st.integers(0, 40).map(lambda offset: january(1) + timedelta(days=offset))
a_span = st.builds(
    lambda first, length: Span(first, None if length is None else first + timedelta(days=length)),
    days,
    st.none() | st.integers(0, 12),
)


@given(st.lists(a_span, max_size=6))
def test_every_day_from_the_first_on_is_in_one_span_or_in_a_fault(spans: list[Span]) -> None:
    told = [Span(fault.first, fault.last) for fault in faults(spans)]
    if not spans:
        return
    first = min(span.first for span in spans)
    last = max(span.last or span.first for span in spans)
    day = first
    while day <= last:
        in_force = sum(span.has(day) for span in spans)
        assert (in_force != 1) == any(fault.has(day) for fault in told)
        day += timedelta(days=1)
