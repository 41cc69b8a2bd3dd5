"""Bodies that do not come: read as long as is decent, and what came is kept."""

import socket
import threading
import time
from typing import Any

import pytest

from outreach.problems import Problem
from sync import tus_views


class Request:
    """As much of a request over a connection as is read here."""

    def __init__(self, connection: socket.socket, announced: str) -> None:
        self.META = {"gunicorn.socket": connection}
        self.headers = {"Content-Length": announced}
        self.stream = connection.makefile("rb", buffering=0)

    def read(self, size: int) -> bytes:
        content = b""
        while len(content) < size and (part := self.stream.read(size - len(content))):
            content += part
        return content


@pytest.fixture
def ends() -> Any:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_body_that_trickles_ends_after_a_while(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    monkeypatch.setattr(tus_views, "BODY_S", 0.5)
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.02):
            theirs.send(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    began_at = time.monotonic()
    request: Any = Request(ours, "100000")
    try:
        content = tus_views._reader(request)(100_000)
    finally:
        stop.set()
        thread.join()
        request.stream.close()
    assert 0 < len(content) < 1000 and time.monotonic() - began_at < 10
    assert ours.gettimeout() is None


def test_a_body_that_is_silent_is_given_up(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    monkeypatch.setattr(tus_views, "SILENCE_S", 0.2)
    request: Any = Request(ours, "20000")
    theirs.sendall(bytes(tus_views.PART_BYTES))

    content = tus_views._reader(request)(100_000)

    request.stream.close()
    assert len(content) == tus_views.PART_BYTES


@pytest.mark.parametrize(("announced", "slug"), [("", "length_required"), ("101", "too_large")])
def test_a_body_of_no_length_or_too_much(
    ends: tuple[socket.socket, socket.socket], announced: str, slug: str
) -> None:
    request: Any = Request(ends[0], announced)
    with pytest.raises(Problem) as problem:
        tus_views._reader(request)(100)
    request.stream.close()
    assert problem.value.slug == slug
