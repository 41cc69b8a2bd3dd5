import gzip
import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from outreach.geo.region_codes import kind_of, level_of, parent_of
from outreach.models import Boundary, BoundaryChange, BoundarySet, Region, RegionAlias
from outreach.places.boundaries.loading import BoundaryReport, Origin, load_boundaries
from outreach.places.boundaries.switching import lock_boundaries
from outreach.places.uploads import Refused
from tests.outreach.places.conftest import Feature, WriteCollection, feature, square

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

MEDAN = ("12.71.01.1001", "12.71.01.1002", "12.71.01.1003")
PALUTA = ("12.20.01.2001", "12.20.01.2002")
ORIGIN = Origin("Surveyors", "2026", "MIT", 15)
SWAPPED = [[[y, x] for x, y in ring] for ring in square(1, 0)]
BOW_TIE = [[[98.6, 3.5], [98.7, 3.6], [98.7, 3.5], [98.6, 3.56], [98.6, 3.5]]]


def load(*files: Path, **options: Any) -> BoundaryReport:
    return load_boundaries(files, ORIGIN, **options)


def outcomes(report: BoundaryReport) -> list[tuple[str, str]]:
    return [(village.code, village.outcome) for village in report.villages]


def current() -> dict[str, bool]:
    """The villages of the current state, and whether they have a polygon."""
    rows = Boundary.objects.filter(is_current=True).values_list("region_id", "wkb")
    return {code: wkb is not None for code, wkb in rows}


def medan(*columns: float) -> list[Feature]:
    return [feature(code, square(column, 0)) for code, column in zip(MEDAN, columns, strict=False)]


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


def test_the_newest_set_is_current_in_its_regencies_only(collection: WriteCollection) -> None:
    paluta = feature("12.20.01.2001", square(5, 5))
    first = load(collection(*medan(0, 1), paluta))
    second = load(collection(*medan(0.2, 1.2)))
    assert current() == {MEDAN[0]: True, MEDAN[1]: True, "12.20.01.2001": True}
    sets = dict(Boundary.objects.filter(is_current=True).values_list("region_id", "set_id"))
    assert {code: str(found) for code, found in sets.items()} == {
        MEDAN[0]: second.set_id,
        MEDAN[1]: second.set_id,
        "12.20.01.2001": first.set_id,
    }
    [regency] = second.regencies
    assert (regency.with_boundary, regency.with_boundary_before) == (2, 2) and regency.is_current
    assert BoundarySet.objects.get(id=first.set_id).boundaries.count() == 3


def command_on(file: Path) -> None:
    call_command(
        "load_boundaries", file, source="A few", vintage="2026", licence="MIT", border_error_m=5
    )


