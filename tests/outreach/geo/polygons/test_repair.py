import json
import time
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.formats.feature import Parts
from outreach.geo.formats.geojson import read_geojson
from outreach.geo.polygons.repair import axes_of, repair, with_axes_swapped


def ring(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=np.float64)


def box(x: float, y: float, size: float) -> np.ndarray:
    return ring((x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y))


def test_a_sound_polygon_stays_as_it_is() -> None:
    fixed = repair([[box(98, 3, 1), box(98.4, 3.4, 0.1)]])
    assert fixed.steps == () and fixed.problem == ""
    assert fixed.polygon.area == pytest.approx(0.99)
    assert len(fixed.polygon.interiors) == 1


def test_an_open_ring_is_closed() -> None:
    fixed = repair([[box(98, 3, 1)[:-1]]])
    assert fixed.steps == ("closed a ring",) and fixed.polygon.area == pytest.approx(1)


def test_a_ring_with_its_ends_far_apart_is_told() -> None:
    arc = np.array([(98 + x / 100, 3.0 + y / 100) for x, y in ((0, 0), (1, 0.2), (2, 0.2), (3, 0))])
    fixed = repair([[arc]])
    assert fixed.steps == ("closed a ring across 3,335 m, far longer than any of its lines",)


def test_a_part_written_as_a_hole_is_a_part() -> None:
    fixed = repair([[box(98, 3, 0.01), box(99, 3, 1), box(97, 3, 0.5)]])
    assert fixed.steps == ("made a hole outside its shell a part",)
    assert fixed.polygon.geom_type == "MultiPolygon"
    assert fixed.polygon.area == pytest.approx(1.2501)


def test_a_ring_that_touches_itself_keeps_its_area() -> None:
    touching = ring((98, 0), (100, 0), (99, 1), (100, 2), (98, 2), (99, 1), (98, 0))
    fixed = repair([[touching]])
    assert fixed.polygon.is_valid and fixed.polygon.area == pytest.approx(2)
    assert fixed.steps == ("made valid (ring self-intersection)",)


def test_nested_parts_are_no_hole() -> None:
    fixed = repair([[box(98, 3, 1)], [box(98.5, 3.5, 0.01)]])
    assert fixed.polygon.is_valid and fixed.polygon.area == pytest.approx(1)


def test_a_change_of_area_is_not_resolved() -> None:
    crossed = ring((98, 3), (99, 4), (99, 3), (98, 3.6), (98, 3))
    fixed = repair([[crossed]])
    assert fixed.polygon is None and "would change" in fixed.problem


def test_a_tangle_is_not_resolved_at_any_price() -> None:
    turns = 2.399 * np.arange(6000)
    tangle = np.column_stack((110 + 0.05 * np.cos(turns), -4.7 + 0.05 * np.sin(turns)))
    started_at = time.process_time()
    fixed = repair([[tangle]])
    assert time.process_time() - started_at < 5
    assert fixed.polygon is None and "too often" in fixed.problem


def sweeps(count: int) -> np.ndarray:
    """A ring that sweeps a square to and fro, and then up and down: `count` squared crossings."""
    across = [
        (98 + (turn + step) % 2, 3 + turn / count) for turn in range(count) for step in (0, 1)
    ]
    down = [
        (98 + turn / count, 3 + 0.9 * ((turn + step) % 2))
        for turn in range(count)
        for step in (0, 1)
    ]
    return ring(*across, *down)


def test_no_regular_shape_hides_its_crossings() -> None:
    for count in (64, 65, 512, 513, 1024, 2000):
        assert "too often" in repair([[sweeps(count)]]).problem


def test_petals_on_one_point_are_not_resolved_at_any_price() -> None:
    turns = np.linspace(0, 2 * np.pi, 20_000, endpoint=False).reshape(-1, 2)
    tips = np.column_stack((98 + np.cos(turns).ravel(), 3 + np.sin(turns).ravel())).reshape(
        -1, 2, 2
    )
    centre = np.broadcast_to([[98.0, 3.0]], (len(tips), 1, 2))
    fixed = repair([[np.concatenate((centre, tips), axis=1).reshape(-1, 2)]])
    assert "too often" in fixed.problem


