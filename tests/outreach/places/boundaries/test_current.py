"""Which of the stored sets is current, and what is told of the ones before."""

import threading
import time
from pathlib import Path

import pytest
import shapely
from django.core.management import call_command
from django.db import connection, transaction

from outreach.geo.region_codes import kind_of, level_of, parent_of
from outreach.models import Boundary, BoundaryChange, BoundarySet, Region, RegionAlias
from outreach.places.boundaries.switching import lock_boundaries
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.places.medan import MEDAN, PALUTA, command_on, current, load, medan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]


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


def test_villages_whose_boxes_alone_touch_do_not_overlap(collection: WriteCollection) -> None:
    x, y = 98.6, 3.5
    lower = [[[x, y], [x + 0.01, y], [x, y + 0.01], [x, y]]]
    upper = [[[x + 0.01, y + 0.01], [x + 0.01, y + 0.001], [x + 0.001, y + 0.01]]]
    upper[0].append(upper[0][0])
    load(collection(feature(PALUTA[0], upper)))
    assert load(collection(feature(MEDAN[0], lower))).overlaps == {}


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
