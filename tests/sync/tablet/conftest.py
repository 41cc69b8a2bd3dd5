"""A tablet in a kader's hand: the client in a real browser, beside a real server."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Geolocation,
    Page,
    ViewportSize,
    expect,
)

from outreach.models import Campaign, CampaignMember, ConsentNotice, Occupation, User
from sync import devices
from sync.models import Device
from tests.cast import Cast
from tests.pages.conftest import ARGUMENTS
from tests.pages.conftest import browser as browser  # noqa: PLC0414

Code = Callable[..., tuple[Device, str]]

PIN = "480213"
FIRST = ("9901014503840002", "Siti Aminah Harahap", "1984-03-05", "Perempuan")
SECOND = ("9901010404930006", "Togar Simanjuntak", "1993-04-04", "Laki-laki")
REGISTERING = Path(__file__).with_name("registering.js").read_text()
IS_CONTROLLED = "navigator.serviceWorker.controller !== null"
AT_HOME = "document.getElementById('outbox') !== null"
IS_SYNCED = """(outbox => outbox && outbox.innerText.includes('Terakhir terhubung')
  && outbox.innerText.includes('Semua sudah terkirim')
  && !document.getElementById('sync-text').textContent)(document.getElementById('outbox'))"""
SYNC_UNTIL_ALL_IS_SENT = """async (patience_s) => {
  const { app } = await import('/tablet/main.js');
  const { photosOf } = await import('/tablet/photos.js');
  const { rows, tally } = await import('/tablet/records.js');
  for (const end = Date.now() + patience_s * 1000; ;) {
    while (app.courier.isBusy) await new Promise((resolve) => setTimeout(resolve, 50));
    await app.courier.run();
    const { account } = app.session;
    const left = [tally(await rows(account)).waiting ?? 0, (await photosOf(account)).length];
    if (left.every((one) => one === 0) || Date.now() > end) return left;
  }
}"""
CLOCK = """const RightDate = Date;
globalThis.aheadMs = %d;
globalThis.Date = class extends RightDate {
  constructor(...given) { super(...(given.length ? given : [RightDate.now() + aheadMs])); }
  static now() { return RightDate.now() + aheadMs; }
};"""
"""A clock of the tablet's that is wrong by so many ms."""
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
LONG_PATIENCE_S = 120
SMALL: ViewportSize = {"width": 800, "height": 1280}
MARKET: Geolocation = {"latitude": 3.5902, "longitude": 98.6703, "accuracy": 14}


def until(page: Page, condition: str) -> None:
    """Wait for something in a page, looking often.

    Playwright's own waiting evaluates text once more in the page, which its policy forbids.
    """
    page.evaluate(
        f"""async () => {{
          for (const end = performance.now() + {PATIENCE_MS}; !({condition});) {{
            if (performance.now() > end) throw new Error(`Never so: ${{document.body.innerText}}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }}
        }}"""
    )


