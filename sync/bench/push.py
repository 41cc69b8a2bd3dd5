"""Push over HTTP beside a raw set-based INSERT of the same rows, on one database, in one run."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings

from fixtures.people import Population
from outreach import bulk
from outreach.models import Registration
from sync.bench.records import LAT, LON, record_of
from sync.bench.scratch import (
    BenchError,
    cpu_of,
    cpu_since,
    database_pids,
    descendants,
    scratch_database,
    server,
)

WORKERS = 2
CLIENTS = 4
RAW_CONNECTIONS = (1, 2)
ROUNDS = 3
RECORDS = {1: 400, 50: 4000, 500: 8000}
"""Batch size → records a round."""


@dataclass(frozen=True)
class Timing:
    """One measured pass: records a second, and CPU microseconds a record where known."""

    rate: float
    server_us: float | None = None
    database_us: float | None = None


def bench_push(say: Callable[[str], None]) -> dict[str, float]:
    """Measure and print; gives the ratios of batches of 500: fresh to raw, replayed to fresh."""
    with scratch_database() as url, server(url, WORKERS) as (port, pid):
        bench = Bench(url, port, pid)
        fresh: dict[int, list[Timing]] = {size: [] for size in RECORDS}
        replayed: dict[int, list[Timing]] = {size: [] for size in RECORDS}
        raw: dict[int, list[Timing]] = {links: [] for links in RAW_CONNECTIONS}
        for number in range(ROUNDS):
            say(f"round {number + 1} of {ROUNDS}")
            for size, records in RECORDS.items():
                bodies = bench.bodies(records, size)
                fresh[size].append(bench.pushed(bodies, records))
                replayed[size].append(bench.pushed(bodies, records))
            for links in RAW_CONNECTIONS:
                raw[links].append(bench.raw(RECORDS[500], 500, links))
        for size in RECORDS:
            say(_line(f"push, batches of {size}", fresh[size]))
            say(_line(f"replay, batches of {size}", replayed[size]))
        for links in RAW_CONNECTIONS:
            say(_line(f"raw INSERT, 500 rows, connections: {links}", raw[links]))
    ratios = {f"push_to_raw_{links}": _ratio(fresh[500], raw[links]) for links in RAW_CONNECTIONS}
    for links in RAW_CONNECTIONS:
        said = f"push at 500 to raw INSERT on {links} connection{'s' if links > 1 else ''}"
        say(f"{said}: {ratios[f'push_to_raw_{links}']:.2f}")
    ratios["replay_to_push"] = _ratio(replayed[500], fresh[500])
    say(f"replay at 500 to push at 500: {ratios['replay_to_push']:.2f}")
    return ratios


class Bench:
    """One scratch server and the tablet that pushes to it."""

    def __init__(self, url: str, port: int, pid: int) -> None:
        self.url = url
        self.port = port
        self.server = descendants(pid)
        self.population = Population(secrets.randbits(32), _villages(url), datetime.now(UTC).date())
        coordinator = self._call("auth/token/", _login("koordinator"))["access"]
        self.campaign = self._campaign(coordinator)
        enrolment = self._call(
            "sync/devices/", {"kader": self._kader(), "label": "bench"}, coordinator
        )
        self.token = self._call(
            "sync/devices/enrol/",
            {
                "enrolment_code": enrolment["enrolment_code"],
                "platform": "bench",
                "app_version": "1",
            },
        )["access"]

    def bodies(self, records: int, size: int) -> list[bytes]:
        """Encoded batches with `records` new workers in all."""
        return [
            json.dumps(
                {
                    "batch_id": str(uuid4()),
                    "sent_at": datetime.now(UTC).isoformat(),
                    "registrations": [
                        record_of(self.population.worker(), self.campaign) for _ in range(size)
                    ],
                }
            ).encode()
            for _ in range(records // size)
        ]

    def pushed(self, bodies: Sequence[bytes], records: int) -> Timing:
        """Push the bodies with several clients at once."""
        server_before = cpu_of(self.server)
        database_before = cpu_of(database_pids(self.url))
        began = time.perf_counter()
        _in_threads([partial(self._send, bodies[n::CLIENTS]) for n in range(CLIENTS)])
        took = time.perf_counter() - began
        return Timing(
            records / took,
            _each(cpu_since(server_before, self.server), records),
            _each(cpu_since(database_before, database_pids(self.url)), records),
        )

    def raw(self, records: int, size: int, links: int) -> Timing:
        """Insert copies of stored registrations under new ids, one statement and commit a batch."""
        with psycopg.connect(self.url) as link:
            rows = link.execute(
                "SELECT to_jsonb(r) FROM outreach_registration r LIMIT %s", [records]
            ).fetchall()
        if len(rows) < records:
            raise BenchError("Fewer registrations were stored than were pushed.")
        documents = [row | {"id": str(uuid4())} for (row,) in rows]
        columns = list(documents[0])
        statement = (
            f"INSERT INTO outreach_registration ({', '.join(columns)})"
            f" SELECT {', '.join(columns)} FROM {bulk.recordset(Registration, columns)}"
        )
        batches = [
            bulk.encode(documents[start : start + size]) for start in range(0, records, size)
        ]
        began = time.perf_counter()
        _in_threads(
            [partial(_insert, self.url, statement, batches[n::links]) for n in range(links)]
        )
        return Timing(records / (time.perf_counter() - began))

    def _send(self, bodies: Sequence[bytes]) -> None:
        link = HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        for body in bodies:
            link.request("POST", "/api/v1/sync/push/", body, headers)
            answer = link.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise BenchError(f"push answered {answer.status}: {text[:200]!r}")

    def _call(self, path: str, body: object, token: str = "", method: str = "POST") -> Any:
        link = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        link.request(method, f"/api/v1/{path}", json.dumps(body), headers)
        answer = link.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise BenchError(f"{path} answered {answer.status}: {text[:200]!r}")
        return json.loads(text)

    def _kader(self) -> int:
        with psycopg.connect(self.url) as link:
            row = link.execute("SELECT id FROM outreach_user WHERE username = 'kader1'").fetchone()
        assert row is not None
        return int(row[0])

    def _campaign(self, coordinator: str) -> str:
        now = datetime.now(UTC)
        with psycopg.connect(self.url) as link:
            office = link.execute("SELECT office_id FROM outreach_user WHERE username = 'kader1'")
            row = office.fetchone()
        assert row is not None
        return str(
            self._call(
                "campaigns/",
                {
                    "type": "market_drive",
                    "office": row[0],
                    "name": "Bench",
                    "starts_at": (now - timedelta(days=2)).isoformat(),
                    "ends_at": (now + timedelta(days=2)).isoformat(),
                    "time_zone": "Asia/Jakarta",
                    "venue": {"lat": LAT, "lon": LON, "radius_m": 50_000},
                    "team": [
                        {
                            "kader": self._kader(),
                            "first_day": (now - timedelta(days=3)).date().isoformat(),
                            "last_day": (now + timedelta(days=3)).date().isoformat(),
                        }
                    ],
                },
                coordinator,
            )["id"]
        )


def _login(username: str) -> dict[str, str]:
    return {"username": username, "password": settings.DEMO_PASSWORD}


def _villages(url: str) -> list[str]:
    with psycopg.connect(url) as link:
        rows = link.execute("SELECT code FROM outreach_region WHERE level = 4").fetchall()
    return [code for (code,) in rows]


def _insert(url: str, statement: str, batches: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as link:
        for batch in batches:
            link.execute(statement, [batch])


def _in_threads(jobs: Sequence[Callable[[], None]]) -> None:
    faults: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            faults.append(error)

    threads = [threading.Thread(target=guarded, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _each(seconds: float | None, records: int) -> float | None:
    return None if seconds is None else seconds / records * 1e6


def _ratio(ours: Sequence[Timing], theirs: Sequence[Timing]) -> float:
    """The median of the rounds' ratios: each round's two sides ran within the same minute."""
    return median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))


def _line(what: str, timings: Sequence[Timing]) -> str:
    rate = median(timing.rate for timing in timings)
    parts = [f"{what:<46}{rate:>9,.0f} records/s"]
    for name in ("server_us", "database_us"):
        known = [us for timing in timings if (us := getattr(timing, name)) is not None]
        if known:
            parts.append(f"{name.removesuffix('_us')} {median(known):,.0f} µs of CPU a record")
    return "   ".join(parts)
