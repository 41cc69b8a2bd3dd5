"""The pages in a real browser: both sizes, both languages, keyboard, print."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from outreach.models import User
from tests.outreach.standings.conftest import LOWER
from tests.pages.accessible import faults
from tests.pages.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABLET, DESKTOP = (768, 1024), (1366, 768)
PHONE_WIDTH = 390
Staff = dict[str, User]
Open = Callable[..., Visit]


def fits(page: Page) -> bool:
    """Whether the page is no wider than its window, asked again while another one opens."""
    for _ in range(50):
        with suppress(Error):
            page.wait_for_load_state()
            return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        page.wait_for_timeout(100)
    return False


@pytest.mark.parametrize("size", [TABLET, DESKTOP], ids=["tablet", "desktop"])
@pytest.mark.parametrize(
    ("language", "title"),
    [("id", "Peringkat desa: Kabupaten Contoh"), ("en", "Village standings: Kabupaten Contoh")],
)
def test_a_coordinator_sees_the_offices_ranking(
    staff: Staff, visit: Open, size: tuple[int, int], language: str, title: str
) -> None:
    page = visit(*size).sign_in(staff["coordinator"], language)
    assert page.locator("h1").inner_text() == title
    assert page.locator("html").get_attribute("lang") == language
    rows = page.locator(".ranking tbody tr")
    assert rows.count() == 3
    assert rows.nth(0).locator("th a").inner_text() == "Hilir"
    assert "▲" in rows.nth(0).locator(".rank").inner_text()
    assert "▼" in rows.nth(1).locator(".rank").inner_text()
    band, score = (rows.nth(0).locator(css).first for css in ("rect.band", "rect.coverage"))
    for shape in (band, score):
        box = shape.bounding_box()
        assert box and box["width"] > 5
    assert page.locator(".unranked tbody tr").count() == 2
    assert fits(page)
    page.set_viewport_size({"width": PHONE_WIDTH, "height": size[1]})
    assert fits(page)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    assert faults(page) == []
    page.click(".ranking tbody a >> nth=0")
    page.wait_for_url(f"**/standings/{LOWER}/")
    assert page.locator("h1").inner_text() == "Hilir"
    assert page.locator(".months tbody tr").count() == 2
    assert fits(page)
    assert faults(page) == []


def test_nothing_to_touch_is_too_small_for_a_finger(staff: Staff, visit: Open) -> None:
    page = visit(*TABLET).sign_in(staff["coordinator"])
    for control in page.locator("button, select, .pages a").all():
        box = control.bounding_box()
        assert box and box["height"] >= 40 and box["width"] >= 40


def test_a_filter_changes_the_address_and_back_undoes_it(staff: Staff, visit: Open) -> None:
    window = visit()
    page = window.sign_in(staff["coordinator"])
    page.select_option("select[name=within]", "97.01.01")
    page.wait_for_url("**/standings/97.01.01/*")
    expect(page.locator("h1")).to_contain_text("Contoh Utara")
    page.select_option("select[name=stratum]", "regency.desa.small")
    page.wait_for_url("**/standings/97.01.01/*stratum=regency.desa.small*")
    expect(page.locator(".title p")).to_contain_text("kecil")
    page.reload()
    assert page.locator("select[name=stratum]").input_value() == "regency.desa.small"
    page.go_back()
    expect(page.locator(".title p")).not_to_contain_text("kecil")
    assert "stratum" not in page.url


def test_the_page_can_be_used_from_the_keyboard(staff: Staff, visit: Open) -> None:
    page = visit().sign_in(staff["supervisor"])
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.closest('main') !== null")
    assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    for _ in range(20):
        if page.evaluate(f"{focused}.name") == "period":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**period=*")


def test_a_supervisor_sees_no_small_count(staff: Staff, visit: Open) -> None:
    page = visit().sign_in(staff["supervisor"])
    hulu = page.locator(".ranking tbody tr", has_text="Hulu")
    assert hulu.locator("td").last.inner_text().startswith("400")
    assert "<5" in hulu.inner_text()
    assert "<5" in page.locator(".unranked tbody tr", has_text="Kecil").inner_text()


def test_paper_gets_the_table_and_not_the_controls(staff: Staff, visit: Open) -> None:
    page = visit().sign_in(staff["coordinator"])
    page.emulate_media(media="print")
    for css in (".top", ".filters"):
        assert not page.locator(css).is_visible()
    assert page.locator(".ranking").is_visible()
    assert page.locator(".formula").is_visible()


def test_without_scripts_the_filters_still_work(staff: Staff, visit: Open) -> None:
    window = visit()
    page = window.sign_in(staff["coordinator"])
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    page.select_option("select[name=within]", "97.01.01")
    page.click(".filters button")
    page.wait_for_url("**/standings/97.01.01/*")


def test_a_wrong_password_is_told_and_the_name_kept(staff: Staff, visit: Open) -> None:
    window = visit()
    page = window.page
    page.goto(f"{window.address}/")
    page.fill("#id_username", "uji.coordinator")
    page.fill("#id_password", "salah")
    page.click("button.main")
    assert "salah" in page.locator("[role=alert]").inner_text()
    assert page.locator("#id_username").input_value() == "uji.coordinator"
