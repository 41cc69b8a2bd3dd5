"""What the proxy does to a request, seen from both of its ends."""

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.hostile.proxy import CALM, Odds, Proxy

BODY = b"x" * 5000


class Handler(BaseHTTPRequestHandler):
    """Answers with the length of what arrived whole."""

    protocol_version = "HTTP/1.1"
    whole: ClassVar[list[bytes]] = []
    begun: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.begun.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) == int(self.headers["Content-Length"]):
            self.whole.append(body)
        said = b"y" * len(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[int]:
    Handler.whole, Handler.begun = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def post(port: int) -> bytes | None:
    """What came back, or None where no whole answer did."""
    link = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        link.request("POST", "/here/?a=b", BODY)
        return link.getresponse().read()
    except (OSError, HTTPException):
        return None
    finally:
        link.close()


def arrived(number: int) -> bool:
    deadline = time.monotonic() + 60
    while len(Handler.whole) < number and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(Handler.whole) == number


def test_a_calm_proxy_passes_everything_and_counts_bytes(server: int) -> None:
    with Proxy([server], CALM) as proxy:
        assert [post(proxy.port) for _ in range(3)] == [b"y" * len(BODY)] * 3
    assert proxy.counts == {"passed": 3}
    assert proxy.up > 3 * len(BODY) and proxy.down > 3 * len(BODY)


@pytest.mark.parametrize(
    ("fate", "answered", "whole"),
    [
        ("cut_before", False, 0),
        ("cut_request", False, 0),
        ("lose_answer", False, 1),
        ("cut_answer", False, 1),
        ("repeat", True, 2),
        ("reorder", True, 1),
    ],
)
def test_a_fate_is_what_it_says(server: int, fate: str, answered: bool, whole: int) -> None:
    with Proxy([server], Odds(**{fate: 1.0})) as proxy:
        assert (post(proxy.port) is not None) == answered
        assert arrived(whole)
    assert proxy.counts[fate] == 1
    assert proxy.counts["lost /here/"] == (whole == 1 and not answered)


def test_who_leaves_early_mostly_leaves_a_whole_request_behind(server: int) -> None:
    with Proxy([server], Odds(leave_early=1.0)) as proxy:
        assert [post(proxy.port) for _ in range(20)] == [None] * 20
        assert proxy.counts["leave_early"] == 20
    assert Handler.whole and set(Handler.whole) == {BODY}


def test_a_held_request_is_overtaken(server: int) -> None:
    seen: list[str] = []
    with Proxy([server], Odds(reorder=1.0)) as proxy:

        def held() -> None:
            post(proxy.port)
            seen.append("held")

        thread = threading.Thread(target=held)
        thread.start()
        while not proxy.counts["reorder"]:
            time.sleep(0.005)
        proxy.odds = CALM
        post(proxy.port)
        seen.append("later")
        thread.join()
    assert len(Handler.whole) == 2 and set(seen) == {"held", "later"}


def test_the_same_seed_draws_the_same_fates(server: int) -> None:
    odds = Odds(cut_before=0.3, lose_answer=0.3)
    counts = []
    for _ in range(2):
        with Proxy([server], odds, seed=3) as proxy:
            told = [post(proxy.port) is not None for _ in range(30)]
        counts.append((told, proxy.counts))
    assert counts[0] == counts[1]
    assert len(set(counts[0][0])) == 2
