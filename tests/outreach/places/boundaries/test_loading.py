"""What a load makes of its features, and what it says."""

import hashlib
import json
from pathlib import Path

import pytest
import shapely
from django.core.management import CommandError, call_command

from outreach.models import Boundary, BoundarySet, RegionAlias
from tests.outreach.places.conftest import Feature, WriteCollection, feature, square
from tests.outreach.places.medan import (
    BOW_TIE,
    GIVEN,
    MEDAN,
    command_on,
    current,
    load,
    medan,
    outcomes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

SWAPPED = [[[y, x] for x, y in ring] for ring in square(1, 0)]


def test_villages_get_polygons_areas_and_a_source(collection: WriteCollection) -> None:
    file = collection(*medan(0, 1, 2))
    report = load(file)
    assert report.counts["matched"] == 3 and report.exceptions == []
    [stored] = BoundarySet.objects.all()
    assert (stored.source, stored.vintage, stored.licence) == ("Surveyors", "2026", "MIT")
    assert stored.border_error_m == 15
    assert stored.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert stored.report["counts"] == report.counts
    boundary = stored.boundaries.get(region="12.71.01.1002")
    polygon = shapely.from_wkb(bytes(boundary.wkb or b""))
    assert polygon.equals(shapely.Polygon(square(1, 0)[0])) and not polygon.has_z
    assert boundary.area_km2 == pytest.approx(0.995, abs=0.01)
    assert current() == dict.fromkeys(MEDAN, True)
    [regency] = report.regencies
    assert (regency.code, regency.villages, regency.with_boundary) == ("12.71", 3, 3)


@pytest.mark.parametrize(
    ("broken", "outcome", "why"),
    [
        (feature(MEDAN[1], None), "no_boundary", "no geometry"),
        (feature(MEDAN[1], [square(1, 0)[0][:-1]]), "repaired", "closed a ring"),
        (feature(MEDAN[1], BOW_TIE), "unresolved", "would change"),
        (feature(MEDAN[1], [98.6, 3.5], "Point"), "unresolved", "not a polygon"),
        (
            feature(MEDAN[1], SWAPPED),
            "unresolved",
            "swapped, unlike the rest of the file's: exchange",
        ),
        (feature(MEDAN[1], [[[1, 2], [3, 4], [3, 2], [1, 2]]]), "unresolved", "outside Indonesia"),
        (feature("12.71.01.1999", square(1, 0)), "dropped", "not in the list of regions"),
        (feature("12.71.01", square(1, 0)), "dropped", "not a village's code"),
        (feature("a\0b", square(1, 0)), "dropped", "not a region code"),
        (feature(None, square(1, 0)), "dropped", "no property"),
    ],
)
def test_a_broken_feature_is_reported_and_spoils_no_other(
    collection: WriteCollection, broken: Feature, outcome: str, why: str
) -> None:
    report = load(collection(medan(0)[0], broken, feature(MEDAN[2], square(2, 0))))
    assert [village.outcome for village in report.villages] == ["matched", outcome, "matched"]
    assert why in report.villages[1].why and report.villages[1].feature == 2
    assert len(report.exceptions) == 1
    expected = {MEDAN[0]: True, MEDAN[2]: True}
    if outcome != "dropped":
        expected[MEDAN[1]] = outcome == "repaired"
    assert current() == expected


def test_multipolygons_and_holes_are_kept(collection: WriteCollection) -> None:
    hole = square(0, 0, 0.003)[0]
    parts = [[square(0, 0)[0], [[x + 0.003, y + 0.003] for x, y in hole]], square(3, 3)]
    load(collection(feature(MEDAN[0], parts, "MultiPolygon")))
    wkb = Boundary.objects.get(region=MEDAN[0]).wkb
    polygon = shapely.from_wkb(bytes(wkb or b""))
    assert [len(part.interiors) for part in polygon.geoms] == [1, 0]


def test_swapped_axes_of_a_whole_file_are_put_right(collection: WriteCollection) -> None:
    report = load(collection(feature(MEDAN[1], SWAPPED)))
    assert "swapped" in report.files[0].notes[-1] and report.counts["matched"] == 1
    polygon = shapely.from_wkb(bytes(Boundary.objects.get(region=MEDAN[1]).wkb or b""))
    assert polygon.equals(shapely.Polygon(square(1, 0)[0]))


def test_a_feature_that_is_right_in_a_swapped_file_is_told(collection: WriteCollection) -> None:
    swapped = [[[y, x] for x, y in square(column, 0)[0]] for column in range(2)]
    features = [feature(code, [ring]) for code, ring in zip(MEDAN, swapped, strict=False)]
    report = load(collection(*features, feature(MEDAN[2], square(2, 0))))
    assert [village.outcome for village in report.villages] == ["matched", "matched", "unresolved"]
    assert "unlike the rest of the file" in report.villages[2].why


def test_one_code_with_two_boundaries_has_none(collection: WriteCollection) -> None:
    twice = feature(MEDAN[0], square(0, 0)), feature(MEDAN[0], square(0.5, 0))
    report = load(collection(*twice, *medan(0)[1:], feature(MEDAN[1], square(3, 0))))
    assert outcomes(report) == [
        (MEDAN[0], "unresolved"),
        (MEDAN[0], "dropped"),
        (MEDAN[1], "matched"),
    ]
    assert current() == {MEDAN[0]: False, MEDAN[1]: True}


def test_the_same_boundary_twice_is_one(collection: WriteCollection) -> None:
    report = load(collection(*medan(0), name="a.geojson"), collection(*medan(0), name="b.geojson"))
    assert outcomes(report) == [(MEDAN[0], "matched"), (MEDAN[0], "dropped")]
    assert [file.file for file in report.files] == ["a.geojson", "b.geojson"]
    assert current() == {MEDAN[0]: True}


def test_what_is_alike_is_told_in_one_line(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = [feature(f"12.71.01.19{n:02}", square(n, 1)) for n in range(20)]
    command_on(collection(*medan(0, 1, 2), *unknown))
    out = capsys.readouterr().out
    assert out.count("its code is not in the list of regions") == 1
    assert "12.71.01.1904 Nama 12.71.01.1904 (feature 8) and 15 more features: dropped, its" in out


def test_the_command_says_what_happened(
    collection: WriteCollection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    file = collection(medan(0)[0], feature(MEDAN[1], None), feature(None, square(1, 1)))
    call_command("load_boundaries", file, report=report, **GIVEN)
    out = capsys.readouterr().out
    assert f"{MEDAN[1]} Nama {MEDAN[1]} (feature 2): no_boundary, the source has no geometry" in out
    assert "(feature 3): dropped, it has no property `code`" in out
    assert "12.71 Nama 12.71: 1 of 3 villages has a boundary" in out
    written = json.loads(report.read_text())
    assert [village["outcome"] for village in written["villages"]] == [
        "matched",
        "no_boundary",
        "dropped",
    ]
    file.write_bytes(b"{")
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("load_boundaries", file, **GIVEN)
    for wrong in ("nan", "-1", "1001", "far"):
        with pytest.raises(CommandError, match="number of metres"):
            call_command(
                "load_boundaries", str(file), "--source=x", "--vintage=x", "--licence=x",
                f"--border-error-m={wrong}",
            )  # fmt: skip


def test_a_folder_of_files_is_one_set(collection: WriteCollection, tmp_path: Path) -> None:
    for place in range(3):
        collection(feature(MEDAN[place], square(place, 0)), name=f"{place}.geojson")
    (tmp_path / "README.txt").write_text("by hand")
    call_command("load_boundaries", tmp_path, **GIVEN)
    assert BoundarySet.objects.get().boundaries.count() == 3
    assert [file["file"] for file in BoundarySet.objects.get().report["files"]] == [
        "0.geojson",
        "1.geojson",
        "2.geojson",
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="holds no file that ends in"):
        call_command("load_boundaries", tmp_path / "empty", **GIVEN)


def test_a_village_that_is_gone_is_not_missed(collection: WriteCollection) -> None:
    RegionAlias.objects.create(
        system="kemendagri", code=MEDAN[2], level=4, name="Lama", region_id=MEDAN[0],
        basis="name", confidence="high", source="recodes",
    )  # fmt: skip
    report = load(collection(*medan(0, 1)))
    assert [regency.villages for regency in report.regencies] == [2]
    assert report.absent == []
