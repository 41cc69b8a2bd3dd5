"""A run of the fleet: out in the morning, back with signal in the evening, judged at the end."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TextIO

import httpx

from sync.fleet.network import SIGNALS, Network, NoSignal, Traffic
from sync.fleet.office import FleetError, Office, Region
from sync.fleet.places import Gazetteer
from sync.fleet.records import Recorder, record_id
from sync.fleet.stories import Stories
from sync.fleet.tablet import Tablet, TabletFailed
from sync.fleet.truth import Fact
from sync.fleet.verdict import (
    Answer,
    Comparison,
    Counts,
    answer_of,
    compare,
    digest_due,
    standings_differences,
    standings_due,
)
from sync.fleet.world import World, plan

RECEIPTS_ASKED = 1000
EVENING_PATIENCE, LAST_PATIENCE = 4, 60
LAST_ROUNDS = 20
EVENINGS_WITH_SIGNAL = {"good": 0.95, "weak": 0.7, "bad": 0.5}


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do. `at_once`: how many tablets have signal at the same time."""

    within: str
    tablets: int
    records: int
    days: int
    seed: int
    signal: str
    at_once: int
    verify: bool

    @property
    def lot(self) -> str:
        """What chance is drawn from: one seed makes other people and records in each region."""
        return f"{self.seed}/{self.within}"


@dataclass(slots=True)
class Report:
    """What a run did and found so far."""

    traffic: Traffic = field(default_factory=Traffic)
    facts: list[Fact] = field(default_factory=list)
    pushed_s: float = 0.0
    comparison: Comparison | None = None
    verified: int = 0
    standings_compared: int = 0
    digests: int = 0
    differences: list[str] = field(default_factory=list)
    stopped: str = ""
    """Why the run ended early; empty when it did not."""

    @property
    def is_right(self) -> bool:
        return self.comparison is not None and not (self.differences or self.stopped)


Progress = Callable[[str], None]


