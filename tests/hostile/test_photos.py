"""Photos over a network that cuts, to servers that die: each whole and matching, or absent."""

import random
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.hostile.crashing import Database
from tests.hostile.proxy import ROUGH, Proxy
from tests.hostile.servers import Site, site
from tests.hostile.tablets import Tablet, team
from tests.pictures import declaration, picture
from tests.sync.tus import BYTES, UPLOADS, metadata

SEED = 11
PHOTOS = 60
TABLETS = 4
PIECE = 4_000
ATTEMPTS = 200


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("photos")
    with Database(home, is_unsafe=True) as database, site(database) as at:
        yield at


@pytest.fixture(scope="module")
def tablets(at: Site) -> list[Tablet]:
    return team(at.ports[0], TABLETS).tablets(at.ports[0])


class Sender:
    """A tus client that never gives up, over a connection that breaks all the time."""

    def __init__(self, port: int, access: str) -> None:
        self.port, self.access = port, access
        self.broken = 0

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse | None:
        """One request; None where no answer came."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=30)
        told = {"Authorization": f"Bearer {self.access}", "Tus-Resumable": "1.0.0"}
        told |= {"Content-Type": BYTES} if body else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            link.request(method, path, body, told | named)
            answer = link.getresponse()
            answer.read()
        except (OSError, HTTPException):
            self.broken += 1
            return None
        else:
            # A head that was cut is no answer.
            if "Tus-Resumable" in answer.headers:
                return answer
            self.broken += 1
            return None
        finally:
            link.close()

    def send(self, content: bytes) -> bool:
        """Announce and send until it is whole; whether that was told."""
        url = ""
        for _ in range(ATTEMPTS):
            if not url:
                url = self._announced(content)
                continue
            asked = self.ask("HEAD", url)
            if asked is None:
                continue
            if asked.status == 404:
                url = ""
                continue
            offset = int(asked.headers["Upload-Offset"])
            if offset == len(content):
                return True
            self.ask("PATCH", url, content[offset : offset + PIECE], Upload_Offset=str(offset))
        return False

    def send_all(self, contents: Sequence[bytes]) -> list[bool]:
        return [self.send(content) for content in contents]

    def _announced(self, content: bytes) -> str:
        told = {
            "sha256": declaration(content)["sha256"],
            "kind": "workplace",
            "registration": str(uuid4()),
        }
        answer = self.ask(
            "POST", UPLOADS, Upload_Length=str(len(content)), Upload_Metadata=metadata(**told)
        )
        return answer.headers["Location"] if answer and answer.status == 201 else ""


def test_every_photo_is_whole_or_absent(at: Site, tablets: list[Tablet]) -> None:
    contents = [picture(number, (320, 240)) for number in range(PHOTOS)]
    chance = random.Random(SEED)

    with Proxy(at.ports, ROUGH, SEED) as proxy, ThreadPoolExecutor(TABLETS) as pool:
        senders = [Sender(proxy.port, tablet.tokens.access) for tablet in tablets]
        sending = [
            pool.submit(sender.send_all, contents[place::TABLETS])
            for place, sender in enumerate(senders)
        ]
        while not all(one.done() for one in sending):
            time.sleep(1.0)
            at.kill_in_transaction(chance, within_s=1.0)
        whole = [told for one in sending for told in one.result()]

    assert all(whole), f"{whole.count(False)} never arrived"
    assert sum(sender.broken for sender in senders) >= PHOTOS
    with at.link() as link:
        rows = link.execute("SELECT sha256, size, state FROM outreach_photo").fetchall()
        left = link.execute(
            "SELECT count(*) FROM sync_uploadpiece JOIN sync_upload u ON u.id = upload_id"
            " WHERE u.received = u.size"
        ).fetchone()
    expected = {(one["sha256"], one["size"]) for one in map(declaration, contents)}
    assert {(digest, size) for digest, size, _ in rows} == expected and len(rows) == PHOTOS
    assert {state for _, _, state in rows} <= {"arrived", "ready"}
    assert left == (0,)
    assert len(_originals(at)) == PHOTOS


def test_a_body_that_stops_in_the_middle_is_kept_and_holds_nobody_up(
    at: Site, tablets: list[Tablet]
) -> None:
    content = picture(1001)
    sender = Sender(at.ports[0], tablets[0].tokens.access)
    url = sender._announced(content)
    hanging = _begun(at.ports[0], sender.access, url, content, sent=5_000)

    answer = sender.ask("PATCH", url, content[:7_000], Upload_Offset="0")
    assert answer is not None and answer.headers["Upload-Offset"] == "7000"
    hanging.close()
    elsewhere = Sender(at.ports[1], sender.access)
    cut = _begun(at.ports[1], sender.access, url, content, sent=6_000, offset=7_000)
    cut.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + 20
    while (asked := elsewhere.ask("HEAD", url)) and asked.headers["Upload-Offset"] != "13000":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    cut.close()
    done = sender.ask("PATCH", url, content[13_000:], Upload_Offset="13000")
    assert done is not None and done.status == 204


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


def _originals(at: Site) -> list[Path]:
    photos: Any = at.database.home / "photos"
    return list(photos.rglob("*.original"))
