"""What telling who is who costs with many people stored: made-up ones, in a throw-away database."""

import gc
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from statistics import median
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.management import call_command
from django.db import connection, transaction

from fixtures.people import Population, Worker
from outreach import bulk
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.scoring import shipped_model
from outreach.matching.arrivals import Arrival
from outreach.matching.judging import match
from outreach.matching.keys import keys_of, masked, sketches_of
from outreach.matching.records import sealed
from outreach.models import CampaignMember, Region, Registration, User
from outreach.places.village_index import village_index
from sync.bench.records import record_of
from sync.bench.scratch import (
    BenchError,
    connected,
    cpu_of,
    cpu_since,
    scratch_database,
    without_indexes,
)
from sync.push import Pusher, push
from sync.wire import Batch, typed

SEED = "match"
BATCH = 500
BATCHES = 8
HOMONYMS = 5
"""So many batches of them."""
AGAIN = 0.25
"""How many of those who are pushed are stored already."""
A_VILLAGE, A_DISTRICT, A_REGENCY = 500, 12, 20
"""People in a village, villages in a district, districts in a regency."""
CHUNK = 5000
KEPT = 20_000
FILLED = ("matchkey", "matchrecord", "registration", "person")
MAKERS = 2

Say = Callable[[str], None]


def bench_match(say: Say, stored: int) -> dict[str, float]:
    """Measure and print; gives milliseconds a record of a push and of matching alone, candidates a
    record, how fast a push is beside one on an empty store, and how slow one of homonyms."""
    with scratch_database() as url, connected(url):
        call_command("migrate", verbosity=0)
        call_command("load_demo", verbosity=0)
        bench = _Bench(stored)
        village_index()
        # As in the server: no search for cycles among what stays.
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)
        bench.pushes(2)  # Caches fill and statements are planned.
        empty = bench.pushes(BATCHES)
        say(f"push with {2 * BATCH:,} to {2 * BATCH + BATCH * BATCHES:,} stored: {empty}")
        began = time.perf_counter()
        bench.fill()
        say(f"{stored:,} people stored in {time.perf_counter() - began:.0f} s")
        figures = bench.sizes(say)
        bench.pushes(2)
        figures |= bench.matching(say)
        full = bench.pushes(BATCHES)
        say(f"push with {stored:,} people stored: {full}")
        figures |= {"push_ms_a_record": full.ms, "push_to_empty": empty.ms / full.ms}
        say(f"push beside an empty store: {figures['push_to_empty']:.2f} times as fast")
        alike = bench.homonyms(HOMONYMS)
        figures["homonyms_to_others"] = alike.ms / full.ms
        say(f"push of {HOMONYMS * BATCH:,} of one name and birth date: {alike}")
        say(f"homonyms beside others: {figures['homonyms_to_others']:.2f} times as long")
        return figures


