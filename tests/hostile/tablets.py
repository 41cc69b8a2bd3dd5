"""Tablets that push through a hostile network and keep what they were told."""

import gzip
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from django.conf import settings

from fixtures.people import Population
from sync.bench.records import LAT, LON, record_of
from sync.fleet.office import Office
from sync.fleet.places import Point
from sync.fleet.tablet import Tokens
from sync.fleet.world import Campaign, Place

REGION = "99.01"
MIDDLE = Point(LAT, LON)
KADER = 2
"""The demo's."""
ANSWER_WITHIN_S = 60
PAUSE_S = 0.2
RECEIPTS_ASKED = 1000
STORED = frozenset({"accepted", "review", "duplicate"})


class NoAnswer(Exception):
    """No answer arrived, or one that says to come back later."""


class Refused(Exception):
    """The server answered what the contract has no room for."""


class Told(NamedTuple):
    """What the first answer that arrived said of a record."""

    outcome: str
    revision: int | None
    kader: int


class Answer(NamedTuple):
    """An answer; one that ended inside its head, which http.client forgives, may lack headers."""

    status: int
    headers: Message
    body: bytes

    @property
    def words(self) -> str:
        """Its status and how it begins."""
        return f"{self.status} {self.body[:200].decode(errors='replace')}"


@dataclass(frozen=True)
class Team:
    """A campaign in the demo's region and who works on it, each with a tablet of their own."""

    campaign: str
    villages: Sequence[str]
    tokens: Sequence[tuple[int, Tokens]]
    """Whose it is and what it signs in with, for each tablet."""

    def tablets(self, port: int) -> "list[Tablet]":
        """The tablets, with a network that begins at this port."""
        return [Tablet(port, kader, tokens) for kader, tokens in self.tokens]

    def records(self, number: int, seed: object) -> list[dict[str, Any]]:
        """So many new workers as records; another seed, other workers."""
        population = Population(str(seed), self.villages, datetime.now(UTC).date())
        return [record_of(population.worker(), self.campaign) for _ in range(number)]


