"""Campaigns of pushes: each does a site harm under load, and then asks for every law."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from tests.hostile.laws import broken_laws, told_of, wrong_receipts
from tests.hostile.proxy import ROUGH, Proxy
from tests.hostile.reports import Report
from tests.hostile.servers import Site
from tests.hostile.tablets import Tablet, Team, team

Say = Callable[[str], None]

PUSH = "/api/v1/sync/push/"
TABLETS = 16
WRITERS = 8
COPIES = 8
MOST_IN_A_BATCH = 8
"""Small batches, so that many acknowledgements can be lost."""


def lost_answers(site: Site, say: Say, *, seed: int, number: int) -> Report:
    """Push over a network that loses every third answer, to servers that get killed meanwhile."""
    report = Report(f"{number:,} records over a bad network, servers killed")
    rng = random.Random(f"{seed}/lost")
    outing = team(site.ports[0], TABLETS)
    with Proxy(site.ports, ROUGH, seed) as proxy:
        tablets = outing.tablets(proxy.port)
        records = outing.records(number, seed)
        work = [
            partial(
                tablet.push_all,
                records[at::TABLETS],
                random.Random(f"{seed}/{at}"),
                MOST_IN_A_BATCH,
            )
            for at, tablet in enumerate(tablets)
        ]

        def tell() -> None:
            lost = proxy.counts[f"lost {PUSH}"]
            say(f"{_acknowledged(tablets):,} acknowledged, {lost:,} answers lost")

        with at_work(work, report) as jobs:
            kill_while(jobs, site, rng, report, tell)
        report.figures |= {
            "acknowledgements lost": proxy.counts[f"lost {PUSH}"],
            "requests cut before or inside": proxy.counts["cut_before"]
            + proxy.counts["cut_request"],
            "connections ended before the answer": proxy.counts["leave_early"],
            "requests doubled": proxy.counts["repeat"],
            "requests overtaken": proxy.counts["reorder"],
        }
        if proxy.counts[f"lost {PUSH}"] < number / 10:
            report.broken.append("too few acknowledgements lost to prove anything")
    return judged(report, site, tablets, number)


def copies(site: Site, say: Say, *, seed: int, number: int) -> Report:
    """Push copies of a batch at the same moment to all servers, over and over."""
    report = Report(f"{COPIES} copies of a batch at once, {number:,} times")
    outing = team(site.ports[0], COPIES, kader=1)
    tablets = [
        Tablet(site.ports[at % len(site.ports)], *owned) for at, owned in enumerate(outing.tokens)
    ]
    size = 3
    records = outing.records(number * size, seed)
    gate = threading.Barrier(COPIES)

    def push(tablet: Tablet) -> None:
        try:
            for start in range(0, len(records), size):
                gate.wait(timeout=120)
                tablet.push(records[start : start + size])
        except BaseException:
            gate.abort()
            raise

    with at_work([partial(push, tablet) for tablet in tablets], report) as jobs:
        while not all(job.done() for job in jobs):
            time.sleep(1)
            say(f"{len(tablets[0].told):,} of {len(records):,} acknowledged")
    answers = _acknowledged(tablets)
    fresh = Counter(key for tablet in tablets for key in tablet.fresh)
    report.figures["answers of 200"] = answers // size
    report.figures["records said to be new"] = len(fresh)
    if answers != len(records) * COPIES:
        report.broken.append(f"{answers:,} records answered, not {len(records) * COPIES:,}")
    if set(fresh.values()) != {1}:
        report.broken.append("records were said to be new more than once")
    for tablet in tablets:
        for key, told in tablet.told.items():
            if told != tablets[0].told[key]:
                tablet.faults.append(f"{key}: {tablets[0].told[key]}, and {told} to another copy")
    return judged(report, site, tablets, len(records))


def restarts(site: Site, say: Say, *, seed: int, number: int) -> Report:
    """Crash PostgreSQL under load, over and over."""
    report = Report(f"{number:,} immediate restarts of PostgreSQL under load")
    rng = random.Random(f"{seed}/restarts")
    outing = team(site.ports[0], WRITERS)
    stopped = threading.Event()
    tablets = [
        Tablet(site.ports[at % len(site.ports)], *owned) for at, owned in enumerate(outing.tokens)
    ]
    idle = 0
    with at_work(
        [
            partial(_keep_pushing, tablet, outing, f"{seed}/{at}", stopped)
            for at, tablet in enumerate(tablets)
        ],
        report,
    ) as jobs:
        try:
            for crash in range(number):
                _wait_for_another(tablets, within_s=30)
                time.sleep(rng.uniform(0, 0.5))
                idle += not site.writing()
                site.database.crash()
                say(f"{crash + 1:,} restarts, {_acknowledged(tablets):,} acknowledged")
                if any(job.done() for job in jobs):
                    break
        finally:
            stopped.set()
    report.figures["restarts in an open transaction"] = crash + 1 - idle
    return judged(report, site, tablets)


def _keep_pushing(tablet: Tablet, outing: Team, seed: str, stopped: threading.Event) -> None:
    rng = random.Random(seed)
    lot = 0
    while not stopped.is_set():
        lot += 1
        tablet.push_all(outing.records(100, f"{seed}/{lot}"), rng, MOST_IN_A_BATCH, stopped)


@contextmanager
def at_work(jobs: Sequence[Callable[[], Any]], report: Report) -> Iterator[list[Future[Any]]]:
    """Run jobs in threads, from here to the end of the block; notes what broke and how long."""
    began_at = time.monotonic()
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(job) for job in jobs]
        yield futures
    report.figures["seconds"] = time.monotonic() - began_at
    for future in futures:
        if error := future.exception():
            report.broken.append(f"a tablet could not go on: {type(error).__name__} {error}")


def kill_while(
    jobs: Sequence[Future[Any]],
    site: Site,
    rng: random.Random,
    report: Report,
    tell: Callable[[], None],
) -> None:
    """Kill servers and workers in open transactions until the jobs are done."""
    kills: Counter[str] = Counter()
    while not all(job.done() for job in jobs):
        kills[site.kill_in_transaction(rng)] += 1
        time.sleep(rng.uniform(1, 3))
        tell()
    report.figures["workers killed in an open transaction"] = kills["worker"]
    report.figures["servers killed in an open transaction"] = kills["server"]
    if not kills["worker"] + kills["server"]:
        report.broken.append("nobody was killed in an open transaction")


def judged(
    report: Report, site: Site, tablets: Sequence[Tablet], number: int | None = None
) -> Report:
    """The report with what the tablets, the database and the receipts say; `number` records are
    to be acknowledged where that is known."""
    for tablet in tablets:
        tablet.port = site.ports[0]
        tablet.close()
        report.broken += tablet.faults
    told = told_of(tablets)
    counts = sum((tablet.counts for tablet in tablets), Counter[str]())
    report.figures = {"records acknowledged": len(told), **report.figures, **counts}
    if number not in (None, len(told)):
        report.broken.append(f"{len(told):,} records acknowledged, not {number:,}")
    with site.link() as link:
        report.broken += broken_laws(link, told)
        report.broken += wrong_receipts(link, tablets)
    return report


def _acknowledged(tablets: Sequence[Tablet]) -> int:
    return sum(len(tablet.told) for tablet in tablets)


def _wait_for_another(tablets: Sequence[Tablet], within_s: float) -> None:
    """Until more is acknowledged than is now, or the time is over."""
    before, deadline = _acknowledged(tablets), time.monotonic() + within_s
    while _acknowledged(tablets) == before and time.monotonic() < deadline:
        time.sleep(0.02)
