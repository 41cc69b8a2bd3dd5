"""A kader's day with the client: enrolled, offline, and everything arrives once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from outreach.models import Registration
from tests.cast import Cast
from tests.sync.tablet.conftest import Hand

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
    hand.register("9901014503840002", "Siti Aminah Harahap", "1984-03-05")
    expect(hand.page.locator("#outbox")).to_contain_text("1 belum terkirim")
    page = "<h1>Silakan masuk</h1>"
    portal = lambda route: route.fulfill(status=200, content_type="text/html", body=page)  # noqa: E731
    hand.context.route("**/api/v1/**", portal)
    hand.goes_offline(gone=False)
    expect(hand.page.locator("#sync-text")).to_contain_text("halaman Wi-Fi")
    expect(hand.page.locator("#outbox")).to_contain_text("1 belum terkirim")
    assert not Registration.objects.exists()
    hand.context.unroute("**/api/v1/**")
    hand.sync()
    stored = Registration.objects.get()
    assert stored.full_name == "Siti Aminah Harahap"
    assert stored.kader == field.siti and stored.campaign == field.market
    device.refresh_from_db()
    assert device.pushed_at and device.last_report
    assert stored.lat == pytest.approx(3.5902)
    expect(hand.page.locator(".state.accepted")).to_contain_text("1")
