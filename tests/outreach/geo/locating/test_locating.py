"""Fixes on a chessboard of villages: who gets how much of them."""

import math
from statistics import NormalDist

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.locating.index import Placement, VillageIndex
from tests.outreach.geo.locating.board import (
    BOARD,
    LAT_M,
    LON_M,
    SIDE,
    SOUTH,
    STEP,
    WEST,
    board_batch,
    code,
    fixes,
    index_of,
    locate,
    square,
)


def total(placement: Placement) -> float:
    return sum(p for _, p in placement.probabilities) + placement.outside


def shares(placement: Placement) -> dict[str, float]:
    return {village: round(p, 3) for village, p in placement.probabilities}


@given(fixes)
def test_the_mass_is_one_and_ranked(fix: tuple[float, float, float, str]) -> None:
    [placement] = board_batch([fix])
    if placement.says_nothing:
        assert placement.probabilities == () and fix[2] > 1000
        return
    assert total(placement) == pytest.approx(1, abs=1e-9)
    found = [p for _, p in placement.probabilities]
    assert found == sorted(found, reverse=True) and all(p >= 0.01 for p in found)


def test_the_sea_is_seen_beside_villages_that_overlap() -> None:
    index = index_of(
        {
            "12.71.01.1001": square(0, 0),
            "12.71.01.1002": shapely.box(WEST + STEP, SOUTH, WEST + 2 * STEP, SOUTH + STEP),
            "12.71.01.1003": shapely.box(WEST + STEP, SOUTH, WEST + 2 * STEP, SOUTH + STEP),
        }
    )
    # σ is 99 m; the sea begins 25 m from the shore.
    on_shore = locate(index, 1.5, 0, 150)
    assert on_shore.outside == pytest.approx(NormalDist().cdf(-25 / (150 / 1.51)), abs=0.02)
    inland = locate(index, 1 - 10 / (STEP * LON_M), 10 / (STEP * LAT_M), 150)
    assert inland.outside == pytest.approx(NormalDist().cdf(-35 / (150 / 1.51)), abs=0.04)


@given(
    st.integers(0, SIDE - 1),
    st.integers(0, SIDE - 1),
    st.floats(0.2, 0.8),
    st.floats(0.2, 0.8),
    st.floats(0, 100),
)
def test_deep_inside_is_certain(
    column: int, row: int, right: float, up: float, accuracy_m: float
) -> None:
    placement = locate(BOARD, column + right, row + up, accuracy_m)
    assert placement == Placement(((code(column, row), 1.0),), 0.0)
    assert placement.best == (code(column, row), 1.0)


@given(st.integers(1, SIDE - 1), st.integers(0, SIDE - 1), st.floats(0.2, 0.8), st.floats(1, 100))
def test_on_a_border_the_neighbours_share_evenly(
    column: int, row: int, up: float, accuracy_m: float
) -> None:
    placement = locate(BOARD, column, row + up, accuracy_m)
    assert {village for village, _ in placement.probabilities} == {
        code(column - 1, row),
        code(column, row),
    }
    assert placement.probability_of(code(column, row)) == pytest.approx(0.5, abs=0.02)


def test_on_a_border_without_any_error_both_claim_the_point() -> None:
    assert shares(locate(BOARD, 1, 0.5, 0)) == {code(0, 0): 0.5, code(1, 0): 0.5}


def test_at_a_corner_four_share() -> None:
    placement = locate(BOARD, 2, 2, 30)
    assert len(placement.probabilities) == 4
    assert all(p == pytest.approx(0.25, abs=0.03) for _, p in placement.probabilities)


@pytest.mark.parametrize(("kind", "sigmas"), [("p68", 1.51), ("unknown", 1.51), ("p95", 2.45)])
@pytest.mark.parametrize("border_error_m", [0, 20])
def test_the_share_across_a_border_follows_both_errors(
    kind: str, sigmas: float, border_error_m: float
) -> None:
    index = index_of({code(0, 0): square(0, 0), code(1, 0): square(1, 0)}, border_error_m)
    sigma_m = math.hypot(40 / sigmas, border_error_m)
    for distance_m in (5, 15, 30, 45):
        placement = locate(index, 1 + distance_m / (STEP * LON_M), 0.5, 40, kind)
        across = NormalDist().cdf(-distance_m / sigma_m)
        assert placement.probability_of(code(0, 0)) == pytest.approx(across, abs=0.045)


def test_the_border_error_is_that_of_the_village_the_fix_lies_in() -> None:
    polygons = [shapely.to_wkb(square(0, 0)), shapely.to_wkb(square(1, 0))]
    index = VillageIndex.build([code(0, 0), code(1, 0)], polygons, [0, 200])
    at_100_m = 100 / (STEP * LON_M)
    assert locate(index, 1 - at_100_m, 0.5, 10).best == (code(0, 0), 1.0)
    assert locate(index, 1 + at_100_m, 0.5, 10).probability_of(code(0, 0)) > 0.2


def test_beyond_the_last_village_is_outside() -> None:
    assert locate(BOARD, -1, 0.5) == Placement((), 1.0)
    edge = locate(BOARD, 0, 0.5, 150)
    # A gap of 25 m is closed, and σ is 99 m: a quarter of σ is given to the village.
    assert edge.outside == pytest.approx(NormalDist().cdf(-25 / (150 / 1.51)), abs=0.04)
    assert total(edge) == pytest.approx(1)