class _Bench:
    """A store that is filled, and the tablet that pushes to it."""

    def __init__(self, stored: int) -> None:
        self._stored = stored
        self._met: list[Worker] = []
        self._pushed = 0
        kader = User.objects.filter(username="kader1").first()
        member = kader and CampaignMember.objects.filter(kader=kader).first()
        if not kader or not member:
            raise BenchError("The demo has no kader with a campaign.")
        self._pusher, self._campaign = Pusher(kader, None), member.campaign
        self._villages = _made_villages(max(stored // A_VILLAGE, 40))
        today = datetime.now(UTC).date()
        self._population = Population(SEED, self._villages, today)

    def pushes(self, number: int) -> "_Taken":
        """What a record of so many batches takes."""
        return _summed([self._push(self._batch()) for _ in range(number)])

    def homonyms(self, number: int) -> "_Taken":
        """The same of batches of people who bear one name and birth date in one regency."""
        regency = self._villages[: A_DISTRICT * A_REGENCY]
        population = Population(f"{SEED} homonyms", regency, datetime.now(UTC).date())
        shared = population.worker()
        alike = [
            replace(population.worker(), full_name=shared.full_name, birth_date=shared.birth_date)
            for _ in range(number * BATCH)
        ]
        parts = [alike[start : start + BATCH] for start in range(0, len(alike), BATCH)]
        return _summed([self._push(part) for part in parts])

    def _push(self, workers: Sequence[Worker]) -> "_Taken":
        now = datetime.now(UTC)
        body = {
            "batch_id": str(uuid4()),
            "sent_at": now.isoformat(),
            "registrations": [record_of(one, str(self._campaign.pk)) for one in workers],
        }
        began = _now()
        answer = push(typed(body, Batch), self._pusher, now)
        took = _since(began)
        if any(result.outcome == "rejected" for result in answer.results):
            raise BenchError("A record was rejected.")
        return took

    def _batch(self) -> list[Worker]:
        again = int(BATCH * AGAIN) if len(self._met) > BATCH else 0
        known = [self._met.pop() for _ in range(again)]
        new = [self._population.worker() for _ in range(BATCH - again)]
        if not again:
            self._met += new
        return [*known, *new]

    def matching(self, say: Say) -> dict[str, float]:
        """Keys, candidates, comparison and score alone, rolled back."""
        taken: list[_Taken] = []
        candidates = []
        for _ in range(BATCHES):
            arrivals = [Arrival(uuid4(), _facts(one, 1)) for one in self._batch()]
            with transaction.atomic():
                began = _now()
                found = match(arrivals)
                taken.append(_since(began))
            candidates.append(len(found.known) / BATCH)
        say(f"matching alone: {_summed(taken)}")
        say(f"stored candidates: {median(candidates):.1f} a record of a batch, each counted once")
        return {"match_ms_a_record": _summed(taken).ms, "candidates_a_record": median(candidates)}

    def sizes(self, say: Say) -> dict[str, float]:
        [(keys, records, rows, crowded)] = bulk.run(
            "SELECT pg_total_relation_size('outreach_matchkey'),"
            " pg_total_relation_size('outreach_matchrecord'),"
            " (SELECT count(*) FROM outreach_matchkey), (SELECT count(*) FROM outreach_crowdedkey)"
        )
        say(f"keys: {rows:,} in {keys / 2**20:,.0f} MiB, of which crowded {crowded:,}")
        say(f"facts: {records / 2**20:,.0f} MiB")
        return {"key_mib": keys / 2**20, "facts_mib": records / 2**20}

    def fill(self) -> None:
        """Store people, each with one registration, past the push: what it would store of them.

        They come from the same generator as those who are pushed and have the keys that a push
        would give them, so that names, dates and villages crowd as they would. A process makes
        each part; indexes are built at the end.
        """
        template = Registration.objects.earliest("received_at").id
        indexes = without_indexes(FILLED)
        connection.close()
        share = -(-self._stored // MAKERS)
        with ProcessPoolExecutor(MAKERS, get_context("fork")) as makers:
            parts = [
                makers.submit(self._made, part, min(share, self._stored - part * share), template)
                for part in range(MAKERS)
            ]
            self._met += [worker for part in parts for worker in part.result()]
        for definition in indexes:
            bulk.run(definition)
        bulk.run(
            "INSERT INTO outreach_crowdedkey SELECT key, true FROM outreach_matchkey"
            " GROUP BY key HAVING count(*) > 100 ON CONFLICT DO NOTHING"
        )
        for table in (*FILLED, "crowdedkey"):
            bulk.run(f"VACUUM (FREEZE, ANALYZE) outreach_{table}")

    def _made(self, part: int, number: int, template: UUID) -> list[Worker]:
        """Store a part of the people; gives some of them."""
        population = Population(f"{SEED} {part}", self._villages, datetime.now(UTC).date())
        kader = int(self._pusher.user.pk)
        met: list[Worker] = []
        for start in range(0, number, CHUNK):
            workers = [population.worker() for _ in range(min(CHUNK, number - start))]
            met += workers[: KEPT // MAKERS - len(met)]
            _store([(uuid4(), _facts(one, kader)) for one in workers], template)
        connection.close()
        return met


def _store(records: Sequence[tuple[UUID, Facts]], template: UUID) -> None:
    ids = [one for one, _ in records]
    people = [uuid4() for _ in records]
    bulk.run(
        "INSERT INTO outreach_person (id, state, created_at)"
        " SELECT id, 'none', now() FROM unnest(%s::uuid[]) AS new(id)",
        [bulk.array(people)],
    )
    columns = [str(field.column) for field in Registration._meta.concrete_fields]
    kept = [column for column in columns if column not in {"id", "person_id"}]
    bulk.run(
        f"INSERT INTO outreach_registration (id, person_id, {', '.join(kept)})"
        f" SELECT new.id, new.person, {', '.join(f'old.{column}' for column in kept)}"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS new(id, person)"
        " CROSS JOIN (SELECT * FROM outreach_registration WHERE id = %s LIMIT 1) AS old",
        [bulk.array(ids), bulk.array(people), template],
    )
    keys = {one: keys_of(facts).every for one, facts in records}
    rest = f"0\t{shipped_model().version}\t{datetime.now(UTC).isoformat()}\n"
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY outreach_matchrecord"
            " (registration_id, facts, keys, blank, model, arrived_at) FROM STDIN"
        ) as copy:
            copy.write(
                "".join(
                    f"{one}\t\\\\x{sealed(facts, one).hex()}\t{bulk.array(keys[one])}\t{rest}"
                    for one, facts in records
                )
            )
        with cursor.copy(
            "COPY outreach_matchkey (key, registration_id, sketch) FROM STDIN"
        ) as copy:
            sketches = masked([one.bytes for one in ids], sketches_of([own for _, own in records]))
            copy.write(
                "".join(
                    f"{key}\t{one}\t{sketch}\n"
                    for one, sketch in zip(ids, sketches, strict=True)
                    for key in keys[one]
                )
            )


def _facts(worker: Worker, kader: int) -> Facts:
    return facts_of(
        full_name=worker.full_name,
        birth_date=worker.birth_date,
        sex=worker.sex,
        nik=worker.nik,
        mother_name=worker.mother_name,
        phone=worker.phone or "",
        village=worker.village,
        address=f"{worker.address} {worker.rt} {worker.rw}",
        occupation=worker.occupation,
        kader=str(kader),
        captured_at=datetime.now(UTC),
    )


def _made_villages(number: int) -> list[str]:
    """Villages that exist nowhere, on the list, in districts and regencies of a usual size."""
    codes = []
    for at in range(number):
        district, village = divmod(at, A_DISTRICT)
        regency, district = divmod(district, A_REGENCY)
        codes.append(f"98.{regency + 1:02}.{district + 1:02}.{2001 + village}")
    levels = {2: (1, "province"), 5: (2, "regency"), 8: (3, "district"), 13: (4, "desa")}
    for length, (level, kind) in levels.items():
        bulk.insert(
            Region,
            [
                {
                    "code": code,
                    "level": level,
                    "kind": kind,
                    "name": f"Rekaan {code}",
                    "parent_id": code.rpartition(".")[0] or None,
                    "bps_code": "",
                    "time_zone": "Asia/Jakarta",
                }
                for code in sorted({code[:length] for code in codes})
            ],
        )
    return codes


class _Taken(NamedTuple):
    """Milliseconds a record: by the clock, and of CPU here and in the database where known."""

    wall_ms: float
    cpu_ms: float | None

    @property
    def ms(self) -> float:
        """What does not depend on who else is busy on this machine, where that is known."""
        return self.wall_ms if self.cpu_ms is None else self.cpu_ms

    def __str__(self) -> str:
        cpu = "" if self.cpu_ms is None else f", of CPU {self.cpu_ms:.3f} ms"
        return f"{self.wall_ms:.3f} ms a record{cpu}"


def _now() -> tuple[float, dict[int, float]]:
    return time.perf_counter(), cpu_of([os.getpid(), _backend()])


def _since(began: tuple[float, dict[int, float]]) -> _Taken:
    """What has been taken for each record of a batch."""
    wall_s = time.perf_counter() - began[0]
    cpu_s = cpu_since(began[1], [os.getpid(), _backend()])
    return _Taken(wall_s * 1000 / BATCH, None if cpu_s is None else cpu_s * 1000 / BATCH)


def _backend() -> int:
    [(pid,)] = bulk.run("SELECT pg_backend_pid()")
    return int(pid)


def _summed(taken: Sequence[_Taken]) -> _Taken:
    """The median by the clock; the mean of CPU time, which is counted in hundredths of a second."""
    cpu = [one.cpu_ms for one in taken if one.cpu_ms is not None]
    return _Taken(
        median(one.wall_ms for one in taken),
        sum(cpu) / len(cpu) if len(cpu) == len(taken) else None,
    )
