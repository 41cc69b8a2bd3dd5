"""Campaigns in a real browser: found, followed live, planned and changed."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.cast import Cast, pushed
from tests.pages.test_browser import Open
from tests.pages.test_campaigns import moved
from tests.pages.test_tablets import reported
from tests.pages.test_tablets_browser import LAPTOP, sound

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
    page.click("a.action")
    expect(page.locator("#live dd").first).to_have_text("0")
    sound(page)
    signup = pushed(cast)
    type(signup).objects.update(local_day=now.astimezone(JAKARTA).date())
    expect(page.locator("#live dd").first).to_have_text("1", timeout=20_000)
    expect(page.locator(".day-kader tbody tr").first).to_contain_text("7 belum terkirim")
    sound(page)
