"""Enrolling, draining and revoking tablets in a real browser."""

from io import BytesIO

import pytest
import segno
from PIL import Image
from playwright.sync_api import Page, expect

from sync.models import Device, EnrolmentCode
from tests.cast import Cast
from tests.pages.accessible import faults
from tests.pages.test_browser import Open, fits
from tests.pages.test_tablets import reported

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAPTOP, TABLET = (1280, 720), (800, 1280)


def sound(page: Page) -> None:
    assert fits(page)
    assert faults(page) == []


def modules(page: Page) -> list[list[bool]]:
    """The QR code as it is painted, its empty border and all: what is dark in each module."""
    picture = Image.open(BytesIO(page.locator(".qr svg").screenshot())).convert("L")
    size = min(picture.size) // 8
    at = range(4, size * 8, 8)
    return [[int(picture.getpixel((x, y))) < 64 for x in at] for y in at]  # type: ignore[arg-type]  # L


def test_a_tablet_is_enrolled_by_mouse_then_drained_and_revoked(cast: Cast, visit: Open) -> None:
    window = visit(*LAPTOP)
    page = window.sign_in(cast.rina)
    page.click(".more summary")
    sound(page)
    page.click(".more summary")
    page.click(".sections a:text-is('Tablet')")
    sound(page)
    page.click("a.action")
    sound(page)
    page.select_option("#kader", str(cast.siti.pk))
    page.fill("#label", "Tablet 12")
    page.click("button.main")
    code = page.locator(".code").inner_text()
    expect(page.locator(".address")).to_have_text(f"{window.address}/tablet/#{code}")
    shown = segno.make_qr(f"{window.address}/tablet/#{code}", error="m").matrix_iter(border=4)
    assert modules(page) == [[bool(module) for module in row] for row in shown]
    sound(page)
    assert EnrolmentCode.objects.get().used_at is None
    reported(cast.tablet, 7)
    page.goto(f"{window.address}/tablets/{cast.tablet.pk}/")
    page.click("summary:has-text('Batasi')")
    sound(page)
    page.fill("#drain-reason", "layar pecah")
    page.click("details[open] button")
    expect(page.locator(".notice").first).to_contain_text("hanya mengirim")
    expect(page.locator(".timeline li").first).to_contain_text("layar pecah")
    page.click("a:has-text('Cabut tablet')")
    sound(page)
    page.click("text=Langsung dihapus")
    page.fill("#reason", "dicuri di pasar")
    page.click("button.danger")
    expect(page.locator("h1 .state")).to_have_text("Dicabut")
    sound(page)
    assert Device.objects.get(pk=cast.tablet.pk).hand_over_until is None


def test_the_same_by_keyboard_in_english_on_a_tablet(cast: Cast, visit: Open) -> None:
    window = visit(*TABLET)
    page = window.sign_in(cast.rina, "en")
    page.goto(f"{window.address}/tablets/new/")
    sound(page)
    page.focus("#kader")
    page.keyboard.type("Budi")
    page.keyboard.press("Tab")
    page.keyboard.type("Tablet 13")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Code for Tablet 13 of Budi Santoso")
    sound(page)
    page.focus("section .pages a")
    page.keyboard.press("Enter")
    expect(page.locator("h1 .state")).to_have_text("Not enrolled yet")
    sound(page)
    page.goto(f"{window.address}/tablets/?q=siti")
    sound(page)
    page.focus("tbody a")
    page.keyboard.press("Enter")
    page.focus("a:has-text('Revoke it')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/revoke/")
    sound(page)
    page.focus("#reason")
    page.keyboard.type("kader moved away")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1 .state")).to_have_text("Revoked")
    expect(page.locator(".timeline li").first).to_contain_text("hands over")
