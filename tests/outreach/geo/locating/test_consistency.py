"""A fix has one placement, whatever else was asked, is kept, or how fine the cells are."""

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.geo.locating import cell_lists, outside
from tests.outreach.geo.locating.board import (
    SIDE,
    SOUTH,
    STEP,
    WEST,
    board_batch,
    fixes,
    index_of,
    patches,
    square,
)


@settings(deadline=None)
@given(st.lists(fixes, max_size=12), st.randoms())
def test_a_fix_has_one_placement_whatever_its_batch(
    batch: list[tuple[float, float, float, str]], random: object
) -> None:
    together = board_batch(batch)
    order = list(range(len(batch)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis does not export Random's type
    shuffled = board_batch([batch[i] for i in order])
    assert together == [board_batch([fix])[0] for fix in batch]
    assert [together[i] for i in order] == shuffled


WARM = patches()


@settings(deadline=None, max_examples=60)
@given(st.lists(fixes, min_size=1, max_size=8))
def test_a_fix_has_one_placement_whatever_the_index_has_seen(
    batch: list[tuple[float, float, float, str]],
) -> None:
    columns = (
        [SOUTH + row * STEP for _, row, _, _ in batch],
        [WEST + column * STEP for column, _, _, _ in batch],
        [accuracy for _, _, accuracy, _ in batch],
        [kind for _, _, _, kind in batch],
    )
    found = WARM.locate(*columns)
    assert patches().locate(*columns) == found
    assert WARM.locate(*columns) == found
    fresh = patches()
    assert found == [
        fresh.locate([lat], [lon], [accuracy_m], [kind])[0]
        for lat, lon, accuracy_m, kind in zip(*columns, strict=True)
    ]
    for placement in found:
        shares_of_1 = [*placement.probabilities, *placement.areas]
        assert sum(p for _, p in shares_of_1) + placement.outside == pytest.approx(
            1 if shares_of_1 or not placement.says_nothing else 0, abs=1e-9
        )


def test_answers_stay_the_same_however_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    at = rng.uniform(-1, SIDE + 1, (2, 600))
    lat, lon = SOUTH + at[1] * STEP, WEST + at[0] * STEP
    accuracy, kinds = rng.choice([0.0, 5, 30, 100, 300, 1000], 600), ["p68"] * 600
    expected = patches().locate(lat, lon, accuracy, kinds)
    kept = patches()
    for _ in range(3):
        assert kept.locate(lat, lon, accuracy, kinds) == expected
    monkeypatch.setattr(outside, "_MOST_PLACES", 3)
    for index in (kept, patches()):
        for start in range(0, 600, 20):
            some = slice(start, start + 20)
            found = index.locate(lat[some], lon[some], accuracy[some], kinds[some])
            assert found == expected[some]


def test_answers_hardly_depend_on_how_fine_the_cells_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    at = rng.uniform(-1, SIDE + 1, (2, 600))
    lat, lon = SOUTH + at[1] * STEP, WEST + at[0] * STEP
    accuracy, kinds = rng.choice([0.0, 5, 30, 100, 300, 1000], 600), ["p68"] * 600
    expected = patches().locate(lat, lon, accuracy, kinds)
    monkeypatch.setattr(cell_lists, "_POINTS_AT_ONCE", 10)
    monkeypatch.setattr(cell_lists, "_EDGES_AT_ONCE", 3)
    for degrees in (0.000513, 0.0203):
        monkeypatch.setattr(cell_lists, "_SMALLEST_DEGREES", degrees)
        for found, placement in zip(
            patches().locate(lat, lon, accuracy, kinds), expected, strict=True
        ):
            # One of 96 samples may lie on a border.
            assert dict(found.probabilities) == pytest.approx(
                dict(placement.probabilities), abs=0.011
            )
            assert found.outside == pytest.approx(placement.outside, abs=0.011)


def jagged(column: int, row: int) -> shapely.Polygon:
    """A square whose sides have a vertex every 9 m."""
    return shapely.segmentize(square(column, row), STEP / 110)


@pytest.mark.parametrize("accuracy_m", [300, 1000])
def test_coarse_fixes_on_vertices_are_as_quick_as_others_and_as_right(accuracy_m: float) -> None:
    villages = {f"12.71.{c:02}.{1001 + r}": jagged(c, r) for c in range(12) for r in range(12)}
    index = index_of(villages)
    vertices = np.concatenate(
        [shapely.get_coordinates(jagged(c, r))[::40] for c in range(3, 9) for r in range(3, 9)]
    )[:400]
    accuracies, kinds = [accuracy_m] * len(vertices), ["p68"] * len(vertices)
    began = time.thread_time()
    placements = index.locate(vertices[:, 1], vertices[:, 0], accuracies, kinds)
    # Sampled over all edges of their cells these took more than a minute.
    assert time.thread_time() - began < 10
    beside = index.locate(vertices[:, 1] + 1e-7, vertices[:, 0] + 1e-7, accuracies, kinds)
    for on, off in zip(placements, beside, strict=True):
        for village, share in off.probabilities:
            # One that weighs about 0.01 may be left out.
            assert on.probability_of(village) == pytest.approx(
                share, abs=0.002 if share > 0.012 else 0.013
            )
