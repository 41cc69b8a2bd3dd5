"""Fixes on a chessboard of villages of about 1 km, and on Medan as it is."""

import gzip
import json
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating import cell_lists, outside
from outreach.geo.locating.index import Placement, VillageIndex

WEST, SOUTH, STEP = 98.60, 3.50, 0.009
SIDE = 4
LAT_M, LON_M = (float(m[0]) for m in metres_per_degree(np.array([SOUTH])))


def code(column: int, row: int) -> str:
    return f"12.71.{column:02}.{1001 + row}"


def square(column: float, row: float, size: float = 1.0) -> shapely.Polygon:
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(x, y, x + size * STEP, y + size * STEP)


def index_of(villages: dict[str, shapely.Geometry], border_error_m: float = 0) -> VillageIndex:
    return VillageIndex.build(
        list(villages),
        [shapely.to_wkb(polygon) for polygon in villages.values()],
        [border_error_m] * len(villages),
    )


BOARD = index_of({code(c, r): square(c, r) for c in range(SIDE) for r in range(SIDE)})


def locate(
    index: VillageIndex,
    column: float,
    row: float,
    accuracy_m: float | None = 15.1,
    kind: str = "p68",
) -> Placement:
    """A fix at a place counted in squares from the board's south-west corner."""
    return index.locate([SOUTH + row * STEP], [WEST + column * STEP], [accuracy_m], [kind])[0]


def total(placement: Placement) -> float:
    return sum(p for _, p in placement.probabilities) + placement.outside


def shares(placement: Placement) -> dict[str, float]:
    return {village: round(p, 3) for village, p in placement.probabilities}


fixes = st.tuples(
    st.floats(-1, SIDE + 1),
    st.floats(-1, SIDE + 1),
    st.floats(0, 1200),
    st.sampled_from(["p68", "p95", "unknown"]),
)


def board_batch(batch: list[tuple[float, float, float, str]]) -> list[Placement]:
    return BOARD.locate(
        [SOUTH + row * STEP for _, row, _, _ in batch],
        [WEST + column * STEP for column, _, _, _ in batch],
        [accuracy for _, _, accuracy, _ in batch],
        [kind for _, _, _, kind in batch],
    )


@given(fixes)
def test_the_mass_is_one_and_ranked(fix: tuple[float, float, float, str]) -> None:
    [placement] = board_batch([fix])
    if placement.says_nothing:
        assert placement.probabilities == () and fix[2] > 1000
        return
    assert total(placement) == pytest.approx(1, abs=1e-9)
    found = [p for _, p in placement.probabilities]
    assert found == sorted(found, reverse=True) and all(p >= 0.01 for p in found)


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


PATCHES = {
    "12.71.01.1001": square(0, 0, 2),
    "12.71.01.1002": square(1.9, 0),
    "12.71.01.1003": square(2.95, 0).difference(square(3.2, 0.2, 0.4)),
    "12.71.02.1001": square(0, 2.01, 1.5),
    "12.71.02.1002": square(1.2, 1.6, 0.8),
    "12.71.02.1003": square(1.2, 1.6, 0.8),
    "12.72.01.1001": square(2.5, 1.5, 1.5),
}


def patches() -> VillageIndex:
    """Overlaps, slivers, a hole, a disputed village and many border errors; knows no place yet."""
    return VillageIndex.build(
        list(PATCHES),
        [shapely.to_wkb(polygon) for polygon in PATCHES.values()],
        [0, 5, 15, 40, 100, 250, 0],
    )


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


@pytest.fixture(scope="module")
def sumatera_utara(reference_data: Path) -> dict[str, shapely.Geometry]:
    packed = reference_data / "regions" / "villages" / "12_sumatera_utara_all.geojson.gz"
    features = json.loads(gzip.decompress(packed.read_bytes()))["features"]
    polygons = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    valid = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    return dict(zip([f["properties"]["code"] for f in features], valid, strict=True))