class Run:
    """One run against one server."""

    def __init__(self, order: Order, office: Office, client: httpx.Client, say: Progress) -> None:
        self._order = order
        self._office = office
        self._client = client
        self._say = say
        self._stop = threading.Event()
        self._quiet = Network(client, SIGNALS["good"], random.Random(0), Traffic())
        self._tablets: list[Tablet] = []
        self._new: list[bool] = []
        self._failed: set[int] = set()
        self.report = Report()

    def stop(self, why: str) -> None:
        """Have the run end as soon as the requests under way are answered."""
        self.report.stopped = self.report.stopped or why
        self._stop.set()

    def go(self, truth: Path) -> None:
        """Do all of it; `report` holds what was found, also when it is stopped on the way.

        The truth is written over what was in the file once the run can begin. Raises FleetError
        when it cannot begin or cannot be judged, OSError when the file cannot be written.
        """
        self._say("reading the region")
        region = self._office.region(self._order.within)
        world = self._world(region, Gazetteer(self._office.boundaries(region)))
        stories = Stories(self._order.lot, world, world.days[0])
        recorder = Recorder(self._order.lot, world, stories)
        self._enrol(world, recorder)
        before = self._office.standings(region.code)
        started_at = time.monotonic()
        try:
            with truth.open("w", encoding="utf-8") as truth_file:
                self._work(world, recorder, truth_file)
        finally:
            self.report.pushed_s = time.monotonic() - started_at
        if not self._stop.is_set():
            self._judge(before)

    def _world(self, region: Region, gazetteer: Gazetteer) -> World:
        order = self._order
        today = datetime.now(region.zone).date()
        return plan(
            order.lot,
            gazetteer,
            region.zone,
            tablets=order.tablets,
            records=order.records,
            days=[today - timedelta(days=back) for back in range(order.days, 0, -1)],
        )

    def _enrol(self, world: World, recorder: Recorder) -> None:
        order, office = self._order, self._office
        office.settle_in(order.within)
        kaders = office.kaders(order.tablets, self._say)
        for number, kader in enumerate(kaders):
            self._say(f"enrolling tablet {number + 1} of {order.tablets}")
            rng = random.Random(f"{order.lot}/tablet/{number}")
            tablet = Tablet(
                Network(self._client, SIGNALS[order.signal], rng, self.report.traffic),
                office.enrolled(kader, f"Simulasi {number + 1}"),
                rng,
                self.report.traffic,
                zone=world.zone,
                clock_error=recorder.clock_error(number),
                stopped=self._stop,
            )
            first = record_id(order.lot, number, 0)
            [told] = tablet.receipts(self._quiet, [first])
            if told["outcome"] != "unknown":
                raise FleetError(
                    f"Seed {order.seed} was played on this server before: take another --seed."
                )
            digest = tablet.digest(self._quiet)
            self._new.append(digest is not None and digest["count"] == 0)
            self._tablets.append(tablet)
        for at, campaign in enumerate(world.campaigns):
            self._say(f"planning campaign {at + 1} of {len(world.campaigns)}")
            office.create(campaign, kaders, world.zone)

    def _work(self, world: World, recorder: Recorder, truth_file: TextIO) -> None:
        """Capture day by day and sync in the evenings, then until nothing waits any more."""
        order = self._order
        evenings = random.Random(f"{order.lot}/evenings")
        with ThreadPoolExecutor(max_workers=min(order.at_once, order.tablets)) as pool:
            try:
                for number, outings in enumerate(world.outings):
                    for captured in chain.from_iterable(map(recorder.captures, outings)):
                        self._tablets[captured.fact.kader].capture([captured.outgoing])
                        self.report.facts.append(captured.fact)
                        captured.write(truth_file)
                    online = [
                        at
                        for at in range(order.tablets)
                        if evenings.random() < EVENINGS_WITH_SIGNAL[order.signal]
                    ]
                    evenings.shuffle(online)
                    self._sync(pool, online, EVENING_PATIENCE, f"day {number + 1}/{order.days}")
                for _ in range(LAST_ROUNDS):
                    waiting = [at for at, tablet in enumerate(self._tablets) if tablet.waiting]
                    self._sync(pool, waiting, LAST_PATIENCE, "the rest")
            except KeyboardInterrupt:
                self.stop("interrupted")

    def _sync(
        self, pool: ThreadPoolExecutor, online: Sequence[int], patience: int, what: str
    ) -> None:
        under_way = {
            pool.submit(self._tablets[at].sync, patience): at
            for at in online
            if at not in self._failed and not self._stop.is_set()
        }
        pending = set(under_way)
        while pending:
            done, pending = wait(pending, timeout=0.5)
            for future in done:
                try:
                    future.result()
                except TabletFailed as error:
                    at = under_way[future]
                    self._failed.add(at)
                    self.report.differences.append(f"lost: tablet {at + 1} cannot go on: {error}")
            counts = self.report.traffic.counts
            self._say(
                f"{what}: {counts['acknowledged']:,} of {self._order.records:,} acknowledged, "
                f"{counts['requests']:,} requests, {counts['answers lost']:,} answers lost"
            )

    def _judge(self, before: Mapping[str, Counts]) -> None:
        report, office, within = self.report, self._office, self._order.within
        self._say("asking for all receipts")
        answers = self._answers()
        report.comparison = compare(report.facts, answers)
        report.differences += report.comparison.differences
        report.differences += [fault for tablet in self._tablets for fault in tablet.faults]
        report.differences += self._digest_differences(answers)
        people = {key: answer.person for key, answer in answers.items() if answer.person}
        self._say("comparing standings")
        report.differences += standings_differences(
            before, office.standings(within), standings_due(report.facts, people, frozenset())
        )
        report.standings_compared += 1
        if self._order.verify:
            accepted = [key for key, answer in answers.items() if answer.outcome == "accepted"]
            office.verify(accepted, self._say)
            report.verified = len(accepted)
            report.differences += standings_differences(
                before,
                office.standings(within),
                standings_due(report.facts, people, frozenset(accepted)),
            )
            report.standings_compared += 1

    def _answers(self) -> dict[str, Answer]:
        """What the server says now of every record, by id; nothing of those it does not know."""
        answers: dict[str, Answer] = {}
        for number, ids in self._ids().items():
            for start in range(0, len(ids), RECEIPTS_ASKED):
                try:
                    told = self._tablets[number].receipts(
                        self._quiet, ids[start : start + RECEIPTS_ASKED]
                    )
                except (TabletFailed, NoSignal) as error:
                    self.report.differences.append(f"lost: no receipts for tablet: {error}")
                    continue
                answers |= {result["id"]: answer_of(result) for result in told}
        return answers

    def _digest_differences(self, answers: Mapping[str, Answer]) -> Iterator[str]:
        """Digests that do not match, of kader who had no records before."""
        for number, ids in self._ids().items():
            if not self._new[number]:
                continue
            told = self._tablets[number].digest(self._quiet) or {}
            due = digest_due((key, answers[key].revision) for key in ids if key in answers)
            self.report.digests += 1
            if (told.get("count"), told.get("digest")) != due:
                yield f"digest: tablet {number + 1} is told {told}, not {due}"

    def _ids(self) -> dict[int, list[str]]:
        ids: dict[int, list[str]] = defaultdict(list)
        for fact in self.report.facts:
            ids[fact.kader].append(fact.id)
        return ids
