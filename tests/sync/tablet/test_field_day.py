"""A kader's day with the client: enrolled, offline, and everything arrives once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from outreach.models import Registration
from tests.cast import Cast
from tests.sync.tablet.conftest import FIRST, SECOND, Hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_worker_registered_without_signal_arrives_past_a_wifi_page(
    field: Cast, code: Callable[..., Any], take: Callable[..., Hand]
) -> None:
    device, written = code()
    hand = take(worker=True)
    hand.enrol(written)
    hand.synced()
    hand.controlled()
    hand.goes_offline()
    hand.page.reload()
    hand.unlock()
    hand.register(*FIRST)
    expect(hand.page.locator("#outbox")).to_contain_text("1 belum terkirim")
    a_worker_recorded_twice_is_told_and_stops_nobody(hand)
    page = "<h1>Silakan masuk</h1>"
    portal = lambda route: route.fulfill(status=200, content_type="text/html", body=page)  # noqa: E731
    hand.context.route("**/api/v1/**", portal)
    hand.goes_offline(gone=False)
    expect(hand.page.locator("#sync-text")).to_contain_text("halaman Wi-Fi")
    expect(hand.page.locator("#outbox")).to_contain_text("2 belum terkirim")
    assert not Registration.objects.exists()
    hand.context.unroute("**/api/v1/**")
    hand.sync()
    stored, again = Registration.objects.order_by("captured_at")
    assert stored.full_name == again.full_name == FIRST[1]
    assert stored.kader == field.siti and stored.campaign == field.market
    device.refresh_from_db()
    assert device.pushed_at and device.last_report
    assert stored.lat == pytest.approx(3.5902)
    expect(hand.page.locator("#outbox")).to_contain_text("Semua sudah terkirim")


def a_worker_recorded_twice_is_told_and_stops_nobody(hand: Hand) -> None:
    page = hand.page
    page.click("#register")
    page.fill("#f-nik", FIRST[0])
    expect(page.locator("#note-nik")).to_contain_text(f"Sudah Anda catat: {FIRST[1]}")
    page.fill("#f-nik", SECOND[0])
    expect(page.locator("#note-nik")).to_have_text("")
    page.fill("#f-full_name", "amina harahap")
    expect(page.locator("#note-full_name")).to_have_text("")
    page.fill("#f-birth_date", FIRST[2])
    expect(page.locator("#note-full_name")).to_contain_text("Menunggu sinyal")
    hand.fill(SECOND[0], *FIRST[1:])
    expect(page.locator("#note-full_name")).to_contain_text("boleh tetap dikirim")
    page.check("#f-consent-ticked")
    page.check("#f-working_declaration")
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator("#outbox")).to_contain_text("2 belum terkirim")