def test_holes_without_number_in_a_long_border_are_not_looked_for() -> None:
    turns = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    circle = np.column_stack((98 + np.cos(turns), 3 + np.sin(turns)))
    holes = [box(97.5 + 0.01 * (n % 90), 2.5 + 0.01 * (n // 90), 0.005) for n in range(6_000)]
    started_at = time.process_time()
    assert "too many holes" in repair([[circle, *holes]]).problem
    assert time.process_time() - started_at < 5
    assert len(repair([[circle, *holes[:100]]]).polygon.interiors) == 100


def test_many_equal_holes_are_not_compared() -> None:
    started_at = time.process_time()
    fixed = repair([[box(98, 3, 1), *[box(98.2, 3.2, 0.1)] * 20_000]])
    assert time.process_time() - started_at < 5
    assert "too often" in fixed.problem


def test_a_long_ring_with_few_crossings_is_made_valid() -> None:
    turns = np.linspace(0, 2 * np.pi, 6000, endpoint=False)
    circle = np.column_stack((98 + np.cos(turns), 3 + np.sin(turns)))
    circle[[100, 101]] = circle[[101, 100]]
    fixed = repair([[circle]])
    assert fixed.polygon is not None and "made valid (self-intersection)" in fixed.steps


def test_specks_are_left_out_and_told() -> None:
    speck, thread = box(98.5, 3.5, 0.00005), box(98.6, 3.5, 0.01)
    thread[2:4, 1] = 3.5 + 1e-7
    fixed = repair([[box(98, 3, 0.1)], [speck], [thread]])
    assert fixed.polygon.geom_type == "Polygon" and fixed.polygon.area == pytest.approx(0.01)
    assert fixed.steps == ("left out 2 specks of 43.0 m²",)


def test_specks_that_are_much_of_a_village_are_kept() -> None:
    islets = [[box(98 + column / 100, 3, 0.00005)] for column in range(200)]
    fixed = repair([[box(97, 3, 0.001)], *islets])
    assert len(fixed.polygon.geoms) == 201 and "kept 200 specks" in fixed.steps[0]
    assert "only a speck" in repair(islets[:2]).problem


@pytest.mark.parametrize(
    "parts", [[], [[ring((98, 3), (99, 4))]], [[ring((98, 3), (99, 4), (100, 5), (98, 3))]]]
)
def test_nothing_with_an_area_is_a_problem(parts: Parts) -> None:
    fixed = repair(parts)
    assert fixed.polygon is None and fixed.problem == "it has no ring with an area"


coordinate = st.integers(0, 40).map(lambda n: n / 10)
rings = st.lists(st.tuples(coordinate, coordinate), min_size=0, max_size=9).map(
    lambda points: np.array(points, dtype=np.float64).reshape(-1, 2)
)


@given(st.lists(st.lists(rings, min_size=1, max_size=3), max_size=3))
def test_whatever_comes_out_is_valid_polygons_or_a_reason(parts: Parts) -> None:
    fixed = repair(parts)
    assert bool(fixed.problem) == (fixed.polygon is None)
    if fixed.polygon is not None:
        assert fixed.polygon.is_valid and fixed.polygon.area > 0
        assert fixed.polygon.geom_type in {"Polygon", "MultiPolygon"}
        assert not shapely.has_z(fixed.polygon)


def test_axes_are_told_apart() -> None:
    here = [[box(98, 3, 0.1)]]
    there = with_axes_swapped(here)
    assert axes_of(here) == "indonesia" and axes_of(there) == "swapped"
    assert axes_of([[box(463_000, 388_000, 1000)]]) == "elsewhere"
    assert axes_of(with_axes_swapped(there)) == "indonesia"


@pytest.mark.reference
def test_every_invalid_geometry_of_the_country_is_repaired(reference_data: Path) -> None:
    content = reference_data / "regions" / "messy" / "invalid_geometries_national.geojson"
    features = read_geojson(content.read_bytes())[0]
    parts = [feature.parts() for feature in features]
    assert len(parts) == 30 and parts.count(None) == 1
    repaired = [repair(entry) for entry in parts if entry]
    assert all(fixed.polygon is not None and fixed.polygon.is_valid for fixed in repaired)
    assert all(fixed.steps for fixed in repaired)
    problems = [f.properties["problem"] for f in features]
    stray = [p.startswith("inner ring") for p, entry in zip(problems, parts, strict=True) if entry]
    assert [("part" in " ".join(f.steps)) for f in repaired] == stray


@pytest.mark.reference
@pytest.mark.parametrize("name", ["12.71_kota_medan", "35.78_kota_surabaya"])
def test_sound_files_lose_specks_only(reference_data: Path, name: str) -> None:
    content = (reference_data / "regions" / "villages" / f"{name}.geojson").read_bytes()
    for feature, raw in zip(read_geojson(content)[0], json.loads(content)["features"], strict=True):
        fixed = repair(feature.parts() or [])
        written = shapely.geometry.shape(raw["geometry"])
        if fixed.steps:
            assert fixed.steps[0].startswith("left out 1 speck of ")
            assert 0 < written.area - fixed.polygon.area < 1e-8
        else:
            assert shapely.equals(fixed.polygon, written)
