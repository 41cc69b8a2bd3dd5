"""Blind calls in a real browser: a sample drawn, called and closed, by mouse and by keyboard."""

import pytest
from playwright.sync_api import expect

from outreach.models import RecontactCall, RecontactSample
from tests.cast import Cast
from tests.outreach.recontact.samples import drawn, verified
from tests.pages.test_browser import Open
from tests.pages.test_queue_browser import LAPTOP, TABLET, sound

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_officer_calls_by_keyboard_in_english_on_a_laptop(cast: Cast, visit: Open) -> None:
    verified(cast, 4)
    sample = drawn(cast.rina, size=3)
    page = visit(*LAPTOP).sign_in(cast.dewi, "en", to="/calls/")
    sound(page)
    page.locator("td a.action").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/cases/**")
    sound(page)
    page.locator(".card button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".dial")).to_contain_text("+62812")
    sound(page)
    page.locator("#note").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**after=*")
    expect(page.locator(".told")).to_contain_text("Denies")
    sound(page)
    page.locator(".told a").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_contain_text("You noted:")
    sound(page)
    page.locator("#note").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_contain_text("Confirms")
    assert list(RecontactCall.objects.order_by("made_at").values_list("outcome", flat=True)) == [
        "denied",
        "confirmed",
    ]
    page.goto(page.url.partition("/calls/")[0] + f"/calls/{sample.pk}/")
    sound(page)


def test_a_coordinator_draws_and_closes_by_mouse_in_indonesian_on_a_tablet(
    cast: Cast, visit: Open
) -> None:
    window = visit(*TABLET)
    page = window.sign_in(cast.rina, to="/queue/")
    page.click(".more summary")
    page.click(".more a:text-is('Telepon ulang')")
    expect(page.locator(".empty")).to_be_visible()
    sound(page)
    verified(cast, 4)
    verified(cast, 3, by=cast.budi)
    page.click("a.action")
    sound(page)
    page.fill("#first_day", "2026-03-01")
    page.fill("#last_day", "2026-03-31")
    page.fill("#size", "1")
    page.click("button.main")
    expect(page.locator("[role=alert]")).to_contain_text("Tidak ada sampel yang ditarik")
    sound(page)
    page.fill("#size", "6")
    page.click("button.main")
    page.wait_for_url(lambda address: "/calls/new/" not in address)
    sound(page)
    for outcome in ("confirmed", "denied", "not_reached"):
        page.goto(
            page.url.partition("/calls/")[0] + f"/calls/{RecontactSample.objects.get().pk}/next/"
        )
        page.click(".card button.main")
        expect(page.locator(".dial")).to_be_visible()
        page.click(f"button[value={outcome}]")
        page.wait_for_url("**after=*")
    page.click(".crumbs li:nth-child(2) a")
    page.fill("#why", "waktunya habis")
    page.click("form.narrow button")
    expect(page.locator(".result tbody tr")).to_have_count(4)
    sound(page)
