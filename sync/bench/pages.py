"""What the first view of each page costs: a large office, in a throw-away database."""

import gzip
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection, reset_queries
from django.http import HttpResponse
from django.test import Client

from outreach.models import Campaign, MatchPair, MonthFinding, Registration
from sync.bench.filling import PROVINCE, Filled, fill
from sync.bench.scratch import connected, cpu_of, cpu_since, parents_of, scratch_database
from sync.models import Device, HeldRecord

TIMES = 7
MOST_MS, MOST_KB = 300, 200
_ASSET = re.compile(r'(?:href|src)="/static/([^"?]+)"')

_HEAD = ("ms", "CPU ms", "kB", "kB packed", "+ assets", "statements")

Say = Callable[[str], None]


class Seen(NamedTuple):
    """The first view of a page: `ms` by the clock and of CPU here and in the database at the
    median and the mean, kB of the page as it is and compressed, and with what it loads."""

    ms: float
    cpu_ms: float | None
    kb: float
    packed_kb: float
    with_assets_kb: float
    statements: int

    @property
    def server_ms(self) -> float:
        """CPU where it is known: the clock counts what else the machine is at."""
        return self.ms if self.cpu_ms is None else self.cpu_ms

    @property
    def is_over(self) -> bool:
        return self.server_ms > MOST_MS or self.with_assets_kb > MOST_KB


def bench_pages(say: Say, stored: int) -> dict[str, float]:
    """Measure and print; gives the milliseconds and kB of the slowest and the largest page.

    The office is a regional one: it looks after all that is stored.
    """
    with scratch_database() as url, connected(url):
        call_command("migrate", verbosity=0)
        call_command("load_demo", verbosity=0)
        began = time.perf_counter()
        filled = fill(stored, say)
        say(f"{stored:,} registrations in {time.perf_counter() - began:.0f} s")
        return looked_at(filled, say)


def looked_at(filled: Filled, say: Say) -> dict[str, float]:
    """Look at every page as every role that may see it, and print; marked is what is over."""
    found: dict[str, Seen] = {}
    pages = [*_PAGES, *_own_pages(filled)]
    say(f"{'':44}" + "".join(f"{name:>11}" for name in _HEAD))
    for role, user in filled.users.items():
        client = Client(headers={"Host": "localhost", "Accept-Language": "id"})
        client.force_login(user, "backend.accounts.AccountBackend")
        for name, address in pages:
            if (seen := _seen(client, address)) is None:
                continue
            found[page := f"{role}: {name}"] = seen
            cells = ("–" if cell is None else f"{cell:.0f}" for cell in seen)
            over = "  over" if seen.is_over else ""
            say(f"{page:44}" + "".join(f"{cell:>11}" for cell in cells) + over)
    slowest = max(found, key=lambda page: found[page].server_ms)
    largest = max(found, key=lambda page: found[page].with_assets_kb)
    say(
        f"{len(found)} pages, {sum(seen.is_over for seen in found.values())} over; slowest:"
        f" {slowest}; largest: {largest}; load {os.getloadavg()[0]:.1f} meanwhile"
    )
    return {"ms": found[slowest].server_ms, "kb": found[largest].with_assets_kb}


_REGENCY = f"{PROVINCE}.01"
_PAGES = (
    ("standings", f"/standings/{PROVINCE}/"),
    ("standings, the country", "/standings/"),
    ("map", f"/standings/{PROVINCE}/map/"),
    ("map of a regency", f"/standings/{_REGENCY}/map/"),
    ("boards, offices", "/boards/"),
    ("boards, campaigns", "/boards/campaigns/"),
    ("boards, kader", "/boards/kader/"),
    ("monitoring", "/monitoring/"),
    ("monitoring of a regency", f"/monitoring/{_REGENCY}/"),
    ("regions", "/regions/"),
    ("region, a regency", f"/regions/{_REGENCY}/"),
    ("queue", "/queue/"),
    ("queue, clean", "/queue/?kind=clean"),
    ("queue, flagged", "/queue/?kind=flagged"),
    ("queue, conflicts", "/queue/?kind=conflicts"),
    ("queue, people", "/queue/?kind=people"),
    ("queue of a district", f"/queue/?village={_REGENCY}.01"),
    ("queue of a flag", "/queue/?flag=location_mocked"),
    ("queue of a fortnight ago", "/queue/?days=14"),
    ("accepting", "/queue/accept/"),
    ("findings", "/findings/"),
    ("findings, totals", "/findings/totals/"),
    ("calls", "/calls/"),
    ("calls, new ones", "/calls/new/"),
    ("held", "/held/"),
    ("campaigns", "/campaigns/"),
    ("campaigns, over", "/campaigns/?state=over"),
    ("campaigns, sent plans", "/campaigns/imports/"),
    ("new campaign", "/campaigns/new/"),
    ("people", "/people/"),
    ("people, a name", "/people/?q=Siti"),
    ("people, a rare name", "/people/?q=Siti+Aminah+Har"),
    ("people, a name and village", f"/people/?q=Siti&village={_REGENCY}.01"),
    ("people, nobody", "/people/?q=Xylophon"),
    ("tablets", "/tablets/"),
    ("new tablet", "/tablets/new/"),
    ("accounts", "/crew/"),
    ("new account", "/crew/new/"),
    ("own account", "/account/"),
    ("home", "/"),
)


