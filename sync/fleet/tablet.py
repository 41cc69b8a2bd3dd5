"""A tablet: a queue of registrations that leaves whenever there is signal."""

import random
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal
from uuid import UUID

from sync.fleet.network import Network, NoSignal, Traffic

MOST_IN_A_BATCH = 100
REMEMBERED = 20
LONGEST_WAIT_S = 5.0
FAULTS_KEPT = 100


class TabletFailed(Exception):
    """The tablet cannot go on: locked out, or the server refuses what the contract allows."""


@dataclass(frozen=True, slots=True)
class Version:
    """One content of a record, in the order they leave the tablet.

    `invalid` is meant to be held and corrected by the next; `late` is written on an old revision,
    is meant to lose, and is followed by an edit of the revision that won.
    """

    kind: Literal["invalid", "final", "edit", "late"]
    content: Mapping[str, Any]


@dataclass(slots=True)
class Outgoing:
    """A record on its way; `step` is the version that leaves next, on `base_revision`."""

    id: str
    versions: Sequence[Version]
    step: int = 0
    base_revision: int = 0

    @property
    def version(self) -> Version:
        return self.versions[self.step]

    def wire(self) -> dict[str, Any]:
        """What is sent: a late version claims the revision before the current one."""
        stale = self.version.kind == "late"
        return {**self.version.content, "base_revision": self.base_revision - stale}


@dataclass(slots=True)
class Tokens:
    """What an enrolled tablet signs in with."""

    access: str
    refresh: str


