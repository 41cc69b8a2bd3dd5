"""Polygons that cannot all be villages, and what they leave between them."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.ellipsoid import areas_km2
from outreach.geo.polygons.oddities import (
    TangledError,
    coverers,
    mean_widths_m,
    refuse_tangled,
    twins,
)
from outreach.geo.polygons.overlaps_and_gaps import mess_of

boxes = st.lists(
    st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 12)] * 2), min_size=1, max_size=12
).map(lambda all_: shapely.box(*zip(*((x, y, x + w, y + h) for x, y, w, h in all_), strict=True)))


@given(boxes)
def test_masks_and_twins_are_what_a_comparison_of_all_says(polygons: Any) -> None:
    middles = shapely.point_on_surface(polygons)
    total = len(polygons)
    covered = {
        at: sum(
            polygons[at].contains(middles[n]) and polygons[n].area <= polygons[at].area / 2
            for n in range(total)
        )
        for at in range(total)
    }
    least = max(3, (total - 1) / 2)
    expected = {at: count for at, count in covered.items() if count >= least and total > 3}
    assert coverers(polygons) == expected
    pairs = {
        (one, other)
        for one in range(total)
        for other in range(one + 1, total)
        if polygons[one].intersection(polygons[other]).area
        >= 0.95 * polygons[one].union(polygons[other]).area
    }
    assert set(twins(polygons)) == pairs


@given(boxes, st.lists(st.sampled_from("abc"), min_size=12, max_size=12))
def test_the_mess_is_what_a_comparison_of_all_says(polygons: Any, groups: list[str]) -> None:
    small = shapely.transform(polygons, lambda xy: (98, 3) + xy / 1000)
    villages = [str(place) for place in range(len(small))]
    found = mess_of(small, villages, groups[: len(small)])
    assert found.keys() == set(groups[: len(small)])
    for group, mess in found.items():
        overlaps = [
            float(areas_km2(np.array([small[one].intersection(small[other])]))[0])
            for one in range(len(small))
            for other in range(one + 1, len(small))
            if group in (groups[one], groups[other])
            and small[one].intersection(small[other]).area > 1e-12
        ]
        assert mess.overlap_km2 == pytest.approx(sum(overlaps), abs=1e-3)
        assert mess.large_overlaps == len(overlaps)
        union = shapely.union_all([p for p, g in zip(small, groups, strict=False) if g == group])
        rings = [ring for part in shapely.get_parts(union) for ring in part.interiors]
        inner = shapely.union_all([shapely.Polygon(ring) for ring in rings])
        free = inner.difference(shapely.union_all(small)).area
        assert (mess.gap_km2 + mess.holes_km2 > 0) == (free > 1e-12)


def test_gaps_are_narrow_and_holes_are_wide() -> None:
    around = shapely.box(98, 3, 98.1, 3.1)
    gap, lake = shapely.box(98.01, 3.01, 98.02, 3.0105), shapely.box(98.05, 3.05, 98.06, 3.06)
    assert mean_widths_m(np.array([gap, lake])) == pytest.approx([53, 554], rel=0.01)
    narrow = shapely.box(98.01, 3.01, 98.02, 3.0101)
    polygon = around.difference(narrow).difference(lake)
    mess = mess_of(np.array([polygon]), ["12.71.01.1001"], ["12.71"])["12.71"]
    assert mess.gap_km2 == pytest.approx(0.0123, abs=0.001) and mess.holes == 1
    assert mess.holes_km2 == pytest.approx(1.23, abs=0.02) and mess.overlap_km2 == 0
    [hole] = mess.largest_holes
    assert lake.contains(shapely.Point(hole.lon, hole.lat)) and hole.km2 == mess.holes_km2


def test_what_others_fill_is_no_hole() -> None:
    around = shapely.box(98, 3, 98.1, 3.1)
    city, lake = shapely.box(98.02, 3.02, 98.04, 3.0395), shapely.box(98.05, 3.05, 98.06, 3.06)
    polygon = around.difference(shapely.box(98.02, 3.02, 98.04, 3.04)).difference(lake)
    [mess] = mess_of(np.array([polygon]), ["a"], ["12.03"], np.array([city])).values()
    assert mess.holes == 1 and mess.gap_km2 == pytest.approx(0.123, abs=0.01)
    [hole] = mess.largest_holes
    assert lake.contains(shapely.Point(hole.lon, hole.lat))
    both = mess_of(np.array([polygon, city]), ["a", "b"], ["12.03", "12.77"])
    assert both["12.03"] == mess and both["12.77"].holes == 0


def test_the_worst_overlaps_name_their_villages() -> None:
    boxes = np.array([shapely.box(98 + x, 3, 98.1 + x, 3.1) for x in (0, 0.05, 0.14, 0.5)])
    mess = mess_of(boxes, ["a", "b", "c", "d"], ["x", "y", "y", "y"])
    assert [overlap.villages for overlap in mess["x"].worst_overlaps] == [("a", "b")]
    assert [overlap.villages for overlap in mess["y"].worst_overlaps] == [("a", "b"), ("b", "c")]
    assert mess["y"].worst_overlaps[1].ha == pytest.approx(1230, rel=0.01)


def test_nothing_is_no_mess() -> None:
    assert mess_of(np.empty(0, dtype=object), [], []) == {}


def comb(teeth: int) -> Any:
    """A square of so many teeth that lie flat, a tooth's height apart."""
    rows = [
        (x, row / teeth + up)
        for row in range(teeth)
        for x, up in ((0.01, 0), (1, 0), (1, 0.5 / teeth), (0.01, 0.5 / teeth))
    ]
    return shapely.Polygon([*rows, (0, 1 - 0.5 / teeth), (0, 0)])


def test_combs_across_each_other_are_tangled_and_side_by_side_are_not() -> None:
    flat = comb(500)
    upright = shapely.transform(flat, lambda xy: xy[:, ::-1])
    beside = shapely.transform(flat, lambda xy: xy + np.array((0, 0.5 / 500)))
    assert flat.is_valid and upright.is_valid
    with pytest.raises(TangledError):
        refuse_tangled(np.array([flat, flat]), np.array([beside, upright]))
    islands = shapely.MultiPolygon([flat, shapely.box(5, 5, 6, 6)])
    refuse_tangled(np.array([islands, upright]), np.array([beside, upright]))
    with pytest.raises(TangledError):
        refuse_tangled(np.array([upright]), np.array([islands]))
    refuse_tangled(np.array([flat]), np.array([None]))
    refuse_tangled(np.array([], dtype=object), np.array([], dtype=object))
