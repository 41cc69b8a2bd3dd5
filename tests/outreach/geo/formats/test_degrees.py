from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outreach.geo.formats.degrees import refuse_other_units
from outreach.geo.formats.feature import Feature, FormatError
from outreach.geo.formats.geojson import read_geojson

Floats = NDArray[np.float64]


def village(x: float, y: float, size: float, vertices: int = 300) -> Feature:
    turn = np.linspace(0, 2 * np.pi, vertices)
    wobble = 1 + 0.1 * np.sin(7 * turn)
    ring = np.column_stack((x + size * wobble * np.cos(turn), y + size * wobble * np.sin(turn)))
    return Feature({}, [[ring]])


def written(features: list[Feature], how: str) -> list[Feature]:
    """The same features with their numbers written in another way."""

    def rewrite(numbers: Floats) -> Floats:
        rewritten: Floats
        whole, rest = np.trunc(numbers), np.abs(numbers - np.trunc(numbers))
        minutes, seconds = np.floor(rest * 60), rest * 3600 % 60
        sign = np.where(numbers < 0, -1.0, 1.0)
        match how:
            case "DD.MMSS":
                rewritten = np.round(minutes / 100 + np.floor(seconds) / 10_000, 4) + np.abs(whole)
            case "DD.MMSSss":
                rewritten = np.round(
                    minutes / 100 + np.minimum(seconds, 59.99) / 10_000, 6
                ) + np.abs(whole)
            case "DDMM.m":
                rewritten = np.abs(whole) * 100 + rest * 60
            case _:
                rewritten = np.abs(whole) * 10_000 + minutes * 100 + seconds
        return rewritten * sign

    return [
        Feature({}, [[rewrite(ring) for ring in part] for part in feature.parts() or []])
        for feature in features
    ]


REGENCY = [village(99.2 + 0.03 * i, 1.3 + 0.02 * i, 0.012) for i in range(20)]
SOUTH = [village(112.6 + 0.03 * i, -7.3 + 0.02 * i, 0.012) for i in range(20)]
ONE = [village(99.2, 1.3, 0.03)]


@pytest.mark.parametrize("how", ["DD.MMSS", "DD.MMSSss", "DDMM.m", "DDMMSS.s"])
@pytest.mark.parametrize("features", [REGENCY, SOUTH, ONE], ids=["north", "south", "one village"])
def test_degrees_and_minutes_are_noticed(features: list[Feature], how: str) -> None:
    refuse_other_units(features)
    with pytest.raises(FormatError, match=r"degrees and minutes .*: convert them"):
        refuse_other_units(written(features, how))


def test_metres_are_noticed() -> None:
    metres = [village(463_000 + 1000 * i, 388_000, 500) for i in range(5)]
    with pytest.raises(FormatError, match=r"not in WGS84 degrees but in metres .*ogr2ogr -t_srs"):
        refuse_other_units(metres)


@pytest.mark.parametrize(
    "features",
    [
        [],
        [Feature({}, None), Feature({}, "its geometry is bad")],
        [village(99.2, 1.3, 0.002)],
        [village(99.2, 1.3, 0.002, vertices=5)],
        [*REGENCY, *written(ONE, "DDMM.m")],
        [village(98.26, 3.26, 0.002, vertices=5) for _ in range(400)],
    ],
)
def test_what_could_be_degrees_is_left_alone(features: list[Feature]) -> None:
    refuse_other_units(features)


@pytest.mark.reference
def test_every_real_village_alone_is_in_degrees(reference_data: Path) -> None:
    for file in sorted((reference_data / "regions" / "villages").glob("*.geojson")):
        features, _ = read_geojson(file.read_bytes())
        for feature in features:
            refuse_other_units([feature])
        for how in ("DD.MMSS", "DDMM.m"):
            with pytest.raises(FormatError, match="degrees and minutes"):
                refuse_other_units(written([f for f in features if f.geometry], how))
