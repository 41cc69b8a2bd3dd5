"""An upload that hangs; the campaign of photos has those that are cut."""

import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from uuid import uuid4

import pytest

from tests.hostile.crashing import Database
from tests.hostile.servers import Site, site
from tests.hostile.tablets import Tablet, team
from tests.pictures import declaration, picture
from tests.sync.tus import BYTES, UPLOADS, metadata


@pytest.fixture
def at(database: Database) -> Iterator[Site]:
    """Fresh servers: campaigns crash the database of the shared ones."""
    with site(database) as at:
        yield at


@pytest.fixture
def tablet(at: Site) -> Tablet:
    [tablet] = team(at.ports[0], 1).tablets(at.ports[0])
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
    at: Site, tablet: Tablet
) -> None:
    content = picture(1001)
    sender = Sender(at.ports[0], tablet.tokens.access)
    url = sender.announced(content)
    hanging = _begun(at.ports[0], sender.access, url, content, sent=5_000)

    answer = sender.ask("PATCH", url, content[:7_000], Upload_Offset="0")
    assert answer.headers["Upload-Offset"] == "7000"
    hanging.close()
    elsewhere = Sender(at.ports[1], sender.access)
    cut = _begun(at.ports[1], sender.access, url, content, sent=6_000, offset=7_000)
    cut.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + 20
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