def test_a_set_of_fewer_villages_is_stored_and_not_current(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    first = load(collection(*medan(0, 1, 2)))
    command_on(collection(*medan(0, 1)))
    second = BoundarySet.objects.latest("loaded_at")
    assert second.boundaries.count() == 2 and str(second.id) != first.set_id
    out = capsys.readouterr().out
    assert "2 of 3 villages have a boundary, 3 had one before: fewer than before" in out
    switching = f'switch_boundaries {str(second.id)[:8]} --regency 12.71 --reason "…"'
    assert switching in out
    assert set(Boundary.objects.filter(is_current=True).values_list("set_id", flat=True)) == {
        BoundarySet.objects.get(id=first.set_id).id
    }
    call_command(*switching.replace('"…"', "checked").split())
    assert "12.71 Nama 12.71: 2 villages with a boundary, 3 before" in capsys.readouterr().out
    assert current() == dict.fromkeys(MEDAN[:2], True)
    call_command("undo_boundaries", str(BoundaryChange.objects.latest("pk").pk), "--reason", "back")
    assert "12.71 Nama 12.71: 3 villages with a boundary, 2 before" in capsys.readouterr().out


def test_villages_that_are_gone_do_not_keep_a_newer_set_out(collection: WriteCollection) -> None:
    load(collection(*medan(0, 1, 2)))
    RegionAlias.objects.create(
        system="kemendagri", code=MEDAN[2], level=4, name="Lama", region_id=MEDAN[1],
        basis="name", confidence="high", source="recodes",
    )  # fmt: skip
    [regency] = load(collection(*medan(0, 1))).regencies
    assert regency.with_boundary_before == 2 and regency.is_current


def test_sets_are_listed_with_what_tells_them_apart(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    load(collection(*medan(0, 1, 2), name="medan.geojson"))
    paluta = feature("12.20.01.2001", square(5, 5)), feature("12.20.01.2002", None)
    load(collection(*paluta, name="paluta.geojson"))
    capsys.readouterr()
    call_command("boundaries")
    out = capsys.readouterr().out
    assert "  from medan.geojson\n  villages: 3, of which 3 with a boundary, 3.0 km²" in out
    assert "villages: 2, of which 1 with a boundary, 1.0 km², in 12.20\n  current in: 12.20" in out
    call_command("boundaries", "--regency", "12.20")
    out = capsys.readouterr().out
    assert "paluta.geojson" in out and "medan.geojson" not in out and "load in 12.71" not in out
    assert "load in 12.20" in out
    call_command("boundaries", "--regency", "12.99")
    assert "no boundaries are loaded in 12.99" in capsys.readouterr().out


def test_many_regencies_are_counted_by_province(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [f"12.{number}.01.2001" for number in range(30, 38)]
    for code in codes:
        for part in (code[:5], code[:8], code):
            Region.objects.create(
                code=part, level=level_of(part), kind=kind_of(part) or "", name=f"Nama {part}",
                parent_id=parent_of(part), time_zone="Asia/Jakarta",
            )  # fmt: skip
    load(collection(*[feature(code, square(n, 3)) for n, code in enumerate(codes)], *medan(0)))
    capsys.readouterr()
    call_command("boundaries")
    out = capsys.readouterr().out
    assert "km², in 9 regencies of 12\n  current in: 9 regencies of 12" in out


def test_the_report_compares_with_the_set_before(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    [regency] = load(collection(*medan(0, 1))).regencies
    assert (regency.area_km2_before, regency.moved_share) == (None, None)
    [regency] = load(collection(*medan(0, 1))).regencies
    assert regency.area_km2_before == regency.area_km2 and regency.moved_share == 0
    half = feature(MEDAN[1], square(1, 0, 0.0045))
    command_on(collection(*medan(0), half))
    assert "12.71 Nama 12.71: 2 of 3" in (out := capsys.readouterr().out)
    assert "; 1.2 km², 2.0 km² before; of the area before 0.0% is another of its" in out
    assert "villages' now, 37.5% none's of them" in out


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ((1, 0, 2), "66.7% is another of its villages' now, 0.0% none's of them"),
        ((5, 6, 7), "0.0% is another of its villages' now, 100.0% none's of them"),
        ((1, 2, 3), "66.7% is another of its villages' now, 33.3% none's of them"),
    ],
)
def test_villages_that_are_elsewhere_are_stored_and_not_current(
    collection: WriteCollection,
    capsys: pytest.CaptureFixture[str],
    columns: tuple[float, ...],
    told: str,
) -> None:
    first = load(collection(*medan(0, 1, 2)))
    command_on(collection(*medan(*columns)))
    wrong = BoundarySet.objects.latest("loaded_at")
    out = capsys.readouterr().out
    assert told in out
    assert "above 50% of the area before is not the same village's: are its codes" in out
    assert f"switch_boundaries {str(wrong.id)[:8]} --regency 12.71" in out
    sets = Boundary.objects.filter(is_current=True).values_list("set_id", flat=True)
    assert {str(found) for found in sets} == {first.set_id}


def test_overlaps_with_other_regencies_are_told(
    collection: WriteCollection, capsys: pytest.CaptureFixture[str]
) -> None:
    load(collection(feature(PALUTA[0], square(0.5, 0)), feature(PALUTA[1], square(1, 5))))
    capsys.readouterr()
    command_on(collection(*medan(0, 1, 2)))
    told = "overlaps the current boundaries of 12.20 by 1.00 km²"
    assert capsys.readouterr().out.count(told) == 1
    wrong = str(BoundarySet.objects.latest("loaded_at").id)
    command_on(collection(*medan(3, 4, 5)))
    assert "overlaps the current" not in capsys.readouterr().out
    elsewhere = str(BoundarySet.objects.latest("loaded_at").id)
    call_command("switch_boundaries", elsewhere, "--reason", "other")
    assert "overlaps the current" not in capsys.readouterr().out
    call_command("switch_boundaries", wrong, "--reason", "back")
    assert f"12.71 Nama 12.71: {told}" in capsys.readouterr().out


def test_a_village_of_another_regency_is_no_hole(collection: WriteCollection) -> None:
    x, y = 98.6, 3.5
    ring = shapely.box(x, y, x + 0.05, y + 0.05).difference(
        shapely.box(x + 0.01, y + 0.01, x + 0.03, y + 0.03)
    )
    around = [[list(xy) for xy in part.coords] for part in (ring.exterior, *ring.interiors)]
    inside = [
        [list(xy) for xy in shapely.box(x + 0.01, y + 0.01, x + 0.03, y + 0.03).exterior.coords]
    ]
    city = collection(feature(MEDAN[0], inside), name="city.geojson")
    regency = collection(feature(PALUTA[0], around), name="regency.geojson")
    assert load(regency).mess["12.20"].holes == 1
    assert load(regency, city).mess["12.20"].holes == 0
    assert load(regency).mess["12.20"].holes == 0


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


def test_the_command_says_what_happened(
    collection: WriteCollection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    named = {"source": "Surveyors", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
    file = collection(medan(0)[0], feature(MEDAN[1], None), feature(None, square(1, 1)))
    call_command("load_boundaries", file, report=report, **named)
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
        call_command("load_boundaries", file, **named)
    for wrong in ("nan", "-1", "1001", "far"):
        with pytest.raises(CommandError, match="number of metres"):
            call_command(
                "load_boundaries", str(file), "--source=x", "--vintage=x", "--licence=x",
                f"--border-error-m={wrong}",
            )  # fmt: skip


def test_a_folder_of_files_is_one_set(collection: WriteCollection, tmp_path: Path) -> None:
    given = {"source": "Surveyors", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
    for place in range(3):
        collection(feature(MEDAN[place], square(place, 0)), name=f"{place}.geojson")
    (tmp_path / "README.txt").write_text("by hand")
    call_command("load_boundaries", tmp_path, **given)
    assert BoundarySet.objects.get().boundaries.count() == 3
    assert [file["file"] for file in BoundarySet.objects.get().report["files"]] == [
        "0.geojson",
        "1.geojson",
        "2.geojson",
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="holds no file that ends in"):
        call_command("load_boundaries", tmp_path / "empty", **given)


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_leave_one_set_current(collection: WriteCollection) -> None:
    files = [collection(*medan(i, 1 + i, 2 + i), name=f"{i}.geojson") for i in (0, 0.1)]

    def run(file: Path) -> None:
        try:
            load(file)
        finally:
            connection.close()

    for _ in range(3):
        threads = [threading.Thread(target=run, args=(file,)) for file in files]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert BoundarySet.objects.count() == 6
    newest = BoundarySet.objects.latest("loaded_at")
    rows = Boundary.objects.filter(is_current=True).values_list("region_id", "set_id")
    assert dict(rows) == dict.fromkeys(MEDAN, newest.id)


def test_a_village_that_is_gone_is_not_missed(collection: WriteCollection) -> None:
    RegionAlias.objects.create(
        system="kemendagri", code=MEDAN[2], level=4, name="Lama", region_id=MEDAN[0],
        basis="name", confidence="high", source="recodes",
    )  # fmt: skip
    report = load(collection(*medan(0, 1)))
    assert [regency.villages for regency in report.regencies] == [2]
    assert report.absent == []


@pytest.mark.django_db(transaction=True)
def test_a_load_waits_longer_for_another_than_a_request_may(collection: WriteCollection) -> None:
    file, is_locked = collection(*medan(0, 1, 2)), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                lock_boundaries()
                is_locked.set()
                time.sleep(0.5)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert is_locked.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    try:
        load(file)
    finally:
        other.join()
        connection.close()
    assert BoundarySet.objects.count() == 1


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
