"""Outlines of neighbours share their borders, whatever the polygons that they are made of."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.geo.polygons.simplifying import map_tolerance_m, on_a_map, outlined

METRE = 1 / 111_000


def villages(*polygons: Any) -> Any:
    """Polygons given in metres, as an array of polygons near 100°E 2°N."""
    array = np.array(polygons, dtype=object)
    return shapely.transform(array, lambda xy: xy * METRE + [100, 2])


def box(west: float, south: float, east: float, north: float) -> Any:
    return shapely.box(west, south, east, north)


def is_map_without_gaps(polygons: Any) -> bool:
    return bool(shapely.coverage_is_valid(polygons, gap_width=25 * METRE))


def test_neighbours_that_overlap_or_leave_a_sliver_end_up_with_one_border() -> None:
    around = box(-2000, -2000, 4000, 3000).difference(box(0, 0, 2000, 1000))
    sliver = villages(box(0, 0, 1000, 1000), box(1015, 0, 2000, 1000), around)
    overlap = villages(box(0, 0, 1000, 1000), box(980, 0, 2000, 1000), around)
    for polygons in (sliver, overlap):
        assert not is_map_without_gaps(polygons)
        outlines = outlined(polygons)
        assert is_map_without_gaps(outlines)
        assert (shapely.area(outlines) / shapely.area(polygons)).tolist() == pytest.approx(
            [1, 1, 1], abs=0.03
        )


def test_one_place_of_two_villages_keeps_both_outlines() -> None:
    twice = villages(box(0, 0, 1000, 1000), box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000))
    first, second, beside = outlined(twice).tolist()
    assert first.equals(second) and first.area == pytest.approx(beside.area, rel=0.01)


def test_a_village_that_another_covers_keeps_its_outline() -> None:
    nearly_equal = villages(box(0, 0, 3000, 3000), box(0, 0, 3000, 3000 - 1e-3))
    assert not shapely.is_empty(outlined(nearly_equal)).any()
    inside = villages(box(0, 0, 3000, 3000), box(2000, 2000, 3500, 3500))
    large, small = outlined(inside).tolist()
    assert small.area == pytest.approx(inside[1].area, rel=0.01)
    assert large.area == pytest.approx(inside[0].area - 1000**2 * METRE**2, rel=0.01)
    assert shapely.coverage_is_valid([large, small])


def test_nothing_gives_nothing() -> None:
    none = np.array([], dtype=object)
    assert outlined(none).size == on_a_map(none).size == 0
    assert map_tolerance_m(none) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_outlines_share_their_borders_at_every_size_of_map(seed: int) -> None:
    """Voronoi villages whose borders each side drew for itself, up to 15 m off."""
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 20_000, (40, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(corners), extend_to=box(0, 0, 2e4, 2e4))
    )
    cells = shapely.segmentize(shapely.intersection(cells, box(0, 0, 2e4, 2e4)), 500)
    drawn = [
        shapely.transform(cell, lambda xy, turn=turn: xy + 15 * np.sin(xy[:, ::-1] + turn))
        for cell, turn in zip(cells, random.uniform(0, 6, len(cells)), strict=True)
    ]
    drawn = shapely.make_valid(drawn, method="structure", keep_collapsed=False)
    polygons = villages(*drawn)
    outlines = outlined(polygons)
    assert outlines.size == polygons.size
    for drawing in (outlines, on_a_map(outlines)):
        assert shapely.is_valid(drawing).all() and not shapely.is_empty(drawing).any()
        assert shapely.coverage_is_valid(drawing)
    assert shapely.area(outlines).sum() == pytest.approx(shapely.area(polygons).sum(), rel=0.01)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "most_bytes"),
    [
        ("12.71_kota_medan", 130_000),
        ("12.20_padang_lawas_utara", 460_000),
        ("35.78_kota_surabaya", 190_000),
        ("62.71_kota_palangka_raya", 45_000),
    ],
)
def test_real_regencies_make_maps_without_gaps(
    reference_data: Path, name: str, most_bytes: int
) -> None:
    file = reference_data / "regions" / "villages" / f"{name}.geojson"
    features = json.loads(file.read_bytes())["features"]
    polygons = np.array([shapely.geometry.shape(f["geometry"]) for f in features], dtype=object)
    polygons = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    assert not shapely.coverage_is_valid(polygons)
    outlines = outlined(polygons)
    assert shapely.coverage_is_valid(outlines)
    drawing = on_a_map(outlines)
    assert shapely.coverage_is_valid(drawing) and shapely.is_valid(drawing).all()
    assert sum(map(len, shapely.to_geojson(drawing))) < most_bytes
    common = shapely.area(shapely.intersection(polygons, outlines))
    assert (common / shapely.area(shapely.union(polygons, outlines))).min() > 0.95
