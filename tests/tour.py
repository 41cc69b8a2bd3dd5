"""The README's pictures, on demo data: `python3 -m tests.tour [name …]` takes them anew.

A page is a line in PAGES. The clock stands still, and a picture that hardly differs from the one
that is there leaves it alone: what the command changes is worth a look.
"""

import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, cast
from unittest.mock import patch

from backend.environment import ensure

if __name__ == "__main__":
    ensure("tests", "tests.tour")

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

from backend.home import PROJECT
from tests import chromium, cluster

if TYPE_CHECKING:
    from outreach.models import User

FOLDER = PROJECT / "fixtures" / "pictures"
LOADED_AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
SEEN_AT = datetime(2026, 11, 19, 14, 40, tzinfo=UTC)
"""The evening of the demo's last day of work: campaigns go on, and everything has arrived."""
WIDE, HALF, NARROW = (1280, 860), (1280, 700), (1280, 640)
PORT = 8431
"""The same on every picture that shows the address."""
COLOURS, MOST_BYTES = 48, 60_000
NEAR = 10
"""Of 255, how little apart two colours are that are drawn as one."""
LEAST_CHANGE = 0.002
"""A share of pixels that are another colour."""
COORDINATOR, SUPERVISOR = "koordinator", "pengawas"

Steps = Callable[[Page], None]


class Seen(NamedTuple):
    """A picture: who looks at which page, how large, and what is done there first."""

    name: str
    who: str
    address: str
    size: tuple[int, int] = WIDE
    steps: Steps | None = None


def clicking(*selectors: str) -> Steps:
    """Clicks one after the other, each leading to another page."""

    def click(page: Page) -> None:
        for selector in selectors:
            page.locator(selector).first.click()
            page.wait_for_load_state()

    return click


def _offering_a_code(page: Page) -> None:
    page.select_option("#kader", index=1)
    page.fill("#label", "Tablet 7")
    page.click("button.main")


def _comparing(page: Page) -> None:
    clicking("tbody a", "a[href*='?with=']")(page)
    page.fill("main [name=q]", "Musarrofah")
    clicking("main form.filters button", "a[href*='/merge/']")(page)


PAGES = (
    Seen("standings", SUPERVISOR, "/standings/99.01/"),
    Seen("village", SUPERVISOR, "/standings/99.01/", steps=clicking("a:has-text('Bukit Damai')")),
    Seen("map", SUPERVISOR, "/standings/99.01/map/"),
    Seen("boards", SUPERVISOR, "/boards/kader/", NARROW),
    Seen("meeting", SUPERVISOR, "/monitoring/99.01/"),
    Seen("queue", COORDINATOR, "/queue/"),
    Seen("case", COORDINATOR, "/queue/?kind=people", steps=clicking("a[href*='/questions/']")),
    Seen("held", COORDINATOR, "/held/", steps=clicking("main li a:has(strong)")),
    Seen("campaigns", COORDINATOR, "/campaigns/", NARROW),
    Seen(
        "day",
        COORDINATOR,
        "/campaigns/",
        NARROW,
        clicking("a:has-text('Pasar Ikan')", "a[href*='/day/']"),
    ),
    Seen("people", COORDINATOR, "/people/?q=Mus", NARROW),
    Seen("joining", COORDINATOR, "/people/?q=Musarrofah", steps=_comparing),
    Seen("finding", COORDINATOR, "/findings/", HALF, clicking("tbody a")),
    Seen("calls", COORDINATOR, "/calls/", HALF, clicking("tbody a")),
    Seen("enrolling", COORDINATOR, "/tablets/new/", NARROW, _offering_a_code),
    Seen("boundaries", COORDINATOR, "/regions/99.01.02.2005/", WIDE),
)


