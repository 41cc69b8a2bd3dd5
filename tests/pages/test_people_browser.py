"""Finding, joining, splitting and showing people in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.cast import Cast, pushed
from tests.outreach.matching.asked import person_of, twins
from tests.pages.test_browser import Open
from tests.pages.test_tablets_browser import LAPTOP, TABLET, sound

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_are_found_joined_and_taken_apart_by_mouse(cast: Cast, visit: Open) -> None:
    twins(cast)
    window = visit(*LAPTOP)
    page = window.sign_in(cast.rina)
    page.click(".sections a:text-is('Pekerja')")
    sound(page)
    page.fill("input[name=q]", "9901014503840002")
    page.click("form.filters button")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.url.startswith(f"{window.address}/people/?found=") and "9901" not in page.url
    sound(page)
    page.click("tbody a")
    sound(page)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.click("tbody a")
    page.click("text=Gabungkan dengan orang lain")
    page.fill("input[name=q]", "harahap")
    page.click("form.filters button")
    sound(page)
    page.click("a:has-text('Bandingkan')")
    sound(page)
    page.fill("#reason", "kartu yang sama")
    page.click("button:text-is('Gabungkan')")
    expect(page.locator(".notice").first).to_contain_text("kini satu orang")
    expect(page.locator("#registrations ~ form tbody tr")).to_have_count(2)
    page.click("summary:has-text('Batalkan')")
    sound(page)
    page.fill("details[open] input[name=reason]", "ternyata kembar")
    page.click("details[open] button")
    expect(page.locator(".timeline li").first).to_contain_text("ternyata kembar")


def test_the_same_by_keyboard_in_english_on_a_tablet(cast: Cast, visit: Open) -> None:
    one, again = pushed(cast), pushed(cast, cast.budi)
    window = visit(*TABLET)
    page = window.sign_in(cast.rina, "en")
    page.goto(f"{window.address}/people/")
    page.focus("input[name=q]")
    page.keyboard.type("siti")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/?q=siti")
    sound(page)
    page.focus("tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/people/{person_of(one)}/")
    page.focus(f"input[value='{again.pk}']")
    page.keyboard.press("Space")
    page.focus("button:has-text('somebody else')")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Are these two people?")
    sound(page)
    page.focus("#reason")
    page.keyboard.type("two sisters")
    page.keyboard.press("Enter")
    expect(page.locator(".notice").first).to_contain_text("two people now")
    page.focus("input[name=fields][value=nik]")
    page.keyboard.press("Space")
    page.focus("#why")
    page.keyboard.type("calling her")
    page.keyboard.press("Enter")
    expect(page.locator(".disclosed dd")).to_have_text("9901014503840002")
    sound(page)
