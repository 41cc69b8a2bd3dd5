"""Files that change nothing."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import CommandError

from outreach.models import Boundary, BoundarySet
from outreach.places.uploads import Refused
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.places.medan import (
    BOW_TIE,
    MEDAN,
    command_on,
    current,
    load,
    medan,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]


def test_every_file_that_cannot_be_read_is_told(
    collection: WriteCollection, tmp_path: Path
) -> None:
    collection(*medan(0, 1, 2))
    (tmp_path / "a.geojson").write_bytes(b"{")
    (tmp_path / "b.geojson").write_bytes(b"")
    collection(feature("99.99.99.2001", square(0, 0)), name="c.geojson")
    with pytest.raises(CommandError) as caught:
        command_on(tmp_path)
    for name in ("a", "b"):
        assert f"{name}.geojson " in str(caught.value)
    assert not BoundarySet.objects.exists()


def whole(collection: WriteCollection) -> bytes:
    return collection(*medan(0, 1, 2), name="whole.geojson").read_bytes()


@pytest.mark.parametrize("cut", [1, 100, -60, -1])
def test_a_file_cut_short_changes_nothing(
    collection: WriteCollection, tmp_path: Path, cut: int
) -> None:
    load(collection(*medan(2, 1)))
    before = current(), BoundarySet.objects.count()
    for name, content in (
        ("cut.geojson", whole(collection)[:cut]),
        ("cut.geojson.gz", gzip.compress(whole(collection))[:cut]),
        ("in.geojson.gz", gzip.compress(whole(collection)[:cut])),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refused, match=r"not whole JSON|broken gzip|none of the formats"):
            load(tmp_path / name)
    assert (current(), BoundarySet.objects.count()) == before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"SQLite format 3\0", "boundaries are read from"),
        (b'{"type": "FeatureCollection", "features": []}', "has no features"),
    ],
)
def test_a_file_that_is_no_geojson_changes_nothing(
    collection: WriteCollection, tmp_path: Path, content: bytes, why: str
) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_bytes(content)
    with pytest.raises(Refused, match=why):
        load(collection(*medan(0, 1, 2)), bad)
    assert not BoundarySet.objects.exists() and not Boundary.objects.exists()


def test_projected_coordinates_are_refused(collection: WriteCollection) -> None:
    utm = [[[463_000, 388_000], [464_000, 388_000], [464_000, 389_000], [463_000, 388_000]]]
    with pytest.raises(Refused, match="WGS84"):
        load(collection(feature(MEDAN[0], utm)))


def test_a_file_from_elsewhere_shows_where_it_is(collection: WriteCollection) -> None:
    paris = [[[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.8]]]
    with pytest.raises(Refused) as refused:
        load(collection(*[feature(code, paris) for code in (*MEDAN, MEDAN[0])]))
    assert "no feature in Indonesia" in refused.value.problems[0]
    assert list(refused.value.problems[1:]) == [
        f"feature {number} has a corner at longitude 2.3, latitude 48.8" for number in (1, 2, 3)
    ]


def test_a_file_without_a_usable_polygon_is_refused(collection: WriteCollection) -> None:
    with pytest.raises(Refused) as caught:
        load(collection(feature(MEDAN[0], BOW_TIE), feature(MEDAN[1], None)))
    assert caught.value.problems[0] == "none of the features has a polygon that can be used"
    assert "would change" in caught.value.problems[1]
    assert "1 time: the source has no geometry, as feature 2" in caught.value.problems[2]
    assert not BoundarySet.objects.exists()


def test_a_file_without_a_known_village_is_refused(collection: WriteCollection) -> None:
    with pytest.raises(Refused) as caught:
        load(collection(feature("99.99.99.2001", square(0, 0))))
    why = "1 time: its code is not in the list of regions, as feature 1 99.99.99.2001 Nama"
    assert caught.value.problems[0] == "none of the features is a known village"
    assert caught.value.problems[1].startswith(why)
    assert not BoundarySet.objects.exists()


def test_a_file_that_is_too_large_is_refused(collection: WriteCollection, tmp_path: Path) -> None:
    big = tmp_path / "big.geojson.gz"
    big.write_bytes(gzip.compress(whole(collection) + b" " * 3_000_000))
    with pytest.raises(Refused, match="larger than 1 MiB"):
        load(big, max_bytes=1024**2)


def test_a_first_file_that_geos_gives_up_on_is_refused_by_its_name(
    collection: WriteCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(_parts: Any) -> None:
        raise shapely.errors.GEOSException("TopologyException")

    monkeypatch.setattr("outreach.places.boundaries.villages_in_files.repair", give_up)
    with pytest.raises(Refused) as caught:
        load(collection(*medan(0)), collection(*medan(1), name="second.geojson"))
    [problem] = caught.value.problems
    assert problem == "villages.geojson: the polygons cannot be compared: TopologyException"
