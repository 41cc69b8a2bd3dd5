"""The standings' fictional villages with people in them, and a browser to look at them."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from outreach.models import Office, User
from outreach.months import later
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.boundaries.switching import switch
from outreach.standings.months import current_period
from outreach.standings.rebuilding import refresh
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.places.conftest import collection as collection  # noqa: PLC0414
from tests.outreach.standings.conftest import FAR, LOWER, REGIONS, TINY, UPPER
from tests.outreach.standings.conftest import campaign as campaign  # noqa: PLC0414
from tests.outreach.standings.conftest import count as count  # noqa: PLC0414
from tests.outreach.standings.conftest import formula as formula  # noqa: PLC0414
from tests.outreach.standings.conftest import kader as kader  # noqa: PLC0414
from tests.outreach.standings.conftest import office as office  # noqa: PLC0414
from tests.outreach.standings.conftest import places as places  # noqa: PLC0414

PASSWORD = "sawah-hijau-42"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that beeps, for those who are given leave to use it.
    "--use-fake-device-for-media-stream",
)
ROLES = ("coordinator", "supervisor", "officer", "administrator")


@pytest.fixture
def staff(office: Office, kader: User, count: Callable[..., None]) -> dict[str, User]:
    """One of each role, by role; Hilir has overtaken Hulu since last month."""
    now = datetime.now(UTC)
    month = current_period(now)
    count(UPPER, verified=9, provisional=2, month=later(month, -1))
    count(LOWER, verified=3, month=later(month, -1))
    count(LOWER, verified=30, provisional=7, month=month)
    count(TINY, verified=3, month=month)
    refresh(now)
    users = {
        role: User.objects.create(
            username=f"uji.{role}",
            full_name=f"Uji {role.title()}",
            role=role,
            office=None if role == "administrator" else office,
        )
        for role in ROLES
    } | {"kader": kader}
    for user in users.values():
        user.set_password(PASSWORD)
        user.save()
    return users


@pytest.fixture
def boundaries(places: None, collection: WriteCollection) -> None:
    """Two sets of the villages' boundaries; the one switched to has none of Kecil or Seberang."""

    def named(code: str, coordinates: Any) -> Any:
        found = feature(code, coordinates)
        found["properties"]["name"] = REGIONS[code][1]
        return found

    older = collection(
        named(UPPER, square(0, 0, 0.01)),
        named(LOWER, square(1, 0)),
        named(FAR, square(0, 1)),
        name="older.geojson",
    )
    newer = collection(
        named(UPPER, square(0, 0)),
        named(LOWER, square(0.95, 0)),
        named(TINY, None),
        name="newer.geojson",
    )
    load_boundaries([older], Origin("Census", "2020", "CC BY", 60, "indicative"))
    surveyed = load_boundaries([newer], Origin("Surveyors", "2026", "MIT", 12))
    switch(UUID(surveyed.set_id), [], reason="")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    # Playwright's own event loop runs in this thread, where Django then suspects async code; it
    # has to end before a test of another file runs a loop here.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visit:
    """A browser window that remembers everything that went wrong in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.on(
            "console",
            lambda message: (
                self.faults.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "response",
            lambda answer: (
                self.faults.append(f"{answer.status} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )

    def sign_in(self, user: User, language: str = "id", to: str = "/standings/own/") -> Page:
        """As somebody would who wants to see a page: by the form, after choosing a language."""
        self.page.goto(f"{self.address}{to}")
        self.page.click(f"button[value={language}]")
        self.page.fill("#id_username", user.username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("button.main")
        self.page.wait_for_url(lambda address: "/sign-in/" not in address)
        return self.page


@pytest.fixture
def visit(browser: Browser, live_server: object) -> Iterator[Callable[..., Visit]]:
    """Opens windows of a size; every one of them has to stay free of faults."""
    visits: list[tuple[BrowserContext, Visit]] = []

    def open_window(width: int = 1366, height: int = 768) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce"
        )
        visits.append((context, Visit(context, str(live_server))))
        return visits[-1][1]

    yield open_window
    for context, _ in visits:
        context.close()
    assert [fault for _, window in visits for fault in window.faults] == []
