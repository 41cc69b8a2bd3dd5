import re

import numpy as np
import pytest
import shapely

from outreach.geo.polygons.differences import difference
from outreach.geo.polygons.drawing import Frame, label_places, path_of, short_path_of

METRE = 1 / 111_000


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box near the equator, given in metres."""
    return shapely.box(*(side * METRE for side in (west, south, east, north)))


def test_a_picture_has_north_up_and_one_scale_both_ways() -> None:
    square = box(0, 0, 1000, 1000)
    frame = Frame.around([square], width=600, margin=0.1, most_height=600)
    assert frame.width == 600 and frame.height == pytest.approx(600, rel=0.01)
    north_west = box(0, 900, 100, 1000)
    [drawn] = frame.pictured([north_west])
    west, top, east, bottom = drawn.bounds
    assert (west, top) == pytest.approx((50, 50), abs=3)
    assert east - west == pytest.approx(bottom - top, rel=0.01) == pytest.approx(50, abs=1)
    assert frame.scale_bar.metres == 200
    assert frame.scale_bar.pixels == pytest.approx(100, abs=2)


def test_a_tall_place_is_as_high_as_allowed_and_in_the_middle() -> None:
    frame = Frame.around([box(0, 0, 100, 1000)], width=600, margin=0, most_height=400)
    assert frame.height == pytest.approx(400)
    [drawn] = frame.pictured([box(0, 0, 100, 1000)])
    assert (drawn.bounds[0] + drawn.bounds[2]) / 2 == pytest.approx(300, abs=1)


def test_a_path_has_every_ring_and_stays_in_the_frame() -> None:
    ring = box(0, 0, 1000, 1000).difference(box(400, 400, 600, 600))
    far = shapely.union(ring, box(5000, 5000, 6000, 6000))
    frame = Frame.around([ring], width=300, margin=0, most_height=300)
    path = path_of(frame.pictured([far])[0])
    assert path.count("M") == path.count("Z") == 2
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    assert min(numbers) >= -5 and max(numbers) <= 305
    assert path_of(frame.pictured([box(9000, 9000, 9100, 9100)])[0]) == ""


def corners(path: str) -> list[list[tuple[int, int]]]:
    """The rings of a short path."""
    rings = []
    for start, steps in re.findall(r"M(-?\d+ -?\d+)l([^z]*)z", path):
        x, y = map(int, start.split())
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        ring = [(x, y)]
        for right, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + right, y + down
            ring.append((x, y))
        rings.append(ring)
    return rings


def test_a_short_path_has_the_same_corners_and_leaves_no_gap() -> None:
    left = shapely.Polygon([(0.4, 0), (10.2, 0), (12.6, 5.3), (10.2, 10), (0.4, 10)])
    right = shapely.Polygon([(10.2, 0), (20, 0), (20, 10), (10.2, 10), (12.6, 5.3)])
    [one], [other] = corners(short_path_of(left)), corners(short_path_of(right))
    assert set(one) == {(0, 0), (10, 0), (13, 5), (10, 10), (0, 10)}
    assert set(one) & set(other) == {(10, 0), (13, 5), (10, 10)}
    holed = shapely.box(0, 0, 50, 50).difference(shapely.box(10, 10, 20, 20))
    assert len(corners(short_path_of(shapely.union(holed, shapely.box(60, 60, 70, 70))))) == 3
    assert short_path_of(shapely.box(0.1, 0.1, 0.4, 0.4)) == ""
    assert short_path_of(shapely.Polygon()) == ""


def test_polygons_simplified_together_still_share_their_borders() -> None:
    wavy = [(10 + 0.3 * (-1) ** y, y) for y in range(21)]
    left = shapely.Polygon([(0, 0), *wavy, (0, 20)])
    right = shapely.Polygon([(20, 0), *wavy, (20, 20)])
    frame = Frame.around([left, right], width=200, margin=0, most_height=200)
    one, other = frame.pictured_together([left, right], 10)
    assert len(one.exterior.coords) < len(wavy)
    assert shapely.area(shapely.intersection(one, other)) < 1e-9
    assert shapely.union(one, other).geom_type == "Polygon"


def test_a_name_is_written_only_where_it_fits() -> None:
    frame = Frame.around([box(0, 0, 1000, 1000)], width=600, margin=0, most_height=600)
    wide = shapely.box(100, 100, 200, 150)
    assert label_places([wide], ["Hulu"], frame) == [(150, 125)]
    assert label_places([wide], ["Hulu" * 10], frame) == [None]
    assert label_places([shapely.Polygon()], ["Hulu"], frame) == [None]
    assert label_places([], [], frame) == []


def test_names_are_not_written_over_each_other_or_out_of_the_picture() -> None:
    frame = Frame.around([box(0, 0, 1000, 1000)], width=600, margin=0, most_height=600)
    places = [shapely.box(x, y, x + 90, y + 13) for y in range(0, 600, 13) for x in (-40, 50, 530)]
    names = ["Padang Lawas"] * len(places)
    at = [found for found in label_places(places, names, frame) if found]
    assert 20 < len(at) < len(places)
    texts = shapely.box(*np.array([(x - 38, y - 11, x + 38, y + 4) for x, y in at]).T)
    assert shapely.STRtree(texts).query(texts, predicate="intersects").shape[1] == len(at)
    assert shapely.box(0, 0, 600, 600).contains(texts).all()


def test_equal_polygons_do_not_differ() -> None:
    same = difference(box(0, 0, 1000, 1000), box(0, 0, 1000, 1000))
    assert same.common == pytest.approx(1)
    assert (same.p50_m, same.p90_m, same.most_m) == (0, 0, 0)


def test_a_moved_border_differs_by_as_much() -> None:
    moved = difference(box(0, 0, 1000, 1000), box(100, 0, 1100, 1000))
    assert moved.common == pytest.approx(900 / 1100, rel=0.01)
    assert moved.most_m == pytest.approx(100, rel=0.03)
    assert 0 <= moved.p50_m <= moved.p90_m <= moved.most_m
    away = difference(box(0, 0, 100, 100), box(5000, 0, 5100, 100))
    assert away.common == 0 and away.most_m == pytest.approx(5000, rel=0.03)
