"""`bench locate` and `bench calibration` on small boundaries, and calibration on Medan's."""

import gzip
import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.core.management import CommandError, call_command

from sync.bench import calibration, locate
from sync.bench.calibration import Layer, all_over, along_borders, calibrate

WEST, SOUTH, STEP = 98.60, 3.50, 0.009


@pytest.mark.parametrize("accuracy_m", [10, 100, 300])
def test_corners_overlaps_gaps_holes_and_the_outside_are_calibrated(accuracy_m: float) -> None:
    squares = {(c, r): shapely.box(c, r, c + 1, r + 1) for c in range(3) for r in range(3)}
    squares[0, 0] = shapely.box(0, 0, 1.1, 1)
    squares[2, 2] = shapely.Polygon([(2.03, 2), (3, 2), (3, 3), (2, 3)])
    squares[1, 1] = squares[1, 1].difference(shapely.box(1.4, 1.4, 1.6, 1.6))
    polygons = shapely.transform(
        np.array(list(squares.values())), lambda xy: xy * STEP + (WEST, SOUTH)
    )
    codes = [f"12.71.0{c}.100{r}" for c, r in squares]
    layer = Layer(codes, shapely.to_wkb(polygons).tolist(), [15] * len(codes))
    beyond = 0.3 * STEP
    box = (WEST - beyond, SOUTH - beyond, WEST + 3 * STEP + beyond, SOUTH + 3 * STEP + beyond)
    found = calibrate(layer, all_over(box), accuracy_m, uncertain=4000)
    assert found.counts.min() > 300
    assert found.worst < 0.02


@pytest.fixture(scope="module")
def medan(reference_data: Path) -> tuple[list[str], list[bytes]]:
    """Codes and outlines of its villages."""
    packed = reference_data / "regions" / "villages" / "12_sumatera_utara_all.geojson.gz"
    features = [
        feature
        for feature in json.loads(gzip.decompress(packed.read_bytes()))["features"]
        if feature["properties"]["code"].startswith("12.71")
    ]
    polygons = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    polygons = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    codes = [feature["properties"]["code"] for feature in features]
    return codes, shapely.to_wkb(polygons).tolist()


@pytest.mark.reference
@pytest.mark.parametrize(("accuracy_m", "border_error_m"), [(10, 0), (30, 15), (100, 15), (300, 0)])
def test_medan_is_calibrated(
    medan: tuple[list[str], list[bytes]], accuracy_m: float, border_error_m: float
) -> None:
    layer = Layer(*medan, [border_error_m] * len(medan[0]))
    bounds = tuple(shapely.total_bounds(layer.polygons).tolist())
    found = calibrate(layer, all_over(bounds), accuracy_m, uncertain=3000)
    assert found.counts.min() > 200
    assert found.worst < 0.02


def test_fixes_along_borders_are_mostly_uncertain_in_every_part_of_a_large_area() -> None:
    islands = [
        shapely.MultiPolygon(
            [shapely.box(95 + c, 0, 95.01 + c, 0.01), shapely.box(95 + c, 1, 95.03 + c, 1.03)]
        )
        for c in range(40)
    ]
    layer = Layer(
        [f"12.71.01.{1001 + c}" for c in range(40)], shapely.to_wkb(islands).tolist(), [15] * 40
    )
    draw = along_borders(layer.polygons, np.full(40, 15.0), 10)
    lon, lat = draw(np.random.default_rng(1), 4000)
    assert set(np.floor(lon).astype(int)) >= set(range(95, 135))
    # Three of four metres of border are the larger part's.
    assert 0.7 < np.mean(lat > 0.5) < 0.8
    found = calibrate(layer, draw, 10, uncertain=2000)
    assert found.uncertain > found.fixes / 2
    assert found.worst < 0.03


def test_calibration_ends_when_its_time_is_up() -> None:
    layer = Layer(["12.71.01.1001"], [shapely.to_wkb(shapely.box(98, 3, 98.01, 3.01))], [5])
    told: list[int] = []
    draw = along_borders(layer.polygons, np.array([5.0]), 10)
    found = calibrate(layer, draw, 10, uncertain=10**9, longest_s=0, say=told.append)
    assert found.fixes == calibration.ROUND
    assert told == [found.uncertain]


@pytest.mark.django_db
def test_without_boundaries_the_benches_say_so() -> None:
    for bench in ("locate", "calibration"):
        with pytest.raises(CommandError, match="load_boundaries"):
            call_command("bench", bench, within="12.71")
    with pytest.raises(CommandError, match="not for push"):
        call_command("bench", "push", within="12.71")


@pytest.fixture
def some_boundaries(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        (f"12.71.01.100{c}", shapely.to_wkb(shapely.box(98 + c / 100, 3, 98.01 + c / 100, 3.01)), 5)
        for c in range(3)
    ]
    monkeypatch.setattr("outreach.bulk.run", lambda _: rows)


@pytest.mark.usefixtures("some_boundaries")
def test_the_benches_print_what_they_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "UNCERTAIN", 50)
    monkeypatch.setattr(calibration, "ROUND", 2000)
    monkeypatch.setattr(calibration, "ENOUGH", 1)
    monkeypatch.setattr(locate, "BATCHES", 1)
    said = StringIO()
    call_command("bench", "locate", stdout=said)
    call_command("bench", "calibration", within="12.71", stdout=said)
    assert "3 villages, built in" in said.getvalue()
    assert said.getvalue().count("0.9 to 1.0") == 4
    assert "worst error of a decile: " in said.getvalue()