def test_an_overlap_is_split_evenly() -> None:
    index = index_of({"12.71.01.1001": square(0, 0, 2), "12.71.01.1002": square(1, 0, 2)})
    assert shares(locate(index, 1.5, 1)) == {"12.71.01.1001": 0.5, "12.71.01.1002": 0.5}
    assert locate(index, 0.5, 1).best == ("12.71.01.1001", 1.0)


def test_an_overlap_that_the_fix_is_not_in_still_counts() -> None:
    index = index_of({"12.71.01.1001": square(0, 0, 3), "12.71.01.1002": square(1, 1, 0.2)})
    beside = locate(index, 0.999, 1.1, 30)
    assert 0.6 < beside.probability_of("12.71.01.1001") < 0.9
    assert 0.1 < beside.probability_of("12.71.01.1002") < 0.4


def test_a_sliver_goes_to_the_nearest_village_within_25_m() -> None:
    gap = 40 / (STEP * LON_M)
    index = index_of({code(0, 0): square(0, 0), code(1, 0): square(1 + gap, 0)})
    assert locate(index, 1 + gap * 0.3, 0.5, 0).best == (code(0, 0), 1.0)
    assert locate(index, 1 + gap * 0.7, 0.5, 0).best == (code(1, 0), 1.0)
    assert locate(index, 1 + gap / 2, 0.5, 1).outside == 0
    wide = 100 / (STEP * LON_M)
    index = index_of({code(0, 0): square(0, 0), code(1, 0): square(1 + wide, 0)})
    assert locate(index, 1 + wide / 2, 0.5, 0) == Placement((), 1.0)


def test_a_city_in_the_hole_of_its_regency() -> None:
    around = square(0, 0, 3).difference(square(1, 1))
    index = index_of({"12.03.01.2001": around, "12.77.01.1001": square(1, 1)})
    assert locate(index, 1.5, 1.5).best == ("12.77.01.1001", 1.0)
    assert locate(index, 0.5, 1.5).best == ("12.03.01.2001", 1.0)


def test_both_parts_of_a_village_are_the_village() -> None:
    parts = shapely.MultiPolygon([square(0, 0), square(3, 3)])
    index = index_of({"12.71.01.1001": parts, "12.71.01.1002": square(1, 0, 2)})
    assert locate(index, 0.5, 0.5).best == locate(index, 3.5, 3.5).best == ("12.71.01.1001", 1.0)


@pytest.mark.parametrize("accuracy_m", [1001, 1e9, math.inf, math.nan, -1, None])
def test_a_coarse_or_absurd_accuracy_says_nothing(accuracy_m: float | None) -> None:
    placement = locate(BOARD, 1.5, 1.5, accuracy_m)
    assert placement.says_nothing and placement.best is None
    assert placement.probability_of(code(1, 1)) == 0


@pytest.mark.parametrize("lat", [math.nan, math.inf, 91, 1e300])
def test_coordinates_that_are_none_say_nothing_and_harm_nobody_else(lat: float) -> None:
    middle = SOUTH + 1.5 * STEP
    lost, found = BOARD.locate([lat, middle], [WEST + 1.5 * STEP] * 2, [10, 10], ["p68", "p68"])
    assert lost.says_nothing and found.best == (code(1, 1), 1.0)


def test_above_1_km_a_sure_district_is_told_or_else_the_regencies() -> None:
    index = index_of({"12.71.01.1001": square(0, 0, 8), "12.71.02.1001": square(8, 0, 8)})
    sure = locate(index, 4, 4, 1500)
    assert sure.says_nothing and sure.best is None and sure.probabilities == ()
    assert sure.areas == (("12.71.01", 1.0),)
    assert locate(index, 8, 4, 1500).areas == (("12.71", 1.0),)
    edge = locate(index, 0, 4, 3000)
    assert edge.says_nothing and edge.outside == pytest.approx(0.5, abs=0.05)
    assert sum(p for _, p in edge.areas) + edge.outside == pytest.approx(1)
    assert locate(index, -90, 4, 3000) == Placement((), 0.0)
    assert locate(index, 4, 4, 100_001) == Placement((), 0.0)


def test_a_border_error_that_is_none_is_refused() -> None:
    for error_m in (-1, 1001, math.nan):
        with pytest.raises(ValueError, match="border error"):
            index_of({code(0, 0): square(0, 0)}, error_m)


def test_an_accuracy_of_1_km_still_says_something() -> None:
    assert not locate(BOARD, 2, 2, 1000).says_nothing
    assert not locate(BOARD, 2, 2, 1600, "p95").says_nothing


def test_an_index_without_villages_knows_only_outside() -> None:
    empty = VillageIndex.build([], [], [])
    assert len(empty) == 0 and code(0, 0) not in empty
    assert empty.locate([3.5], [98.6], [10], ["p68"]) == [Placement((), 1.0)]
    assert empty.locate([], [], [], []) == BOARD.locate([], [], [], []) == []


def test_an_index_knows_its_villages() -> None:
    assert len(BOARD) == SIDE * SIDE
    assert code(0, 0) in BOARD and "99.99.99.9999" not in BOARD


def test_an_index_refuses_two_polygons_for_a_village() -> None:
    wkb = shapely.to_wkb(square(0, 0))
    with pytest.raises(ValueError, match="two polygons"):
        VillageIndex.build(["12.71.01.1001"] * 2, [wkb, wkb], [0, 0])
    with pytest.raises(ValueError, match="differ in number"):
        VillageIndex.build(["12.71.01.1001"], [wkb, wkb], [0, 0])
