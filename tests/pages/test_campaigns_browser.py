"""Campaigns in a real browser: found, followed live, planned and changed."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from outreach.models import Campaign
from tests.cast import Cast, pushed
from tests.outreach.imports.workbooks import xlsx
from tests.pages.test_browser import PHONE_WIDTH, Open, fits
from tests.pages.test_campaign_imports import HEADINGS, row
from tests.pages.test_campaigns import moved
from tests.pages.test_tablets import reported
from tests.pages.test_tablets_browser import LAPTOP, TABLET, sound

JAKARTA = ZoneInfo("Asia/Jakarta")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_day_is_followed_live(cast: Cast, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.pages.campaign_day.REFRESHED_EVERY_S", 1)
    now = timezone.now()
    moved(cast.market, starts_at=now - timedelta(days=2), ends_at=now + timedelta(days=2))
    reported(cast.tablet, 7)
    window = visit(*LAPTOP)
    page = window.sign_in(cast.rina)
    page.click(".sections a:text-is('Kegiatan')")
    sound(page)
    page.click("#today ~ * tbody th a")
    sound(page)
    page.click("a:text-is('Pesan untuk kader')")
    page.fill("#text", "Kumpul di <b>pintu utara</b>")
    page.keyboard.press("Tab")
    page.locator("button.main").press("Enter")
    expect(page.locator(".timeline q")).to_have_text("Kumpul di <b>pintu utara</b>")
    sound(page)
    page.go_back()
    page.go_back()
    page.click("a.action")
    expect(page.locator("#live dd").first).to_have_text("0")
    sound(page)
    signup = pushed(cast)
    type(signup).objects.update(local_day=now.astimezone(JAKARTA).date())
    expect(page.locator("#live dd").first).to_have_text("1", timeout=20_000)
    expect(page.locator(".day-kader tbody tr").first).to_contain_text("7 belum terkirim")
    sound(page)


def middle_of_map(page: Page) -> tuple[float, float]:
    page.locator("#venue-map").evaluate("map => map.scrollIntoView({block: 'center'})")
    box = page.locator("#venue-map").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def choose(page: Page, *rows: list[Any]) -> None:
    """A file of plans in the form, as the system's own dialogue would put it there."""
    plans: FilePayload = {
        "name": "rencana.xlsx",
        "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "buffer": xlsx([HEADINGS, *rows]),
    }
    page.set_input_files("[name=file]", plans)


def test_a_file_of_plans_is_sent_corrected_and_confirmed(cast: Cast, visit: Open) -> None:
    page = visit(*LAPTOP).sign_in(cast.rina, to="/campaigns/")
    page.click("a:text-is('Dari spreadsheet')")
    sound(page)
    choose(page, row(), row(name="Mobil", last_day="30-11-2026"))
    page.click("main button.main")
    expect(page.locator("p.wrong[role=alert]")).to_contain_text("perbaiki baris yang ditandai")
    expect(page.locator("tr.found")).to_have_count(1)
    expect(page.locator("tr.found")).to_contain_text("Baris 3")
    expect(page.locator("main button.main")).to_have_count(0)
    sound(page)
    page.click("p.pages a")
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    page.click("button[value=en]")
    expect(page.locator("tbody td").last).to_have_text("has problems")
    choose(page, row(), row(name="Mobil", team=""))
    page.focus("[name=file]")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main button.main")).to_have_text("Plan these 2 campaigns")
    expect(page.locator("tbody")).to_contain_text("Pasar <b>Subuh")
    sound(page)
    page.set_viewport_size({"width": PHONE_WIDTH, "height": TABLET[1]})
    assert fits(page)
    page.focus("main button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/")
    expect(page.locator("[role=status]")).to_contain_text("2 campaigns are planned")
    sound(page)
    assert Campaign.objects.filter(name__in=["Mobil", "Pasar <b>Subuh"]).count() == 2


def test_a_campaign_is_planned_by_keyboard_and_its_venue_drawn(cast: Cast, visit: Open) -> None:
    window = visit(*TABLET)
    page = window.sign_in(cast.rina, "en")
    page.goto(f"{window.address}/campaigns/new/")
    sound(page)
    page.focus("#name")
    page.keyboard.type("Fish market")
    page.keyboard.press("Tab")
    page.keyboard.type("Market drive")
    page.fill("#starts_at", "2026-12-01T08:00")
    page.fill("#ends_at", "2026-12-03T16:00")
    page.fill("#villages", "Pasar Lama")
    page.fill("#lat", "3.59")
    page.fill("#lon", "98.67")
    page.fill("#radius_m", "0")
    page.check("[name=venue][value=circle]")
    page.check(f"[name=team][value='{cast.siti.pk}']")
    page.focus("#name")
    page.keyboard.press("Enter")
    expect(page.locator("#radius_m")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#faults")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#radius_m")).to_be_focused()
    sound(page)
    page.fill("#radius_m", "150")
    middle = middle_of_map(page)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1])
    page.mouse.up()
    assert abs(float(page.input_value("#lat")) - 3.59) < 0.01
    page.check("[name=venue][value=polygon]")
    middle = middle_of_map(page)
    for across, down in ((-40, -40), (40, -40), (40, 40), (0, 60)):
        page.mouse.click(middle[0] + across, middle[1] + down)
    page.click("[data-take-back]")
    assert len(page.input_value("#polygon").splitlines()) == 3
    page.click("button.main")
    expect(page.locator(".notice").first).to_contain_text("The plan is saved")
    sound(page)
    one = Campaign.objects.get(name="Fish market")
    assert one.venue_polygon is not None and one.members.count() == 1
    page.go_back()
    page.wait_for_url(f"**/campaigns/{one.pk}/edit/*")
    expect(page.locator(".notice").first).to_contain_text("saved already")
    sound(page)
