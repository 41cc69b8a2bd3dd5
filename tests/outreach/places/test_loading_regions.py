import gzip
import hashlib
import json
import threading
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from outreach.models import Region, Standing
from outreach.places.regions.loading import load_regions
from outreach.places.uploads import Refused
from tests.outreach.places.conftest import CODES, HEADER, line, table

pytestmark = pytest.mark.django_db


def refusal(file: Path, content: str | bytes) -> str:
    """Why the content is refused; nothing may have changed."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    before = list(Region.objects.order_by("code").values())
    with pytest.raises(Refused) as caught:
        load_regions(file)
    assert list(Region.objects.order_by("code").values()) == before
    return "\n".join(caught.value.problems)


def test_regions_get_parents_kinds_and_time_zones(regions_file: Path) -> None:
    report = load_regions(regions_file)
    assert (report.added, report.updated, report.unchanged) == ([*CODES], [], 0)
    assert report.sha256 == hashlib.sha256(regions_file.read_bytes()).hexdigest()
    village = Region.objects.get(code="12.20.01.2001")
    assert (village.level, village.kind, village.parent_id) == (4, "desa", "12.20.01")
    assert village.time_zone == "Asia/Jakarta"
    assert Counter(Region.objects.values_list("kind", flat=True)) == report.kinds


def test_a_repeated_load_changes_nothing_and_a_new_name_is_taken(regions_file: Path) -> None:
    load_regions(regions_file)
    assert load_regions(regions_file).unchanged == len(CODES)
    text = regions_file.read_text().replace("Nama 12.71\n", "").replace("Nama 12.71,", "Medan,")
    regions_file.write_text(text)
    report = load_regions(regions_file)
    assert (report.added, report.updated, report.unchanged) == ([], ["12.71"], len(CODES) - 1)
    assert Region.objects.get(code="12.71").name == "Medan"


def test_codes_that_vanish_are_reported_and_stay(regions_file: Path) -> None:
    load_regions(regions_file)
    regions_file.write_text(table([line(code) for code in CODES if code != "12.71.01.1003"]))
    assert load_regions(regions_file).vanished == ["12.71.01.1003"]
    assert Region.objects.filter(code="12.71.01.1003").exists()


def test_other_provinces_have_not_vanished(regions_file: Path) -> None:
    load_regions(regions_file)
    regions_file.write_text(table([line("13"), line("13.71")]))
    assert load_regions(regions_file).vanished == []


def test_a_list_of_a_part_lets_nothing_else_vanish(regions_file: Path) -> None:
    """One kecamatan with what it lies in says of its own villages alone that one is missing."""
    more = [f"12.{regency}" for regency in range(72, 76)]
    more += [f"12.71.{district:02}" for district in range(2, 6)]
    villages = ["12.71.01.1004", "12.71.02.1001", "12.75.01", "12.75.01.1001"]
    regions_file.write_text(table([line(code) for code in (*CODES, *more, *villages)]))
    load_regions(regions_file)
    part = ["12", "12.71", "12.71.01", "12.71.01.1001", "12.71.01.1002", "12.71.01.1003"]
    for start in range(4):
        regions_file.write_text(table([line(code) for code in part[start:]]))
        assert load_regions(regions_file).vanished == ["12.71.01.1004"]
    whole = [code for code in (*CODES, *more, *villages) if not code.startswith("12.75")]
    regions_file.write_text(table([line(code) for code in whole]))
    assert load_regions(regions_file).vanished == ["12.75", "12.75.01", "12.75.01.1001"]


def test_a_part_of_the_list_may_follow_its_parents(regions_file: Path) -> None:
    load_regions(regions_file)
    regions_file.write_text(table([line("12.71.01.1009")]))
    assert load_regions(regions_file).added == ["12.71.01.1009"]
    assert "not in the file" in refusal(regions_file, table([line("12.72.01")]))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("12.2,2,kabupaten,Padang Lawas Utara,12,", "line 3: '12.2' is not a region code"),
        ("12.2,2,kabupaten,Padang Lawas Utara,12,", "lost a zero"),
        ("1271,2,kota,Medan,12,\n12.20,2,kabupaten,Paluta,12,", "not a dotted Kemendagri code"),
        ("12.71,3,kota,Medan,12,", "is of level 2, not '3'"),
        ("12.71,2,kota,Medan,13,", "the parent of 12.71 is 12, not '13'"),
        ("12.71,2,kabupaten,Medan,12,", "is no kabupaten by its digits"),
        ("12.71,2,kecamatan,Medan,12,", "is no kecamatan by its digits"),
        ("12.71,2,kota,,12,", "no printable name"),
        ("12.71,2,kota,Me\x00dan,12,", "no printable name"),
        (f"12.71,2,kota,{'M' * 121},12,", "longer than 120"),
        ("12.71,2,kota,Medan,12,127", "not 4 digits"),
        ("12.71,2,kota,Medan,12,12۷1", "not 4 digits"),
        ("12,1,provinsi,Sumatera Utara,,", "12 is there twice"),
        ("12.71,2,kota", "line 3: not as many values as columns"),
        ("12.71,2,kota,Medan,12,1275,more", "line 3: not as many values as columns"),
        ('12.71,2,kota,"Medan,12,', "is not CSV"),
    ],
)
def test_one_bad_row_refuses_the_file_and_names_the_row(tmp_path: Path, bad: str, why: str) -> None:
    good = line("12"), bad, line("14")
    assert why in refusal(tmp_path / "regions.csv", table(good))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (HEADER.encode(), "has no rows"),
        (b"nomor;nama\n12;Sumut\n", "has no column code"),
        (table([line("12", "Sumatera")]).encode("utf-16"), "is not UTF-8"),
        (gzip.compress(table([line("12")]).encode())[:-9], "broken gzip"),
        (b"\x1f\x8b and no more", "broken gzip"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in refusal(tmp_path / "regions.csv", content)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Refused, match="cannot be read"):
            load_regions(path)


def test_a_file_that_is_or_unpacks_too_large_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "regions.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * 5_000_000))
    for path in (bomb, Path("/dev/zero")):
        with pytest.raises(Refused, match="larger than 1 MiB"):
            load_regions(path, max_bytes=1024**2)


def test_the_command_reports_on_paper_and_on_screen(
    regions_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    call_command("load_regions", regions_file, report=report)
    assert "10 added" in capsys.readouterr().out
    assert json.loads(report.read_text())["kinds"]["kelurahan"] == 3
    assert Standing.objects.count() == 5
    regions_file.write_text(table([line("12"), "12.2,2,kabupaten,Paluta,12,"]))
    with pytest.raises(CommandError, match="lost a zero"):
        call_command("load_regions", regions_file, report=report)
    assert "lost a zero" in json.loads(report.read_text())["refused"][0]


def test_a_database_without_tables_is_a_clear_line(regions_file: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO nowhere")
    with pytest.raises(CommandError, match=r"the database failed: .*does not exist"):
        call_command("load_regions", regions_file)


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_store_each_region_once(regions_file: Path) -> None:
    added: list[int] = []

    def load() -> None:
        try:
            added.append(len(load_regions(regions_file).added))
        finally:
            connection.close()

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == [0, len(CODES)]


@pytest.mark.reference
def test_the_whole_country(reference_data: Path) -> None:
    report = load_regions(reference_data / "regions" / "regions_2025.csv.gz")
    assert len(report.added) == 91_599 and report.vanished == []
    assert report.kinds == {
        "province": 38,
        "regency": 416,
        "city": 98,
        "district": 7285,
        "desa": 75_252,
        "kelurahan": 8496,
        "customary_village": 14,
    }
    assert Region.objects.filter(level=4, parent__level=3).count() == 83_762
    zones = Counter(Region.objects.filter(level=1).values_list("time_zone", flat=True))
    assert zones == {"Asia/Jakarta": 18, "Asia/Makassar": 12, "Asia/Jayapura": 8}
