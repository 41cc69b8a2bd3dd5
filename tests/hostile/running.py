"""The command: runs campaigns, prints a table, and tells by its status whether every law held."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.hostile import campaigns, following, photos, sizes
from tests.hostile.crashing import Database
from tests.hostile.planting import PLANTS
from tests.hostile.reports import Report, shown
from tests.hostile.servers import Site, site

SILENCE_S = 5.0


class Campaign(NamedTuple):
    """A campaign by its name: what it does, and how much of it in the long and the short form."""

    run: Callable[..., Report]
    long: int
    short: int


CAMPAIGNS = {
    "lost": Campaign(campaigns.lost_answers, long=30_000, short=300),
    "copies": Campaign(campaigns.copies, long=1_000, short=20),
    "restarts": Campaign(campaigns.restarts, long=100, short=3),
    "changes": Campaign(following.changes, long=100_000, short=900),
    "photos": Campaign(photos.photos, long=3_000, short=45),
    "sizes": Campaign(sizes.sizes, long=5_000, short=500),
}


def run(at: Site, name: str, number: int, seed: int) -> Report:
    """One campaign of that size on a site."""
    return CAMPAIGNS[name].run(at, Teller(name), seed=seed, number=number)


def run_planted(database: Database, bug: str, seed: int) -> Report:
    """The short form of the campaign that has to catch a bug, on servers that have it."""
    name = PLANTS[bug].campaign
    with site(database, servers=1, plant=bug) as at:
        return run(at, name, CAMPAIGNS[name].short, seed)


class Teller:
    """Tells how far a campaign is: a line now and then."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spoke_at = time.monotonic()

    def __call__(self, words: str) -> None:
        if time.monotonic() - self._spoke_at > SILENCE_S:
            self._spoke_at = time.monotonic()
            print(f"{self._name}: {words}", file=sys.stderr, flush=True)


def plant(database: Database, bugs: Sequence[str], seed: int) -> int:
    """Plant each bug, tell whether it was caught; gives the exit status."""
    missed = 0
    for bug in bugs:
        report = run_planted(database, bug, seed)
        missed += not report.broken
        caught = f"caught: {report.broken[0]}" if report.broken else "MISSED"
        says, campaign, *_ = PLANTS[bug]
        print(f"{bug} ({says}), campaign {campaign}\n  {caught}", flush=True)
    return int(missed > 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.hostile", description=__doc__)
    parser.add_argument("campaign", nargs="*", help=f"of {', '.join(CAMPAIGNS)}; all by default")
    parser.add_argument("--records", type=int, help="how much of it, instead of the long form")
    parser.add_argument("--short", action="store_true", help="the form in the test suite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=[*PLANTS, "all"], help="plant a bug: is it caught?")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.campaign if name not in CAMPAIGNS]:
        parser.error(f"no campaign {', '.join(unknown)}")
    with (
        tempfile.TemporaryDirectory(prefix="jemput-hostile-") as home,
        Database(Path(home), is_unsafe=given.short) as database,
    ):
        if given.plant:
            bugs = [*PLANTS] if given.plant == "all" else [given.plant]
            return plant(database, bugs, given.seed)
        broken = False
        for name in given.campaign or CAMPAIGNS:
            campaign = CAMPAIGNS[name]
            number = given.records or (campaign.short if given.short else campaign.long)
            with site(database) as at:
                report = run(at, name, number, given.seed)
            broken |= bool(report.broken)
            print(shown(report), flush=True)
        return int(broken)
