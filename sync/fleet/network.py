"""HTTP as a tablet in the field has it: slow, cut off, and answers that never arrive."""

import gzip
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

PIECES = 4
LATENCIES_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Signal:
    """How often (0-1) a request meets each fault, and the longest pause before one, in seconds."""

    lost_request: float = 0.0
    lost_answer: float = 0.0
    cut_body: float = 0.0
    repeated: float = 0.0
    delay_s: float = 0.0


SIGNALS = {
    "good": Signal(),
    "weak": Signal(lost_request=0.04, lost_answer=0.04, cut_body=0.01, repeated=0.02, delay_s=0.02),
    "bad": Signal(lost_request=0.12, lost_answer=0.15, cut_body=0.05, repeated=0.06, delay_s=0.05),
}


class NoSignal(Exception):
    """No answer arrived; the server may or may not have had the request."""


@dataclass(slots=True)
class Traffic:
    """What went over the air, for the whole fleet."""

    counts: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    def took(self, seconds: float) -> None:
        with self._lock:
            if len(self.latencies_s) < LATENCIES_KEPT:
                self.latencies_s.append(seconds)


class Network:
    """One tablet's connection to the server. Not for use by several threads at once."""

    def __init__(
        self, client: httpx.Client, signal: Signal, rng: random.Random, traffic: Traffic
    ) -> None:
        self._client = client
        self._signal = signal
        self._random = rng
        self._traffic = traffic

    def post(self, path: str, content: Any, token: str | None = None) -> httpx.Response:
        """Send JSON, packed with gzip when it is long. Raises NoSignal when no answer arrives."""
        body = msgspec.json.encode(content)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if len(body) > 1000:
            body = gzip.compress(body, compresslevel=5)
            headers["Content-Encoding"] = "gzip"
        if self._signal.delay_s:
            time.sleep(self._random.uniform(0, self._signal.delay_s))
        if self._happens(self._signal.lost_request):
            self._traffic.count("requests lost")
            raise NoSignal
        if self._happens(self._signal.cut_body):
            self._send_half(path, body, headers)
            raise NoSignal
        response = self._send(path, body, headers)
        if self._happens(self._signal.repeated):
            self._traffic.count("requests repeated")
            response = self._send(path, body, headers)
        if self._happens(self._signal.lost_answer):
            self._traffic.count("answers lost")
            raise NoSignal
        return response

    def get(self, path: str, token: str) -> httpx.Response:
        """Ask for something. Raises NoSignal when no answer arrives."""
        try:
            return self._client.get(path, headers={"Authorization": f"Bearer {token}"})
        except httpx.TransportError as error:
            raise NoSignal from error

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def _send(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        started_at = time.perf_counter()
        try:
            response = self._client.post(path, content=body, headers=headers)
        except httpx.TransportError as error:
            self._traffic.count("connections failed")
            raise NoSignal from error
        self._traffic.count("requests")
        self._traffic.took(time.perf_counter() - started_at)
        return response

    def _send_half(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Announce the whole body, send its first half and hang up."""
        self._traffic.count("requests cut")
        try:
            self._client.post(
                path,
                content=_first_half(body),
                headers={**headers, "Content-Length": str(len(body))},
            )
        except (NoSignal, httpx.TransportError):
            return


def _first_half(body: bytes) -> Iterator[bytes]:
    step = max(1, len(body) // (2 * PIECES))
    for start in range(0, len(body) // 2, step):
        yield body[start : start + step]
    raise NoSignal
