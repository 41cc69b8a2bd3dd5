"""The pack for a monitoring meeting: the page, the workbook, the map, and all in one."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from outreach.models import Region, User
from tests.counting import Counting
from tests.outreach.standings.conftest import LOWER, UPPER
from tests.pages.accessible import faults
from tests.pages.test_browser import Open, Staff, fits
from tests.pages.test_pages import page
from tests.pages.test_village_page import words

PACK = "/monitoring/97.01/"


def downloaded(user: User, form: str) -> Any:
    client = Client()
    client.force_login(user, "backend.accounts.AccountBackend")
    answer = client.get(f"{PACK}pack.{form}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="monitoring-97.01-')
    return answer.content


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


@pytest.mark.django_db
def test_the_page_has_map_tables_and_method(staff: Staff, boundaries: None) -> None:
    text = page(staff["supervisor"], PACK)
    assert 'class="map villages"' in text and f"/standings/{UPPER}/" in text
    told = words(text)
    assert "3 desa tanpa batas tidak ada di peta" in told
    assert "Contoh Utara" in told and "Metode" in told and "WITA" in told
    assert "pack.zip?period=" in text
    assert " style=" not in text


@pytest.mark.django_db
def test_the_workbook_has_a_sheet_for_each_question_and_runs_nothing(staff: Staff) -> None:
    Region.objects.filter(code=LOWER).update(name="=HYPERLINK(1)")
    found = sheets(downloaded(staff["coordinator"], "xlsx"))
    assert list(found) == [
        "Ringkasan",
        "Kecamatan",
        "Desa",
        "Kegiatan",
        "Prospek",
        "Sebelumnya",
        "Metode",
    ]
    heads, first, *_others = found["Desa"]
    assert first[: len(heads)][:6] == (LOWER, "'=HYPERLINK(1)", first[2], 1, first[4], 33)
    assert isinstance(first[4], float) and "Contoh Utara" in {row[2] for row in found["Desa"]}
    assert len(found["Desa"]) == 6
    summary = dict(found["Ringkasan"])
    month = dict(zip(found["Sebelumnya"][0], found["Sebelumnya"][1], strict=True))["Bulan"]
    assert summary["Bulan"] == month and not month[0].isdigit()
    assert summary["Keadaan per"].endswith("WITA")
    assert [row[0] for row in found["Metode"]][1:3] == ["Penduduk bekerja", "Terdaftar"]


@pytest.mark.django_db
def test_files_tell_no_small_count_to_who_sees_no_records(staff: Staff, boundaries: None) -> None:
    rows = {row[0]: row for row in sheets(downloaded(staff["supervisor"], "xlsx"))["Desa"]}
    assert rows[UPPER][6] == "tidak ditampilkan", "2 provisional"
    assert rows[LOWER][4] == "tidak ditampilkan", "3 came before the month"
    assert {row[0]: row for row in sheets(downloaded(staff["officer"], "xlsx"))["Desa"]}[UPPER][
        6
    ] == 2
    features = json.loads(downloaded(staff["supervisor"], "geojson"))["features"]
    assert {one["id"]: one["properties"]["provisional"] for one in features} == {
        UPPER: None,
        LOWER: 7,
    }
    assert all(one["geometry"]["type"].endswith("Polygon") for one in features)


@pytest.mark.django_db
def test_everything_is_one_file(staff: Staff) -> None:
    with zipfile.ZipFile(io.BytesIO(downloaded(staff["officer"], "zip"))) as archive:
        assert [name.rpartition(".")[2] for name in archive.namelist()] == ["xlsx", "geojson"]
        assert json.loads(archive.read(archive.namelist()[1]))["features"] == []


@pytest.mark.django_db
def test_only_regencies_and_known_forms_have_one(staff: Staff) -> None:
    for address in ("97/", "97.01.01/", f"{UPPER}/", "96.01/", "97.01/pack.exe", "97/pack.zip"):
        page(staff["officer"], f"/monitoring/{address}", 404)
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    answer = client.get("/monitoring/", {"region": "97.01", "period": "2026-01"})
    assert answer["Location"] == "/monitoring/97.01/?period=2026-01"
    answer = client.get("/monitoring/", {"region": "//evil.example", "period": "2026-01"})
    assert answer.status_code == 200
    assert "bulan" in page(staff["officer"], f"{PACK}?period=2026-99")


@pytest.mark.django_db
def test_statements_of_the_pack(staff: Staff, boundaries: None, count_queries: Counting) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    for code, name in (
        ("97.01", "GET monitoring/ pack"),
        ("97.71", "GET monitoring/ pack without boundaries"),
    ):
        client.get(f"/monitoring/{code}/pack.zip")
        with count_queries(name):
            client.get(f"/monitoring/{code}/pack.zip")
    client.get(PACK)
    with count_queries("GET monitoring/ page"):
        client.get(PACK)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("boundaries")
@pytest.mark.parametrize(
    ("size", "language"), [((1280, 720), "id"), ((800, 1280), "en")], ids=["id", "en"]
)
def test_a_supervisor_takes_the_pack_along(
    staff: Staff, visit: Open, size: tuple[int, int], language: str
) -> None:
    window = visit(*size)
    page = window.sign_in(staff["supervisor"], language)
    page.click(".sections a[href='/monitoring/']")
    page.wait_for_url("**/monitoring/")
    assert fits(page) and faults(page) == []
    assert page.locator("select[name=region] optgroup").first.locator("option").count() == 1
    page.focus("button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/monitoring/97.01/?period=*")
    assert fits(page) and faults(page) == []
    assert page.locator("[data-print]").is_visible()
    with page.expect_download() as download:
        page.click(".packed a >> nth=0")
    assert download.value.suggested_filename.endswith(".zip")
    page.emulate_media(media="print")
    assert page.locator(".map.villages").is_visible() and page.locator("#method").is_visible()
    assert not page.locator(".packed").is_visible()
