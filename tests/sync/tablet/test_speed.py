"""What starting without signal and 500 records cost: counted, since time depends on the machine."""

import pytest
from playwright.sync_api import Browser, expect

from tests.sync.tablet.speed import (
    ENROLLED,
    FIVE_HUNDRED,
    PIN,
    enrolled,
    listed,
    served,
    started,
)

pytestmark = pytest.mark.browser
MOST_MODULES, MOST_BYTES = 45, 300_000
STARTS = 3
A_PIECE = 60
A_BATCH = 50


def test_a_start_without_signal_and_five_hundred_records(browser: Browser) -> None:
    with served() as address:
        context = browser.new_context(locale="id-ID")
        page = context.new_page()
        enrolled(page, address)
        empty = [started(page) for _ in range(STARTS)]
        page.evaluate(ENROLLED, PIN)
        page.evaluate(FIVE_HUNDRED)
        full = [started(page) for _ in range(STARTS)]
        for one in (*empty, *full):
            assert one["modules"] <= MOST_MODULES and one["bytes"] <= MOST_BYTES
            assert one["calls"] == one["opened"] == 0
        quickest = [min(one["ms"] for one in each) for each in (empty, full)]
        # A start that waits for all records takes many times as long, and longer with each one.
        assert quickest[1] < 5 * quickest[0] + 1000

        took = listed(page)
        assert took["shown"] == A_PIECE
        # The list opens its first piece; a sync that begins meanwhile, its first batch.
        assert took["opened"] <= 2 * (A_PIECE + A_BATCH)
        page.get_by_role("button", name="Tampilkan lagi").click()
        expect(page.locator(".records li")).to_have_count(2 * A_PIECE)
        page.get_by_role("link", name="Kembali").click()
        expect(page.locator("#outbox")).to_contain_text("500 belum terkirim")
        context.close()