def team(
    port: int,
    tablets: int,
    kader: int = KADER,
    *,
    region: str = REGION,
    user: str = "koordinator",
    venue: Point = MIDDLE,
) -> Team:
    """Set up a campaign through the console's API and enrol tablets of so many kader on it."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/", timeout=60) as client:
        office = Office(client, user, settings.DEMO_PASSWORD)
        office.sign_in()
        office.settle_in(region)
        place = office.region(region)
        villages = [
            feature["properties"]["code"]
            for feature in office.boundaries(place)
            if "code" in feature["properties"]
        ]
        kaders = office.kaders(kader, _say_nothing)
        today = datetime.now(UTC).date()
        days = timedelta(days=3)
        market = Place("Pasar", venue, 50_000.0, villages[0])
        crew = list(range(kader))
        campaign = Campaign(
            "market_drive", "Hostile", today - days, today + days, market, [], crew, villages[:1]
        )
        office.create(campaign, kaders, place.zone)
        owners = [kaders[number % kader] for number in range(tablets)]
        tokens = [(owner, office.enrolled(owner, "hostile")) for owner in owners]
    return Team(campaign.id, villages, tokens)


def _say_nothing(words: str) -> None:
    """For what takes no time here."""


@dataclass
class Tablet:
    """One tablet, for one thread at a time. `port` is where its network begins."""

    port: int
    kader: int
    tokens: Tokens
    told: dict[str, Told] = field(default_factory=dict)
    """What was acknowledged, by record id."""
    fresh: list[str] = field(default_factory=list)
    """Ids of what was said to be stored just now."""
    faults: list[str] = field(default_factory=list)
    """What the server did against the contract."""
    counts: Counter[str] = field(default_factory=Counter)
    packs: bool = True
    """Whether it sends and takes gzip."""
    _link: HTTPConnection | None = None

    def push_all(
        self,
        records: Sequence[Mapping[str, Any]],
        rng: random.Random,
        most: int,
        stopped: threading.Event | None = None,
    ) -> None:
        """Push in batches of up to `most` until every record is acknowledged, or `stopped`.

        Now and then a batch carries a record again that was acknowledged before.
        """
        queue = list(records)
        done: list[Mapping[str, Any]] = []
        while queue and not (stopped and stopped.is_set()):
            batch = queue[: rng.randint(1, most)]
            again = [rng.choice(done)] if done and rng.random() < 0.1 else []
            try:
                retried = self.push([*batch, *again])
            except NoAnswer:
                # What is sent next need not be what was sent before.
                rng.shuffle(queue)
                continue
            done += [record for record in batch if record["id"] not in retried]
            queue = [record for record in queue if record["id"] in retried or record not in batch]

    def push(self, records: Sequence[Mapping[str, Any]]) -> set[str]:
        """Push one batch; gives the ids that the server wants again. Raises NoAnswer."""
        answer = self.call("POST", "sync/push/", batch_of(records))
        results = answer.get("results", [])
        if [result.get("id") for result in results] != [record["id"] for record in records]:
            self.faults.append("the results are not one for each record in the order sent")
            raise NoAnswer
        retried = {result["id"] for result in results if result["action"] == "retry"}
        for result in results:
            if result["id"] not in retried:
                self._note(result)
        self.counts["records to retry"] += len(retried)
        return retried

    def receipts(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """What the server says now of records. Raises NoAnswer."""
        told: list[dict[str, Any]] = []
        for start in range(0, len(ids), RECEIPTS_ASKED):
            asked = {"ids": ids[start : start + RECEIPTS_ASKED]}
            told += self.call("POST", "sync/receipts/", asked)["results"]
        return told

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """The JSON of one request. Raises NoAnswer, and Refused for anything but a 200."""
        body = None if content is None else json.dumps(content).encode()
        answer = self.ask(method, path, body)
        if answer.status != 200:
            raise Refused(f"{method} {path}: {answer.words}")
        return json.loads(answer.body)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """An answer that no retry will change. Raises NoAnswer.

        Gets a new access token where that is asked for.
        """
        answer = self._send(method, path, body, headers)
        if answer.status == 401:
            renewed = json.dumps({"refresh": self.tokens.refresh}).encode()
            answer = self._send("POST", "auth/token/refresh/", renewed, {})
            if answer.status == 200:
                tokens = json.loads(answer.body)
                self.tokens = Tokens(tokens["access"], tokens["refresh"])
                raise NoAnswer
        if answer.status in (429, 503) or answer.status >= 500:
            self.counts[f"answers {answer.status}"] += 1
            if answer.status not in (429, 503):
                self.faults.append(f"{method} {path}: {answer.words}")
            time.sleep(PAUSE_S)
            raise NoAnswer
        return answer

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """One request; JSON both ways gzipped where it pays. Raises NoAnswer."""
        sent = {
            "Authorization": f"Bearer {self.tokens.access}",
            "Accept-Encoding": "gzip" if self.packs else "identity",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if body and len(body) > 1000 and self.packs and "json" in sent["Content-Type"]:
            body = gzip.compress(body, compresslevel=5)
            sent["Content-Encoding"] = "gzip"
        try:
            if self._link is None:
                self._link = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_WITHIN_S)
            at = path if path.startswith("/") else f"/api/v1/{path}"
            self._link.request(method, at, body, sent)
            answer = self._link.getresponse()
            said = answer.read()
            if "Content-Length" not in answer.headers and answer.status != 204:
                # It ended inside its head, before it said how long it is.
                raise IncompleteRead(said)
        except (OSError, HTTPException) as error:
            self.close()
            self.counts["no answer"] += 1
            raise NoAnswer from error
        if answer.headers["Content-Encoding"] == "gzip":
            said = gzip.decompress(said)
        return Answer(answer.status, answer.headers, said)

    def close(self) -> None:
        """Hang up; the next request makes a new connection."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _note(self, result: Mapping[str, Any]) -> None:
        told = Told(result["outcome"], result["revision"], self.kader)
        if not result["replayed"]:
            self.fresh.append(result["id"])
        before = self.told.setdefault(result["id"], told)
        if before is told:
            if told.outcome not in STORED:
                self.faults.append(f"{result['id']}: {told.outcome} {result['problems']}")
            return
        self.counts["records replayed"] += 1
        if before != told or not result["replayed"]:
            self.faults.append(f"{result['id']}: {before}, replayed as {told}")


def batch_of(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A push's body, sent now."""
    return {
        "batch_id": str(uuid4()),
        "sent_at": datetime.now(UTC).isoformat(),
        "registrations": records,
    }
