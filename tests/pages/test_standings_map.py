"""The map of the standings without a browser, and with one."""

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from django.test import Client
from playwright.sync_api import expect

from outreach.models import Boundary, BoundarySet, Region, User
from outreach.months import later
from outreach.standings.months import current_period
from tests.counting import Counting
from tests.outreach.standings.conftest import FAR, LOWER, TINY, UNKNOWN, UPPER
from tests.pages.accessible import faults
from tests.pages.test_browser import Open, Staff, fits
from tests.pages.test_pages import page

MAP = "/standings/97.01/map/"


def shown(text: str, code: str) -> str:
    """The class that a village is drawn with."""
    [css] = re.findall(
        rf'href="../../{re.escape(code)}/[^"]*" tabindex="-1"><path class="(\w+)"', text
    )
    return str(css)


@pytest.mark.django_db
def test_the_map_has_each_village_on_its_step_and_leads_to_it(
    staff: Staff, boundaries: None
) -> None:
    text = page(staff["officer"], MAP)
    assert shown(text, LOWER) == "s4"
    assert shown(text, UPPER) == "s2"
    assert "<title>Hilir, 1</title>" in text
    assert "Peringkat 1" in text and "WITA" in text


@pytest.mark.django_db
def test_the_map_hides_no_village_without_a_boundary(staff: Staff, boundaries: None) -> None:
    text = page(staff["officer"], MAP)
    apart = text[text.index("Desa tanpa batas") : text.index("Desa, mulai dari yang terbaik")]
    assert re.findall(r"/standings/([0-9.]+)/", apart) == [FAR, TINY, UNKNOWN]


@pytest.mark.django_db
def test_the_map_keeps_small_counts_from_who_sees_no_records(
    staff: Staff, boundaries: None, count: Callable[..., None]
) -> None:
    month = current_period(datetime.now(UTC))
    count(UPPER, verified=-6, month=later(month, -1))
    count(FAR, verified=2, month=month)
    text = page(staff["supervisor"], f"{MAP}?colour=coverage")
    assert "&lt;5" in text and "0,44 %" not in text
    assert "0,44 %" in page(staff["coordinator"], f"{MAP}?colour=coverage")


@pytest.mark.django_db
def test_the_map_marks_villages_that_cannot_be_measured_and_those_of_other_groups(
    staff: Staff, boundaries: None
) -> None:
    Region.objects.get(code=UPPER).denominators.update(value=12)
    month = later(current_period(datetime.now(UTC)), -1)
    text = page(staff["officer"], f"{MAP}?period={month:%Y-%m}")
    assert shown(text, UPPER) == "hatched"
    assert f'href="../../{LOWER}/?period={month:%Y-%m}"' in text
    text = page(staff["officer"], f"{MAP}?stratum=regency.desa.large")
    assert shown(text, LOWER) == "other"


@pytest.mark.django_db
def test_the_map_shows_names_as_text(staff: Staff, boundaries: None) -> None:
    Region.objects.filter(code=LOWER).update(name="<script>alert(1)</script>")
    text = page(staff["officer"], MAP)
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)


@pytest.mark.django_db
def test_the_map_of_what_has_none_says_so(staff: Staff) -> None:
    text = page(staff["officer"], "/standings/97.71/map/")
    assert "tidak ada peta" in text and "/standings/97.71/?period=" in text
    page(staff["officer"], f"/standings/{UPPER}/map/", 404)
    page(staff["officer"], "/standings/96/map/", 404)


@pytest.mark.django_db
def test_the_map_stays_a_map_when_the_region_changes(staff: Staff) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    asked = {"within": "97.01.01", "as": "map", "colour": "coverage", "stratum": ""}
    answer = client.get("/standings/", asked)
    assert answer["Location"] == "/standings/97.01.01/map/?colour=coverage"
    assert client.get("/standings/", asked | {"within": ""})["Location"] == "/standings/"


@pytest.mark.django_db
def test_the_map_takes_as_many_statements_for_few_villages_as_for_many(
    staff: Staff, boundaries: None, count_queries: Counting
) -> None:
    client = Client()
    client.force_login(staff["officer"], "backend.accounts.AccountBackend")
    for code in ("97.01", "97"):
        client.get(f"/standings/{code}/map/")
        with count_queries("GET standings/ map"):
            client.get(f"/standings/{code}/map/")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("size", "language"), [((1280, 720), "id"), ((800, 1280), "en")], ids=["id", "en"]
)
def test_a_supervisor_goes_from_the_table_by_the_map_to_a_village(
    staff: Staff, boundaries: None, visit: Open, size: tuple[int, int], language: str
) -> None:
    window = visit(*size)
    page = window.sign_in(staff["supervisor"], language)
    page.click(".title a")
    page.wait_for_url("**/standings/97.01/map/*")
    assert fits(page) and faults(page) == []
    pattern = page.locator(".swatch .hatched").evaluate("r => getComputedStyle(r).fill")
    assert "#hatch" in pattern
    colours = page.locator(".legend rect").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fill)"
    )
    assert len(set(colours)) == len(colours)
    page.select_option("select[name=colour]", "coverage")
    page.wait_for_url("**/map/*colour=coverage*")
    page.locator("#listed").scroll_into_view_if_needed()
    page.focus(".listed a >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/standings/{LOWER}/")
    page.go_back()
    page.emulate_media(media="print")
    assert page.locator(".map.villages").is_visible() and page.locator(".legend").is_visible()
    page.emulate_media(media="screen")
    page.locator(".map.villages a path").first.click()
    page.wait_for_url(f"**/standings/{UPPER}/")
    expect(page.locator("h1")).to_have_text("Hulu")


@pytest.mark.django_db
@pytest.mark.reference
def test_a_province_of_six_thousand_villages_is_a_page_under_200_kb(reference_data: Path) -> None:
    packed = reference_data / "regions" / "villages" / "12_sumatera_utara_all.geojson.gz"
    villages = json.loads(gzip.decompress(packed.read_bytes()))["features"]
    names = {"12": ("province", "Sumatera Utara")}
    for told in (village["properties"] for village in villages):
        names[told["regency_code"]] = ("regency", told["regency_name"])
        names[told["district_code"]] = ("district", told["district_name"])
        names[told["code"]] = (told["type"], told["name"])
    Region.objects.bulk_create(
        Region(
            code=code,
            level=code.count(".") + 1,
            kind=kind,
            name=name,
            parent_id=code.rpartition(".")[0] or None,
            time_zone="Asia/Jakarta",
        )
        for code, (kind, name) in sorted(names.items(), key=lambda one: len(one[0]))
    )
    made = BoundarySet.objects.create(
        source="uji", vintage="2026", licence="MIT", border_error_m=15, loaded_at=datetime.now(UTC)
    )
    polygons = shapely.from_geojson([json.dumps(one["geometry"]) for one in villages])
    outlines = shapely.to_wkb(shapely.make_valid(shapely.simplify(polygons, 0.0002)))
    Boundary.objects.bulk_create(
        Boundary(
            set=made,
            region_id=village["properties"]["code"],
            wkb=outline,
            outline=outline,
            is_current=True,
        )
        for village, outline in zip(villages, outlines, strict=True)
    )
    client = Client(headers={"accept-encoding": "gzip"})
    user = User.objects.create(username="uji.admin", role="administrator")
    client.force_login(user, "backend.accounts.AccountBackend")
    answer = client.get("/standings/12/map/")
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 200_000
    assert gzip.decompress(answer.content).count(b'tabindex="-1"><path class="hatched"') == 6110