def _own_pages(filled: Filled) -> Iterator[tuple[str, str]]:
    """Pages of one thing: a village, the campaign with most, a case of each kind, a person."""
    yield "village", f"/standings/{filled.village}/"
    yield "region, a village", f"/regions/{filled.village}/"
    campaign = Campaign.objects.filter(name__startswith="Rekaan").latest("starts_at")
    yield "campaign", f"/campaigns/{campaign.pk}/"
    yield "campaign, its day", f"/campaigns/{campaign.pk}/day/"
    yield "campaign, changing it", f"/campaigns/{campaign.pk}/edit/"
    yield "campaign, messages", f"/campaigns/{campaign.pk}/messages/"
    yield "office, messages", f"/offices/{campaign.office_id}/messages/"
    case = Registration.objects.filter(status="flagged", campaign__office=campaign.office_id)[0]
    yield "case", f"/queue/registrations/{case.pk}/"
    asked = MatchPair.objects.filter(is_open=True, left__campaign__name__startswith="Rekaan")
    pair = asked.select_related("left", "right")[0]
    yield "question", f"/queue/questions/{pair.pk}/"
    yield "two people", f"/people/{pair.left.person_id}/merge/{pair.right.person_id}/"
    yield "person", f"/people/{pair.left.person_id}/"
    held = HeldRecord.objects.filter(campaign__office=campaign.office_id)[0]
    yield "held record", f"/held/{held.pk}/"
    finding = MonthFinding.objects.filter(kader__office=campaign.office_id)[0]
    yield "finding", f"/findings/{finding.pk}/"
    yield "account", f"/crew/{finding.kader_id}/"
    tablet = Device.objects.filter(kader=finding.kader_id)[0]
    yield "tablet", f"/tablets/{tablet.pk}/"
    yield "tablet, revoking it", f"/tablets/{tablet.pk}/revoke/"


def _seen(client: Client, address: str) -> Seen | None:
    """What a page costs; None for one that is not this role's."""
    answer = _answer(client, address)
    if answer is None:
        return None
    with _statements() as count:
        _answer(client, address)
    statements = count()
    backend = connection.connection.info.backend_pid
    # Parallel workers are the parent's children: what they took is its own once they are over.
    pids = [os.getpid(), backend, *parents_of([backend])]
    taken, before = [], cpu_of(pids)
    for _ in range(TIMES):
        began = time.perf_counter()
        _answer(client, address)
        taken.append((time.perf_counter() - began) * 1000)
    cpu_s = cpu_since(before, pids)
    packed = len(gzip.compress(answer.content, 6))
    assets = sum(map(_packed, set(_ASSET.findall(answer.content.decode()))))
    return Seen(
        median(taken),
        None if cpu_s is None else cpu_s * 1000 / TIMES,
        len(answer.content) / 1000,
        packed / 1000,
        (packed + assets) / 1000,
        statements,
    )


def _answer(client: Client, address: str) -> HttpResponse | None:
    answer = client.get(address, follow=True)
    if answer.status_code == 403:
        return None
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer  # type: ignore[return-value]  # what the client adds is not needed here


def _packed(asset: str) -> int:
    path = finders.find(asset)
    return len(gzip.compress(Path(path).read_bytes(), 6)) if isinstance(path, str) else 0


@contextmanager
def _statements() -> Iterator[Callable[[], int]]:
    reset_queries()
    connection.force_debug_cursor = True
    try:
        yield lambda: len(connection.queries)
    finally:
        connection.force_debug_cursor = False
