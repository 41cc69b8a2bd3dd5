"""The campaign of the change log: many write, few follow, and nobody misses anything."""

import random
import threading
import time
from collections import Counter
from functools import partial
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.hostile.campaigns import Say, at_work, judged
from tests.hostile.laws import Link
from tests.hostile.reports import Report
from tests.hostile.servers import Site
from tests.hostile.tablets import NoAnswer, Tablet, team

WRITERS = 6
MOST_IN_A_BATCH = 50
LONGEST_PAGE = 500
PAUSE_S = 0.01


class Reader:
    """Follows the log in the database itself, as anybody with a number for a cursor would."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.seen: list[int] = []
        self._last = 0

    def follow(self, stopped: threading.Event) -> None:
        """Read until `stopped`, and then once more."""
        with psycopg.connect(self._url, autocommit=True) as link:
            while True:
                is_last = stopped.is_set()
                rows = link.execute(
                    "SELECT seq FROM outreach_change WHERE seq > %s ORDER BY seq", [self._last]
                ).fetchall()
                self.seen += [seq for (seq,) in rows]
                self._last = self.seen[-1] if self.seen else 0
                if is_last:
                    return
                time.sleep(PAUSE_S)


class Puller:
    """Follows the changes of one kader over HTTP, beginning with the first sync."""

    def __init__(self, tablet: Tablet, seed: object) -> None:
        self.tablet = tablet
        self.told: Counter[str] = Counter()
        """How often it was told of each registration since the first sync."""
        self.pages = 0
        self._random = random.Random(f"{seed}/pull")
        self._cursor = ""

    def first_sync(self) -> None:
        """Pull everything that is there."""
        while self._page():
            pass
        self.told.clear()

    def follow(self, stopped: threading.Event) -> None:
        """Pull until `stopped`, and then until there is nothing more."""
        while True:
            is_last = stopped.is_set()
            while self._page():
                pass
            if is_last:
                return
            time.sleep(PAUSE_S)

    def _page(self) -> bool:
        """One page; whether there is more at once."""
        asked: dict[str, object] = {"limit": self._random.randint(1, LONGEST_PAGE)}
        if self._cursor:
            asked["cursor"] = self._cursor
        try:
            page = self.tablet.call("GET", f"sync/changes/?{urlencode(asked)}")
        except NoAnswer:
            return True
        self.pages += 1
        self.told.update(
            change["id"] for change in page["changes"] if change["kind"] == "registration"
        )
        self._cursor = page["cursor"]
        return bool(page["has_more"])


def changes(site: Site, say: Say, *, seed: int, number: int) -> Report:
    """Six tablets write, two follow over HTTP and two in the database."""
    report = Report(f"{number:,} changes by {WRITERS} writers, followed by 2 tablets")
    outing = team(site.ports[0], WRITERS + 2)
    tablets = [
        Tablet(site.ports[at % len(site.ports)], *owned) for at, owned in enumerate(outing.tokens)
    ]
    writers, pullers = tablets[:WRITERS], [Puller(one, seed) for one in tablets[WRITERS:]]
    readers = [Reader(site.url) for _ in pullers]
    for puller in pullers:
        puller.first_sync()
    with site.link() as link:
        before = _newest(link)
    records = outing.records(number, seed)
    stopped = threading.Event()
    following = [partial(one.follow, stopped) for one in readers]
    following += [partial(one.follow, stopped) for one in pullers]
    writing = [
        partial(
            tablet.push_all, records[at::WRITERS], random.Random(f"{seed}/{at}"), MOST_IN_A_BATCH
        )
        for at, tablet in enumerate(writers)
    ]
    with at_work([*writing, *following], report) as jobs:
        try:
            while not all(job.done() for job in jobs[:WRITERS]):
                time.sleep(0.5)
                say(f"{sum(len(tablet.told) for tablet in writers):,} written")
        finally:
            stopped.set()
    with site.link() as link:
        log: list[tuple[Any, ...]] = link.execute(
            "SELECT seq, kind, object_id, kader_id FROM outreach_change"
        ).fetchall()
    report.figures["changes in the log"] = sum(seq > before for seq, *_ in log)
    report.figures["pages pulled"] = sum(puller.pages for puller in pullers)
    for reader in readers:
        _compare(report, "read in SQL", Counter(reader.seen), Counter(seq for seq, *_ in log))
    for puller in pullers:
        own = Counter(
            str(key)
            for seq, kind, key, kader in log
            if seq > before and kind == "registration" and kader == puller.tablet.kader
        )
        _compare(report, "pulled", puller.told, own)
    return judged(report, site, tablets, number)


def _newest(link: Link) -> int:
    [(newest,)] = link.execute("SELECT coalesce(max(seq), 0) FROM outreach_change").fetchall()
    return int(newest)


def _compare(report: Report, how: str, told: Counter[Any], log: Counter[Any]) -> None:
    """Hold what was told against the log; a page tells once of what is in it twice."""
    skipped = [key for key in log if key not in told]
    doubled = [key for key, times in told.items() if times > log[key]]
    report.figures.setdefault(f"{how}, changes", 0)
    report.figures[f"{how}, changes"] += told.total()
    if skipped:
        report.broken.append(f"{len(skipped):,} changes skipped, {how}: {skipped[:3]}")
    if doubled:
        report.broken.append(f"{len(doubled):,} changes told twice, {how}: {doubled[:3]}")
