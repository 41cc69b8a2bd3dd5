"""What needs servers or a database of its own: campaigns, uploads that hang, and restarts.

In one file, as workers share no such database and making it is what takes longest.
`python3 -m tests.hostile` runs the long form of the campaigns.
"""

import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db.utils import ConnectionHandler

from backend.database import django_settings
from tests.hostile.crashing import Database
from tests.hostile.reports import shown
from tests.hostile.running import CAMPAIGNS, run, run_planted
from tests.hostile.servers import Site, site
from tests.hostile.tablets import Tablet, team
from tests.pictures import declaration, picture
from tests.sync.tus import BYTES, UPLOADS, metadata
from tests.threads import at_once

SEED = 7
THREADS = 4
ALIAS = "restarted"


# Sizes are figures without a law of their own, and take long.
@pytest.mark.parametrize("name", sorted(CAMPAIGNS.keys() - {"sizes"}))
def test_every_law_holds(at: Site, name: str) -> None:
    report = run(at, name, CAMPAIGNS[name].short, SEED)
    assert not report.broken, shown(report)


@pytest.mark.parametrize(
    ("bug", "words"),
    [("early-number", "changes skipped"), ("early-answer", "acknowledged and not stored")],
)
def test_a_planted_bug_is_caught(database: Database, bug: str, words: str) -> None:
    report = run_planted(database, bug, SEED)
    assert any(words in broken for broken in report.broken), shown(report)


@pytest.mark.django_db
def test_a_full_pool_serves_the_first_request_after_a_restart(database: Database) -> None:
    entry = django_settings(database.copy(), serving=True, threads=THREADS)
    places = entry["OPTIONS"]["pool"]["max_size"]
    handler = ConnectionHandler({"default": entry, ALIAS: entry})
    inside = Barrier(places)

    def use() -> Any:
        connection = handler[ALIAS]
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                return cursor.fetchone()
        finally:
            connection.close()

    def use_together() -> None:
        connection = handler[ALIAS]
        connection.ensure_connection()
        inside.wait(timeout=30)
        connection.close()

    pool = handler[ALIAS].pool  # type: ignore[attr-defined]  # PostgreSQL's own
    try:
        for _ in range(2):
            at_once([use_together] * places)
            assert pool.get_stats()["pool_available"] == places
            database.crash()
            assert [use() for _ in range(places)] == [(1,)] * places
            at_once([use_together] * places)
            database.crash()
            assert at_once([use] * places) == [(1,)] * places
    finally:
        handler[ALIAS].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


@pytest.fixture
def fresh(database: Database) -> Iterator[Site]:
    """Fresh servers: campaigns crash the database of the shared ones."""
    with site(database) as fresh:
        yield fresh


@pytest.fixture
def tablet(fresh: Site) -> Tablet:
    [tablet] = team(fresh.ports[0], 1).tablets(fresh.ports[0])
    return tablet


class Sender:
    """A tus client that says what it is told to."""

    def __init__(self, port: int, access: str) -> None:
        self.port, self.access = port, access

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        """One request on a connection of its own."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=30)
        told = {"Authorization": f"Bearer {self.access}", "Tus-Resumable": "1.0.0"}
        told |= {"Content-Type": BYTES} if body else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            link.request(method, path, body, told | named)
            answer = link.getresponse()
            answer.read()
        finally:
            link.close()
        return answer

    def announced(self, content: bytes) -> str:
        """Where a new upload of it is."""
        told = {
            "sha256": declaration(content)["sha256"],
            "kind": "workplace",
            "registration": str(uuid4()),
        }
        answer = self.ask(
            "POST", UPLOADS, Upload_Length=str(len(content)), Upload_Metadata=metadata(**told)
        )
        assert answer.status == 201
        return answer.headers["Location"]


def test_a_body_that_stops_in_the_middle_is_kept_and_holds_nobody_up(
    fresh: Site, tablet: Tablet
) -> None:
    content = picture(1001)
    sender = Sender(fresh.ports[0], tablet.tokens.access)
    url = sender.announced(content)
    hanging = _begun(fresh.ports[0], sender.access, url, content, sent=5_000)

    answer = sender.ask("PATCH", url, content[:7_000], Upload_Offset="0")
    assert answer.headers["Upload-Offset"] == "7000"
    hanging.close()
    elsewhere = Sender(fresh.ports[1], sender.access)
    cut = _begun(fresh.ports[1], sender.access, url, content, sent=6_000, offset=7_000)
    cut.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + 60
    while elsewhere.ask("HEAD", url).headers["Upload-Offset"] != "13000":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    cut.close()
    done = sender.ask("PATCH", url, content[13_000:], Upload_Offset="13000")
    assert done.status == 204


def _begun(
    port: int, access: str, url: str, content: bytes, *, sent: int, offset: int = 0
) -> socket.socket:
    """A PATCH of all that is left, of which only so many bytes are sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {access}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: {BYTES}\r\n"
        f"Content-Length: {len(content) - offset}\r\n\r\n"
    )
    connection.sendall(head.encode() + content[offset : offset + sent])
    return connection
