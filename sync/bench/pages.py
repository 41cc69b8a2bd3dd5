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

from outreach.models import Campaign, MatchPair, Person, Registration
from sync.bench.filling import PROVINCE, Filled, fill
from sync.bench.scratch import connected, cpu_of, cpu_since, scratch_database
from sync.models import HeldRecord

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
    """Look at every page as every role, and print."""
    found: dict[str, Seen] = {}
    say(f"{'':44}" + "".join(f"{name:>11}" for name in _HEAD))
    for role, user in filled.users.items():
        client = Client(headers={"Host": "localhost", "Accept-Language": "id"})
        client.force_login(user, "backend.accounts.AccountBackend")
        for name, address in _pages(role, filled):
            page = f"{role}: {name}"
            seen = found[page] = _seen(client, address)
            cells = ("–" if cell is None else f"{cell:.0f}" for cell in seen)
            over = "  over" if seen.ms > MOST_MS or seen.with_assets_kb > MOST_KB else ""
            say(f"{page:44}" + "".join(f"{cell:>11}" for cell in cells) + over)
    slowest = max(found, key=lambda page: found[page].ms)
    largest = max(found, key=lambda page: found[page].with_assets_kb)
    say(f"slowest: {slowest}; largest: {largest}; load {os.getloadavg()[0]:.1f} meanwhile")
    return {"ms": found[slowest].ms, "kb": found[largest].with_assets_kb}


def _pages(role: str, filled: Filled) -> Iterator[tuple[str, str]]:
    yield from _STAFF_PAGES
    yield "village", f"/standings/{filled.village}/"
    yield "region of a village", f"/regions/{filled.village}/"
    if role in {"coordinator", "administrator"}:
        yield from _KEEPER_PAGES
        yield from _own_pages()
    yield "home", "/"


_REGENCY = f"{PROVINCE}.01"
_STAFF_PAGES = (
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
)
_KEEPER_PAGES = (
    ("queue", "/queue/"),
    ("queue, clean", "/queue/?kind=clean"),
    ("queue, people", "/queue/?kind=people"),
    ("queue of a district", f"/queue/?village={_REGENCY}.01"),
    ("accepting", "/queue/accept/"),
    ("held", "/held/"),
    ("campaigns", "/campaigns/"),
    ("campaigns, over", "/campaigns/?state=over"),
    ("new campaign", "/campaigns/new/"),
    ("people", "/people/"),
    ("people, a name", "/people/?q=Siti"),
    ("people, a rare name", "/people/?q=Siti+Aminah+Har"),
    ("people, a name and village", f"/people/?q=Siti&village={_REGENCY}.01"),
    ("people, nobody", "/people/?q=Xylophon"),
    ("tablets", "/tablets/"),
    ("accounts", "/crew/"),
)


def _own_pages() -> Iterator[tuple[str, str]]:
    """Pages of one thing: the campaign with most, a case of each kind, a person, a held record."""
    campaign = Campaign.objects.filter(name__startswith="Rekaan").latest("starts_at")
    yield "campaign", f"/campaigns/{campaign.pk}/"
    yield "campaign, its day", f"/campaigns/{campaign.pk}/day/"
    yield "campaign, changing it", f"/campaigns/{campaign.pk}/edit/"
    case = Registration.objects.filter(status="flagged", campaign=campaign).first()
    if case:
        yield "case", f"/queue/registrations/{case.pk}/"
    pair = MatchPair.objects.filter(is_open=True, left__campaign__name__startswith="Rekaan")[:1]
    yield "question", f"/queue/questions/{pair[0].pk}/"
    person = Person.objects.filter(registrations__campaign=campaign).first()
    if person:
        yield "person", f"/people/{person.pk}/"
    held = HeldRecord.objects.filter(campaign=campaign).first()
    if held:
        yield "held record", f"/held/{held.pk}/"


def _seen(client: Client, address: str) -> Seen:
    answer = _answer(client, address)
    with _statements() as count:
        _answer(client, address)
    statements = count()
    pids = [os.getpid(), connection.connection.info.backend_pid]
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


def _answer(client: Client, address: str) -> HttpResponse:
    answer = client.get(address, follow=True)
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
