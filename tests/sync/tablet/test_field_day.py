"""A kader's day with the client: enrolled, offline, and everything arrives once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from outreach.models import Registration
from tests.cast import Cast
from tests.sync.tablet.conftest import Hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_worker_registered_without_signal_arrives_when_there_is_some(
    field: Cast, code: Callable[..., Any], take: Callable[..., Hand]
) -> None:
    device, written = code()
    hand = take()
    hand.enrol(written)
    hand.synced()
    hand.page.wait_for_function("navigator.serviceWorker.controller !== null")
    hand.goes_offline()
    hand.page.reload()
    hand.unlock()
    hand.register("9901014503840002", "Siti Aminah Harahap", "1984-03-05")
    expect(hand.page.locator("#outbox")).to_contain_text("1 belum terkirim")
    assert not Registration.objects.exists()
    hand.goes_offline(gone=False)
    hand.sync()
    stored = Registration.objects.get()
    assert stored.full_name == "Siti Aminah Harahap"
    assert stored.kader == field.siti and stored.campaign == field.market
    device.refresh_from_db()
    assert device.pushed_at and device.last_report
    assert stored.lat == pytest.approx(3.5902)
    expect(hand.page.locator(".state.accepted")).to_contain_text("1")