class Tablet:
    """Queues records and pushes them until each has its verdict. One thread at a time."""

    def __init__(
        self,
        network: Network,
        tokens: Tokens,
        rng: random.Random,
        traffic: Traffic,
        *,
        zone: tzinfo,
        clock_error: timedelta = timedelta(),
        stopped: threading.Event | None = None,
    ) -> None:
        self._network = network
        self._tokens = tokens
        self._random = rng
        self._traffic = traffic
        self._zone = zone
        self._clock_error = clock_error
        self._stopped = stopped or threading.Event()
        self._queue: list[Outgoing] = []
        self._most = MOST_IN_A_BATCH
        self._stale_access = False
        self._sent_before: deque[tuple[dict[str, Any], str]] = deque(maxlen=REMEMBERED)
        self.faults: list[str] = []
        """What the server did against the contract, the first FAULTS_KEPT of it."""

    @property
    def waiting(self) -> int:
        """Records without a lasting verdict."""
        return len(self._queue)

    def capture(self, records: Iterable[Outgoing]) -> None:
        """Put records into the queue."""
        self._queue += records

    def sync(self, patience: int) -> None:
        """Push until the queue is empty or `patience` requests in a row went without an answer.

        Raises TabletFailed.
        """
        # Hours have passed since the last time, so the access token has expired as often as not.
        self._stale_access |= self._random.random() < 0.5
        failures = 0
        while self._queue and failures < patience and not self._stopped.is_set():
            self._random.shuffle(self._queue)
            try:
                if self._stale_access:
                    self._refresh()
                self._push(self._queue[: self._random.randint(1, self._most)])
                failures = 0
            except NoSignal:
                failures += 1

    def receipts(self, network: Network, ids: Sequence[str]) -> list[dict[str, Any]]:
        """What the server says now of up to 1,000 records. Raises TabletFailed, NoSignal."""
        for _ in range(2):
            response = network.post("sync/receipts/", {"ids": ids}, self._tokens.access)
            if response.status_code == 200:
                results: list[dict[str, Any]] = response.json()["results"]
                return results
            if response.status_code != 401:
                break
            self._refresh()
        raise TabletFailed(f"receipts: {_words(response.status_code, response.text)}")

    def digest(self, network: Network) -> dict[str, Any] | None:
        """The server's `{count, digest}` of this kader's records; None where it has none to give.

        Raises NoSignal.
        """
        for _ in range(2):
            response = network.get("sync/digest/", self._tokens.access)
            if response.status_code == 200:
                answer: dict[str, Any] = response.json()
                return answer
            if response.status_code == 401:
                self._refresh()
        return None

    def _refresh(self) -> None:
        response = self._network.post("auth/token/refresh/", {"refresh": self._tokens.refresh})
        if response.status_code == 200:
            answer = response.json()
            self._tokens = Tokens(answer["access"], answer["refresh"])
            self._stale_access = False
            self._traffic.count("tokens renewed")
            return
        if response.status_code in (401, 403):
            raise TabletFailed(f"locked out: {_words(response.status_code, response.text)}")
        self._wait(response.status_code, response.headers.get("Retry-After"))

    def _push(self, batch: Sequence[Outgoing]) -> None:
        again = []
        if self._sent_before and self._random.random() < 0.1:
            again = [self._random.choice(self._sent_before)]
        now = datetime.now(self._zone) + self._clock_error
        body = {
            "batch_id": str(UUID(int=self._random.getrandbits(128), version=4)),
            "sent_at": now.isoformat(),
            "registrations": [*(record.wire() for record in batch), *(wire for wire, _ in again)],
        }
        response = self._network.post("sync/push/", body, self._tokens.access)
        match response.status_code:
            case 200:
                self._settle(batch, again, response.json())
            case 401:
                self._stale_access = True
            case 413 if self._most > 1:
                self._most //= 2
            case 429 | 500 | 502 | 503 | 504:
                self._wait(response.status_code, response.headers.get("Retry-After"))
            case _:
                raise TabletFailed(f"push: {_words(response.status_code, response.text)}")

    def _wait(self, status: int, retry_after: str | None) -> None:
        self._traffic.count("answers 'later'")
        if status not in (429, 503):
            self._fault(f"the server answered {status}")
        asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.2
        self._stopped.wait(min(asked, LONGEST_WAIT_S))
        raise NoSignal

    def _settle(
        self,
        batch: Sequence[Outgoing],
        again: Sequence[tuple[dict[str, Any], str]],
        answer: Mapping[str, Any],
    ) -> None:
        results = answer.get("results", [])
        sent = [*(record.id for record in batch), *(wire["id"] for wire, _ in again)]
        if [result.get("id") for result in results] != sent:
            self._fault("the results are not one for each record in the order sent")
            raise NoSignal
        done: set[str] = set()
        for record, result in zip(batch, results, strict=False):
            sent_wire = record.wire()
            if self._advance(record, result):
                done.add(record.id)
            if result["action"] != "retry":
                self._sent_before.append((sent_wire, result["outcome"]))
        for (wire, outcome), result in zip(again, results[len(batch) :], strict=True):
            self._traffic.count("records replayed")
            if result["outcome"] != outcome or not result["replayed"]:
                self._fault(f"{wire['id']}: {outcome}, replayed as {result['outcome']}")
        self._queue = [record for record in self._queue if record.id not in done]
        self._traffic.count("acknowledged", len(done))

    def _advance(self, record: Outgoing, result: Mapping[str, Any]) -> bool:
        """Go to the record's next version; True when this was the last."""
        kind, outcome = record.version.kind, result["outcome"]
        if result["action"] == "retry":
            self._traffic.count("records to retry")
            return False
        expected = {"invalid": outcome == "rejected", "late": outcome == "conflict"}.get(
            kind, outcome in ("accepted", "review", "duplicate")
        )
        if not expected:
            problems = ", ".join(problem["code"] for problem in result["problems"])
            self._fault(f"{record.id}: {kind} version was answered {outcome} {problems}".rstrip())
            return True
        self._traffic.count(f"{kind} versions")
        if outcome == "conflict":
            record.base_revision = result["server"]["base_revision"]
        elif outcome != "rejected":
            record.base_revision = result["revision"]
        record.step += 1
        return record.step == len(record.versions)

    def _fault(self, words: str) -> None:
        self._traffic.count("faults")
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(words)


def _words(status: int, text: str) -> str:
    return f"{status} {' '.join(text.split())[:200]}"
