"""Figures, not laws: how much goes over the air, and how long a push takes under load."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from tests.hostile.campaigns import Say, at_work, judged
from tests.hostile.proxy import CALM, Proxy
from tests.hostile.reports import Report
from tests.hostile.servers import Site
from tests.hostile.tablets import Tablet, team
from tests.hostile.territory import REGENCY, load_territory

VILLAGES = 400
TABLETS = 64
BATCH = 20
BATCHES = 4
AT_ONCE = 500


def sizes(site: Site, say: Say, *, seed: int, number: int) -> Report:
    """First sync of a territory of 400 villages with `number` own records, and 64 tablets' pushes,
    each plain and gzipped."""
    report = Report(f"sizes: {VILLAGES} villages, {number:,} records, {TABLETS} tablets")
    middle = load_territory(site, VILLAGES)
    outing = team(site.ports[0], TABLETS, 8, region=REGENCY, user="admin", venue=middle)
    records = outing.records(number, seed)
    with Proxy(site.ports, CALM, seed) as proxy:
        tablets = outing.tablets(proxy.port)
        first = tablets[0]
        for start in range(0, number, AT_ONCE):
            first.push(records[start : start + AT_ONCE])
            say(f"{start + AT_ONCE:,} records pushed")
        for first.packs in (False, True):
            for boundaries in (False, True):
                _first_sync(report, proxy, first, boundaries=boundaries)
        for packs in (False, True):
            _pushes(report, proxy, tablets, outing.records(TABLETS * BATCH * BATCHES, packs), packs)
    return judged(report, site, tablets)


def _first_sync(report: Report, proxy: Proxy, tablet: Tablet, *, boundaries: bool) -> None:
    up, down, began_at = proxy.up, proxy.down, time.monotonic()
    pages, told, page = 0, 0, {"cursor": "", "has_more": True}
    while page["has_more"]:
        asked = {"cursor": page["cursor"], "boundaries": boundaries}
        page = tablet.call("GET", f"sync/changes/?{urlencode(asked)}")
        pages += 1
        told += len(page["changes"])
    what = f"first sync{' with outlines' * boundaries}, {_packing(tablet.packs)}"
    report.figures |= {
        f"{what}: things in {pages} pages": told,
        f"{what}: bytes down": proxy.down - down,
        f"{what}: bytes up": proxy.up - up,
        f"{what}: seconds": time.monotonic() - began_at,
    }


def _pushes(
    report: Report,
    proxy: Proxy,
    tablets: Sequence[Tablet],
    records: Sequence[dict[str, Any]],
    packs: bool,
) -> None:
    """All tablets push one batch after the other."""
    took: list[float] = []
    up, down = proxy.up, proxy.down

    def push(tablet: Tablet, own: Sequence[dict[str, Any]]) -> None:
        tablet.packs = packs
        for start in range(0, len(own), BATCH):
            began_at = time.monotonic()
            tablet.push(own[start : start + BATCH])
            took.append(time.monotonic() - began_at)

    work = [partial(push, one, records[at::TABLETS]) for at, one in enumerate(tablets)]
    with at_work(work, report):
        pass
    took.sort()
    what = f"push of {BATCH} records, {_packing(packs)}"
    report.figures |= {
        f"{what}: bytes up, each": (proxy.up - up) // max(1, len(took)),
        f"{what}: bytes down, each": (proxy.down - down) // max(1, len(took)),
        f"{what}: records a second": len(records) / float(report.figures.pop("seconds")),
        f"{what}: p50 s": took[len(took) // 2],
        f"{what}: p95 s": took[int(len(took) * 0.95)],
    }


def _packing(packs: bool) -> str:
    return "gzip" if packs else "plain"
