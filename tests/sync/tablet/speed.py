"""How fast the client starts without signal, and what it does for that: no server but its files.

`python -m tests.sync.tablet.speed` prints the milliseconds of this machine.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from playwright.sync_api import Page, sync_playwright

from sync.tablet import views

PIN = "480213"
TIMES = 7
IS_CONTROLLED = "navigator.serviceWorker.controller !== null"

WATCH = """
  new MutationObserver((_, watch) => {
    if (!document.querySelector('input[type=password], #code')) return;
    watch.disconnect();
    globalThis.drawnMs = performance.now();
  }).observe(document, { childList: true, subtree: true });
  globalThis.opened = 0;
  globalThis.longestMs = 0;
  const { decrypt } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.decrypt = function (...given) {
    globalThis.opened += 1;
    return decrypt.apply(this, given);
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestMs = Math.max(longestMs, duration);
  }).observe({ type: 'longtask' });
"""
"""Notes when something is first shown, how many things were opened, and the longest task."""

ENROLLED = """async (pin) => {
  const { accounts, settle, unlock } = await import('/tablet/accounts.js');
  const kader = { id: 1, full_name: 'Siti' };
  const told = { device_id: 'here', access: 'a', refresh: 'r', kader, epoch: '1' };
  const [own] = await accounts();
  globalThis.session = own ? (await unlock(own.id, pin)).session : await settle(told, pin);
}"""
FIVE_HUNDRED = """async () => {
  const records = await import('/tablet/records.js');
  for (let at = 0; at < 500; at += 1) {
    const id = crypto.randomUUID();
    const captured_at = '2026-11-20T09:31:00+07:00';
    await records.begin(session, { id, full_name: `Pekerja ${at}`, captured_at });
    await records.finish(session, id);
  }
}"""
STARTED = """async () => {
  while (!globalThis.drawnMs) await new Promise((resolve) => setTimeout(resolve, 5));
  const got = performance.getEntriesByType('resource');
  const modules = got.filter(({ name }) => name.endsWith('.js'));
  return {
    ms: drawnMs,
    modules: modules.length,
    bytes: modules.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
    calls: got.filter(({ name }) => name.includes('/api/')).length,
    opened,
  };
}"""
LISTED = """async () => {
  const began = performance.now();
  const before = opened;
  location.hash = '#/list/';
  while (!document.querySelector('.records li')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const ms = performance.now() - began;
  const shown = document.querySelectorAll('.records li').length;
  return { ms, shown, opened: opened - before, longest_ms: longestMs };
}"""


@contextmanager
def served() -> Iterator[str]:
    """The client's files, and nothing else, at an address."""

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].removeprefix(views.SHELL) or views.INDEX
            asset = views.assets().get(name)
            self.send_response(200 if asset else 404)
            self.send_header("Content-Type", asset.kind if asset else "text/plain")
            self.end_headers()
            self.wfile.write(asset.content if asset else b"")

        def log_message(self, *told: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("localhost", 0), Files) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}{views.SHELL}"
        server.shutdown()


def enrolled(page: Page, address: str) -> None:
    """A kader's tablet without records, that opens without signal from now on."""
    page.add_init_script(WATCH)
    page.goto(address)
    page.evaluate(f"async () => {{ while (!({IS_CONTROLLED})) {SHORTLY} }}")
    page.evaluate(ENROLLED, PIN)
    page.context.set_offline(True)


SHORTLY = "await new Promise((resolve) => setTimeout(resolve, 20));"


def started(page: Page) -> dict[str, Any]:
    """Start the app; gives what that took."""
    page.reload()
    return dict(page.evaluate(STARTED))


def listed(page: Page) -> dict[str, Any]:
    """Unlock the app and open the list of all records; gives what that took."""
    page.locator("input[type=password]").fill(PIN)
    page.get_by_role("button", name="Buka").click()
    page.locator("#outbox").wait_for()
    return dict(page.evaluate(LISTED))


def main() -> None:
    with served() as address, sync_playwright() as playwright, TemporaryDirectory() as folder:
        context = playwright.chromium.launch_persistent_context(
            Path(folder),
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"],
            locale="id-ID",
        )
        page = context.new_page()
        enrolled(page, address)
        for records in (0, 500):
            if records:
                page.evaluate(ENROLLED, PIN)
                page.evaluate(FIVE_HUNDRED)
            found = [started(page) for _ in range(TIMES)]
            times = [one["ms"] for one in found]
            print(
                f"start offline with {records} records:"
                f" {median(times):.0f} ms, {max(times):.0f} ms at most"
            )
        print(f"{found[-1]['modules']} modules, {found[-1]['bytes'] / 1000:.0f} kB")
        took = listed(page)
        # The browser tells of those over 50 ms only.
        print(
            f"list of 500: {took['ms']:.0f} ms, longest task {max(took['longest_ms'], 50):.0f} ms"
        )
        context.close()


if __name__ == "__main__":
    main()
