"""Small counts, and what they could be worked out from."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.standings.small_cells import shown, shown_series, suppressed

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


def test_what_is_hidden_of_one_sum_is_not_told_by_another() -> None:
    """A table of two rows, three columns and their sums, with one small count in it."""
    parts = {"a1": 3, "a2": 20, "a3": 30, "b1": 40, "b2": 50, "b3": 60}
    wholes = {"a": ["a1", "a2", "a3"], "b": ["b1", "b2", "b3"]}
    wholes |= {number: [f"a{number}", f"b{number}"] for number in "123"}
    table = parts | {whole: sum(parts[part] for part in some) for whole, some in wholes.items()}

    assert suppressed(table, list(wholes.items())) == {"a1", "a2", "b1", "b2"}
    assert suppressed({"all": 9, "one": 9}, [("all", ["one"])], ["all"]) == {"all", "one"}


@given(counts)
def test_nothing_is_withheld_without_need(series: list[int]) -> None:
    if not any(0 < count < 5 for count in series):
        assert shown_series(series) == series
