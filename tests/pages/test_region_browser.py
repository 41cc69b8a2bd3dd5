"""The pages about regions in a real browser: both sizes, both languages, keyboard, print."""

import pytest
from playwright.sync_api import expect

from tests.outreach.standings.conftest import LOWER, UPPER
from tests.pages.accessible import faults
from tests.pages.test_browser import DESKTOP, TABLET, Open, Staff, fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [TABLET, DESKTOP], ids=["tablet", "desktop"])
@pytest.mark.parametrize(("language", "heading"), [("id", "Batasnya"), ("en", "Its boundary")])
def test_a_village_is_found_by_browsing_and_its_sets_seen_over_each_other(
    staff: Staff,
    boundaries: None,
    visit: Open,
    size: tuple[int, int],
    language: str,
    heading: str,
) -> None:
    window = visit(*size)
    page = window.sign_in(staff["supervisor"], language)
    page.click(".sections a[href='/regions/']")
    page.wait_for_url("**/regions/")
    for name in ("Nusa Contoh", "Kabupaten Contoh", "Contoh Utara", "Hulu"):
        assert fits(page)
        assert faults(page) == []
        page.click(f"table a:text-is('{name}'), .columns a:text-is('{name}') >> nth=0")
        expect(page.locator("h1")).to_contain_text(name)
    page.wait_for_url(f"**/regions/{UPPER}/")
    assert page.locator("#sets").inner_text().startswith(heading)
    assert fits(page)
    assert faults(page) == []
    current, other = (page.locator(f".map .line-{number}") for number in (0, 1))
    styles = [
        line.evaluate("l => [getComputedStyle(l).stroke, getComputedStyle(l).strokeDasharray]")
        for line in (current, other)
    ]
    assert styles[0][0] != styles[1][0] and styles[0][1] != styles[1][1]
    for line in (current, other):
        box = line.bounding_box()
        assert box and box["width"] > 200 and box["height"] > 200


def test_a_neighbour_is_reached_from_the_map_and_from_the_keyboard(
    staff: Staff, boundaries: None, visit: Open
) -> None:
    window = visit()
    page = window.sign_in(staff["officer"])
    page.goto(f"{window.address}/regions/{UPPER}/")
    page.focus("figcaption a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/regions/{LOWER}/")
    page.locator(".map a path").first.click()
    page.wait_for_url(f"**/regions/{UPPER}/")
    page.fill("#q", LOWER)
    page.press("#q", "Enter")
    page.wait_for_url(f"**/regions/{LOWER}/")


def test_paper_gets_the_map_with_its_lines_and_no_controls(
    staff: Staff, boundaries: None, visit: Open
) -> None:
    window = visit()
    page = window.sign_in(staff["coordinator"])
    page.goto(f"{window.address}/regions/{UPPER}/")
    page.emulate_media(media="print")
    for css in (".top", ".search"):
        assert not page.locator(css).is_visible()
    for css in (".map", ".swatch >> nth=1", ".scale", ".changes"):
        assert page.locator(css).is_visible()