class Hand:
    """A tablet: its browser, with all that goes wrong in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.faults: list[str] = []
        context.set_default_timeout(PATIENCE_MS)
        self.page = self.another_window()

    def another_window(self) -> Page:
        page = self.context.new_page()
        page.on(
            "console",
            lambda said: self.faults.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def enrol(self, code: str, pin: str = PIN) -> None:
        """As a phone's camera does: the QR's address, then a PIN twice."""
        self.page.goto(f"{self.address}/tablet/#{code}")
        self.page.get_by_role("button", name="Lanjut").click()
        self.page.fill("#pin", pin)
        self.page.fill("#pin-again", pin)
        self.page.get_by_role("button", name="Lanjut").click()
        until(self.page, AT_HOME)

    def unlock(self, pin: str = PIN) -> None:
        self.page.goto(f"{self.address}/tablet/")
        self.page.locator("input[type=password]").first.fill(pin)
        self.page.get_by_role("button", name="Buka").first.click()
        until(self.page, AT_HOME)

    def controlled(self) -> None:
        """Wait until the tablet opens without signal."""
        until(self.page, IS_CONTROLLED)

    def synced(self) -> None:
        """Wait until what is on its way has arrived, and nothing waits."""
        until(self.page, IS_SYNCED)

    def sync(self) -> None:
        """Begin a sync by hand, and wait until it, or one that was on its way, is through."""
        before = self.page.locator("#outbox").get_attribute("data-synced") or ""
        self.page.click("#sync")
        until(self.page, f"document.getElementById('outbox')?.dataset.synced !== '{before}'")
        self.synced()

    def register(self, nik: str, full_name: str, born: str, sex: str = "Perempuan") -> None:
        """One worker, as far as there is something to type; then Selesai."""
        page = self.page
        page.click("#register")
        self.fill(nik, full_name, born, sex)
        page.check("#f-consent-ticked")
        page.check("#f-working_declaration")
        page.get_by_role("button", name="Selesai").click()
        until(page, AT_HOME)

    def fill(self, nik: str, full_name: str, born: str, sex: str) -> None:
        page = self.page
        page.fill("#f-nik", nik)
        page.fill("#f-full_name", full_name)
        page.fill("#f-birth_date", born)
        page.get_by_label(sex, exact=True).check()
        page.fill("#f-domicile_village", "sumber rejo")
        page.get_by_role("button", name="Sumber Rejo").click()
        page.select_option("#f-occupation", label="Pedagang pasar")
        page.fill("#f-monthly_income", "1000000")

    def register_in_the_background(self, count: int, side: int = 64) -> None:
        """Records with a photo of noise each, as the form makes them, without the typing."""
        self.page.evaluate(REGISTERING, [count, side])

    def sync_until_all_is_sent(self) -> list[int]:
        """Again and again, until nothing waits any more; gives what does: records and photos."""
        return list(self.page.evaluate(SYNC_UNTIL_ALL_IS_SENT, LONG_PATIENCE_S))

    def goes_offline(self, *, gone: bool = True) -> None:
        self.context.set_offline(gone)


Take = Callable[..., Hand]


@pytest.fixture
def field(cast: Cast) -> Cast:
    """The cast on a day on which the market is on, with what a form has to choose from."""
    now = timezone.now()
    Campaign.objects.filter(pk=cast.market.pk).update(
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=5)
    )
    CampaignMember.objects.filter(campaign=cast.market).update(
        first_day=now.date() - timedelta(days=1), last_day=now.date() + timedelta(days=1)
    )
    Occupation.objects.get_or_create(
        code="market_trader", defaults={"name_id": "Pedagang pasar", "name_en": "Market trader"}
    )
    ConsentNotice.objects.get_or_create(
        version="2026-01",
        defaults={"text_id": "Saya setuju.", "text_en": "I agree.", "valid_from": "2026-01-01"},
    )
    return cast


@pytest.fixture
def code(field: Cast) -> Code:
    """Makes a tablet for a kader; gives it with its code."""

    def made(kader: User | None = None) -> tuple[Device, str]:
        device, _, code = devices.create(
            kader or field.siti, "Tablet 7", field.rina, timezone.now()
        )
        return device, code

    return made


OPTIONS: dict[str, Any] = {
    "viewport": SMALL,
    "locale": "id-ID",
    "timezone_id": "Asia/Jakarta",
    "geolocation": MARKET,
    "permissions": ["geolocation"],
    "reduced_motion": "reduce",
}
LOST = ("ERR_INTERNET", "ERR_CONNECTION", "401", "403", "410", "413", "502")
"""What the console says of calls that a test lets fail."""


@pytest.fixture
def take(browser: Browser, live_server: Any) -> Iterator[Take]:
    """Puts tablets into hands; nothing may go wrong in any of them but what a test expects.

    Only with a `worker` they open without signal: it gets all files a second time.
    """
    hands: list[Hand] = []

    def taken(*, worker: bool = False) -> Hand:
        context = browser.new_context(**OPTIONS)
        if not worker:
            context.add_init_script("delete Navigator.prototype.serviceWorker")
        hands.append(Hand(context, live_server.url))
        return hands[-1]

    yield taken
    _put_down(hands)


@pytest.fixture
def hand(code: Code, take: Take) -> Hand:
    """Siti's tablet, enrolled and in touch."""
    hand = take()
    hand.enrol(code()[1])
    hand.synced()
    return hand


@pytest.fixture
def take_kept(browser: Browser, chromium: str, live_server: Any, tmp_path: Path) -> Iterator[Take]:
    """Like `take`, but what the tablet holds lies on the disk, and it can be killed."""
    hands: list[Hand] = []
    folder = tmp_path / "tablet"

    def taken(killed: Hand | None = None) -> Hand:
        if killed:
            _kill(f"--user-data-dir={folder}")
            hands.remove(killed)
            (folder / "SingletonLock").unlink(missing_ok=True)
        kind = browser.browser_type
        context = kind.launch_persistent_context(
            folder, executable_path=chromium, args=ARGUMENTS, **OPTIONS
        )
        hands.append(Hand(context, live_server.url))
        return hands[-1]

    yield taken
    _put_down(hands)


def _kill(argument: str) -> None:
    """End every process that was started with an argument, as a battery that runs out does."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if argument.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


def _put_down(hands: list[Hand]) -> None:
    for hand in hands:
        hand.context.close()
    faults = [fault for hand in hands for fault in hand.faults]
    assert [fault for fault in faults if not any(why in fault for why in LOST)] == []
