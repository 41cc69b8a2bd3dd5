"""The pages about accounts in a real browser, by keyboard and mouse."""

import pytest
from playwright.sync_api import expect

from tests.cast import PASSWORD, Cast
from tests.pages.test_browser import Open
from tests.pages.test_tablets_browser import LAPTOP, TABLET, sound

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_password_is_changed_and_another_browser_signed_out(cast: Cast, visit: Open) -> None:
    other = visit(*TABLET)
    page = other.sign_in(cast.rina, "en")
    page.goto(f"{other.address}/account/")
    sound(page)
    for address in ("/crew/", "/crew/new/", f"/crew/{cast.siti.pk}/"):
        page.goto(f"{other.address}{address}")
        sound(page)
    page.click("summary:has-text('Close the account')")
    sound(page)
    page.goto(f"{other.address}/account/")
    here = visit(*LAPTOP).sign_in(cast.rina)
    here.click(".who a")
    expect(here.locator(".sessions li")).to_have_count(2)
    sound(here)
    here.focus("#old")
    for text in ("salah", "kelapa-muda-19", "kelapa-muda-19"):
        here.keyboard.type(text)
        here.keyboard.press("Tab")
    here.keyboard.press("Enter")
    expect(here.locator("#old-wrong")).to_have_text("Ini bukan kata sandi Anda.")
    sound(here)
    here.fill("#old", PASSWORD)
    here.fill("#new", "kelapa-muda-19")
    here.fill("#again", "kelapa-muda-19")
    here.click("form.rows button.main")
    expect(here.locator(".notice")).to_contain_text("sudah diganti")
    expect(here.locator(".sessions li")).to_have_count(1)
    page.reload()
    expect(page.locator("#id_username")).to_be_visible()
    sound(page)