def main() -> None:
    """Take all pictures, or those that are named."""
    wanted = set(sys.argv[1:])
    path = chromium.found()
    if not path:
        raise SystemExit(chromium.MISSING)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        for seen in PAGES:
            if not wanted or seen.name in wanted:
                keep(seen.name, taken(browser, address, seen))
        if not wanted or "tablet" in wanted:
            keep("tablet", tablet(browser, address))
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """A server with the demo, in a data folder that goes away, at SEEN_AT; gives its address."""
    from backend.embedded import Hold

    os.environ |= {"DJANGO_SETTINGS_MODULE": "backend.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
    os.environ.pop("DATABASE_URL", None)
    try:
        with Hold(cluster.HOME, throw_away=True):
            import django

            django.setup()
            from django.contrib.staticfiles.handlers import StaticFilesHandler
            from django.core.management import call_command
            from django.test.testcases import LiveServerThread

            from fixtures.demo import load_demo
            from outreach.places.showing.outlines import refresh_pending_outlines

            call_command("migrate", verbosity=0)
            chance = random.Random("tour")
            with (
                patch("django.utils.timezone.now", return_value=SEEN_AT),
                patch("sync.devices.secrets.choice", chance.choice),
            ):
                load_demo(LOADED_AT)
                refresh_pending_outlines()
                server = LiveServerThread("127.0.0.1", StaticFilesHandler, port=PORT)
                server.daemon = True
                server.start()
                server.is_ready.wait()
                if server.error:
                    raise server.error
                yield f"http://127.0.0.1:{server.port}"
                server.terminate()
    finally:
        shutil.rmtree(cluster.HOME, ignore_errors=True)


def taken(browser: Browser, address: str, seen: Seen) -> Image.Image:
    """Sign in as a browser in English does, go there, and look."""
    width, height = seen.size
    page = browser.new_page(
        viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce"
    )
    page.goto(f"{address}{seen.address}")
    page.click("button[value=en]")
    page.fill("#id_username", seen.who)
    page.fill("#id_password", _password())
    page.click("button.main")
    page.wait_for_url(lambda now: "/sign-in/" not in now)
    if seen.steps:
        seen.steps(page)
    picture = _looked_at(page)
    page.context.close()
    return picture


def tablet(browser: Browser, address: str) -> Image.Image:
    """A kader's day and a registration being typed, side by side."""
    from sync import devices

    coordinator, kader = _newcomer()
    _, _, code = devices.create(kader, "Tablet 3", coordinator, SEEN_AT)
    page = browser.new_page(
        viewport={"width": 640, "height": 800},
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        service_workers="block",
    )
    page.clock.set_fixed_time(SEEN_AT)
    page.goto(f"{address}/tablet/#{code}")
    page.get_by_role("button", name="Lanjut").click()
    for field in ("#pin", "#pin-again"):
        page.fill(field, "480213")
    page.get_by_role("button", name="Lanjut").click()
    page.locator("#outbox[data-synced]").wait_for()
    day = _looked_at(page)
    page.click("#register")
    page.fill("#f-nik", "9901014508900002")
    page.fill("#f-full_name", "Rosmawati Lubis")
    page.fill("#f-birth_date", "1990-08-15")
    page.get_by_label("Perempuan", exact=True).check()
    page.fill("#f-phone", "0812")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    typed = _looked_at(page)
    page.context.close()
    both = Image.new("RGB", (1148, 700), "#9aa8a8")
    for place, screen in ((0, day), (588, typed)):
        both.paste(screen.resize((560, 700), Image.Resampling.LANCZOS), (place, 0))
    return both


def _newcomer() -> "tuple[User, User]":
    """The coordinator, and a kader on the campaigns of the day who has registered nobody yet."""
    from outreach.models import Campaign, CampaignMember, User

    coordinator = User.objects.get(username=COORDINATOR)
    kader = User.objects.create(
        username="kader3", full_name="Yuni Kartika", role=User.Role.KADER, office=coordinator.office
    )
    today = SEEN_AT.date()
    for campaign in Campaign.objects.filter(ends_at__date__gte=today, type="kader_penggerak"):
        CampaignMember.objects.create(
            campaign=campaign, kader=kader, first_day=today, last_day=today
        )
    return coordinator, kader


def keep(name: str, picture: Image.Image) -> None:
    """Store a picture, unless the one that is there shows the same."""
    path = FOLDER / f"{name}.png"
    if path.exists() and not _differs(Image.open(path).convert("RGB"), picture):
        print(f"{name}: as it was")
        return
    file = BytesIO()
    few = picture.quantize(palette=_palette(picture), dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    if file.tell() > MOST_BYTES:
        raise SystemExit(f"{name}: {file.tell():,} bytes are too many; show less of it")
    path.write_bytes(file.getvalue())
    print(f"{name}: new, {file.tell():,} bytes")


def _palette(picture: Image.Image) -> Image.Image:
    """The colours that most of it is drawn in, as they are: small marks keep theirs."""
    found = cast("list[tuple[int, tuple[int, int, int]]]", picture.getcolors(2**24))
    chosen: list[tuple[int, int, int]] = []
    for _number, colour in sorted(found, reverse=True):
        apart = (max(abs(a - b) for a, b in zip(colour, one, strict=True)) for one in chosen)
        if len(chosen) < COLOURS and min(apart, default=NEAR + 1) > NEAR:
            chosen.append(colour)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in chosen for part in colour])
    return palette


def _differs(old: Image.Image, new: Image.Image) -> bool:
    if old.size != new.size:
        return True
    apart = ImageChops.difference(old, new).convert("L").point([0] * 48 + [1] * 208)
    return sum(apart.tobytes()) > LEAST_CHANGE * new.width * new.height


def _looked_at(page: Page) -> Image.Image:
    page.wait_for_load_state("networkidle")
    return Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def _password() -> str:
    from django.conf import settings

    return str(settings.DEMO_PASSWORD)


if __name__ == "__main__":
    main()
