import random
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from sync.fleet.network import SIGNALS, Network, NoSignal, Signal, Traffic
from tests.sync.fleet.fake_server import FakeServer

RECORD = {"id": "a", "base_revision": 0, "text": "x" * 2000}


def posted(signal: Signal, server: FakeServer, traffic: Traffic) -> httpx.Response:
    network = server.network(signal, random.Random(1), traffic)
    return network.post("sync/push/", {"registrations": [RECORD]}, server.good_access)


def test_a_good_signal_delivers_once_and_packs_long_bodies() -> None:
    server, traffic = FakeServer(), Traffic()
    assert posted(SIGNALS["good"], server, traffic).json()["results"][0]["outcome"] == "accepted"
    assert server.received == {"a": 1}
    assert traffic.counts["requests"] == 1
    assert len(traffic.latencies_s) == 1


def test_a_lost_request_never_arrives() -> None:
    server, traffic = FakeServer(), Traffic()
    with pytest.raises(NoSignal):
        posted(Signal(lost_request=1), server, traffic)
    assert not server.received
    assert traffic.counts["requests lost"] == 1


def test_a_lost_answer_is_of_a_request_that_arrived() -> None:
    server, traffic = FakeServer(), Traffic()
    with pytest.raises(NoSignal):
        posted(Signal(lost_answer=1), server, traffic)
    assert server.received == {"a": 1}
    assert traffic.counts["answers lost"] == 1


def test_a_repeated_request_arrives_twice() -> None:
    server, traffic = FakeServer(), Traffic()
    result = posted(Signal(repeated=1), server, traffic).json()["results"][0]
    assert server.received == {"a": 2}
    assert result["replayed"]


@pytest.fixture
def deaf_server() -> Iterator[tuple[str, list[bytes], threading.Thread]]:
    """A socket that keeps what it hears until the other side hangs up, and never answers."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            connection, _ = listener.accept()
            with connection:
                while piece := connection.recv(65_536):
                    heard.append(piece)

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1/", heard, thread
        thread.join(5)


def test_a_cut_body_is_announced_whole_and_sent_by_half(
    deaf_server: tuple[str, list[bytes], threading.Thread],
) -> None:
    address, heard, listening = deaf_server
    traffic = Traffic()
    content = {"text": "".join(random.Random(1).choices("abcdefghij", k=50_000))}
    with httpx.Client(base_url=address) as client:
        network = Network(client, Signal(cut_body=1), random.Random(1), traffic)
        with pytest.raises(NoSignal):
            network.post("sync/push/", content)
    listening.join(5)
    head, _, body = b"".join(heard).partition(b"\r\n\r\n")
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < announced
    assert traffic.counts["requests cut"] == 1


def test_a_server_that_is_not_there_is_no_signal() -> None:
    traffic = Traffic()
    with httpx.Client(base_url="http://127.0.0.1:1/") as client:
        network = Network(client, Signal(), random.Random(1), traffic)
        with pytest.raises(NoSignal):
            network.post("sync/push/", {})
    assert traffic.counts["connections failed"] == 1
