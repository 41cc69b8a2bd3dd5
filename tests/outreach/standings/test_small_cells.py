"""Small counts, and what they could be worked out from."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.standings.small_cells import shown, shown_series

counts = st.lists(st.integers(0, 12), max_size=8)


def test_counts_from_1_to_4_are_withheld() -> None:
    assert [shown(n) for n in range(7)] == [0, None, None, None, None, 5, 6]


def test_a_lone_small_count_takes_the_next_one_with_it() -> None:
    assert shown_series([2, 30, 8, 0]) == [None, 30, None, 0]


def test_small_counts_that_hide_each_other_need_no_more() -> None:
    assert shown_series([4, 3, 9]) == [None, None, 9]


@given(counts)
def test_nothing_small_is_shown_nor_left_alone(series: list[int]) -> None:
    seen = shown_series(series)
    hidden = [count for count, cell in zip(series, seen, strict=True) if cell is None]
    assert all(cell is None or cell == 0 or cell >= 5 for cell in seen)
    assert all(cell in (None, count) for count, cell in zip(series, seen, strict=True))
    everything = [count for count in series if count]
    assert not hidden or hidden == everything or (len(hidden) > 1 and sum(hidden) >= 5)


@given(counts)
def test_nothing_is_withheld_without_need(series: list[int]) -> None:
    if not any(0 < count < 5 for count in series):
        assert shown_series(series) == series