@pytest.fixture(scope="module")
def medan_points(
    sumatera_utara: dict[str, shapely.Geometry],
) -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    medan = shapely.union_all(
        [polygon for village, polygon in sumatera_utara.items() if village.startswith("12.71")]
    )
    shapely.prepare(medan)

    def points(number: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(1)
        west, south, east, north = medan.bounds
        lon, lat = rng.uniform(west, east, number * 4), rng.uniform(south, north, number * 4)
        inside = shapely.contains_xy(medan, lon, lat)
        return lat[inside][:number], lon[inside][:number]

    return points


@pytest.mark.reference
def test_every_real_village_holds_its_own_middle(
    sumatera_utara: dict[str, shapely.Geometry],
) -> None:
    index = index_of(sumatera_utara)
    middles = shapely.point_on_surface(list(sumatera_utara.values()))
    placements = index.locate(
        shapely.get_y(middles), shapely.get_x(middles), [1.0] * len(middles), ["p68"] * len(middles)
    )
    wrong = [
        village
        for village, placement in zip(sumatera_utara, placements, strict=True)
        if placement.best is None or placement.best[0] != village
    ]
    assert wrong == []


@pytest.mark.reference
def test_2100_points_inside_real_villages_are_right(
    sumatera_utara: dict[str, shapely.Geometry],
) -> None:
    index = index_of(sumatera_utara)
    rng = np.random.default_rng(3)
    codes, polygons = list(sumatera_utara), np.array(list(sumatera_utara.values()))
    tree = shapely.STRtree(polygons)
    probes: list[tuple[str, float, float]] = []
    while len(probes) < 2100:
        of = rng.integers(0, len(codes), 1000)
        west, south, east, north = shapely.bounds(polygons[of]).T
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        # 3 m of accuracy reach less than 7 m.
        around = shapely.buffer(shapely.points(lon, lat), 7 / 110_000)
        point, village = tree.query(around, predicate="intersects")
        alone = np.bincount(point, minlength=of.size)[point] == 1
        whole = shapely.contains_properly(polygons[village], around[point])
        for at, home in zip(point[alone & whole], village[alone & whole], strict=True):
            probes.append((codes[home], float(lat[at]), float(lon[at])))
    codes, lats, lons = map(list, zip(*probes[:2100], strict=True))
    placements = index.locate(lats, lons, [3.0] * 2100, ["p68"] * 2100)
    assert [placement.probabilities for placement in placements] == [((c, 1.0),) for c in codes]


def monte_carlo(
    polygons: dict[str, shapely.Geometry], x: np.ndarray, y: np.ndarray
) -> dict[str, float]:
    """Shares of random points by the rules, worked out one point after the other."""
    disc = shapely.MultiPoint(np.column_stack([x, y])).envelope.buffer(0.001)
    near = {village: polygon for village, polygon in polygons.items() if polygon.intersects(disc)}
    found: dict[str, float] = dict.fromkeys([*near, "outside"], 0.0)
    for point in shapely.points(x, y):
        claims = [village for village, polygon in near.items() if polygon.intersects(point)]
        if not claims and near:
            metres = {v: polygon.distance(point) * 110_800 for v, polygon in near.items()}
            closest = min(metres, key=metres.__getitem__)
            claims = [closest] if metres[closest] <= 25 else []
        for claim in claims or ["outside"]:
            found[claim] += 1 / len(claims or [""]) / x.size
    return found


@pytest.mark.reference
@pytest.mark.parametrize("accuracy_m", [10, 30, 100, 300])
def test_probabilities_in_medan_are_those_of_random_points(
    sumatera_utara: dict[str, shapely.Geometry],
    medan_points: Callable[[int], tuple[np.ndarray, np.ndarray]],
    accuracy_m: float,
) -> None:
    medan = {v: polygon for v, polygon in sumatera_utara.items() if v.startswith("12.71")}
    lat, lon = medan_points(60)
    placements = index_of(medan).locate(lat, lon, np.full(lat.size, accuracy_m), ["p68"] * lat.size)
    rng = np.random.default_rng(2)
    lat_m, lon_m = metres_per_degree(lat)
    error = rng.normal(size=(2, lat.size, 500)) * accuracy_m / 1.51
    x, y = lon[:, None] + error[0] / lon_m[:, None], lat[:, None] + error[1] / lat_m[:, None]
    off = []
    for i, placement in enumerate(placements):
        random = monte_carlo(medan, x[i], y[i])
        off.append(placement.outside - random.pop("outside"))
        off += [placement.probability_of(village) - share for village, share in random.items()]
    # 500 random points are themselves off by 0.02 where two villages share a fix.
    assert np.sqrt(np.mean(np.square(off))) < 0.025
    assert np.abs(off).max() < 0.1


@pytest.mark.reference
def test_threads_share_one_index(
    sumatera_utara: dict[str, shapely.Geometry],
    medan_points: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> None:
    lat, lon = medan_points(2000)
    accuracy, kinds = np.full(lat.size, 50.0), ["p68"] * lat.size
    expected = index_of(sumatera_utara).locate(lat, lon, accuracy, kinds)
    fresh = index_of(sumatera_utara)
    found: list[list[Placement]] = []
    threads = [
        threading.Thread(target=lambda: found.append(fresh.locate(lat, lon, accuracy, kinds)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and all(placements == expected for placements in found)


@pytest.mark.reference
@pytest.mark.parametrize("accuracy_m", [10, 100])
def test_fixes_in_new_places_are_as_quick_as_others(
    sumatera_utara: dict[str, shapely.Geometry], accuracy_m: float
) -> None:
    index = index_of(sumatera_utara, 15)
    rng = np.random.default_rng(5)
    at = shapely.point_on_surface(rng.choice(np.array(list(sumatera_utara.values())), 5000))
    lat = shapely.get_y(at) + rng.normal(0, 0.003, 5000)
    lon = shapely.get_x(at) + rng.normal(0, 0.003, 5000)
    began = time.thread_time()
    index.locate(lat, lon, np.full(5000, accuracy_m), ["p68"] * 5000)
    # It takes a quarter of that.
    assert time.thread_time() - began < 0.3
