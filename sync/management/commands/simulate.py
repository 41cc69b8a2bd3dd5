"""A fleet of virtual tablets against a running server, with a truth to hold it against."""

import sys
import tempfile
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from outreach.geo.region_codes import is_region_code
from sync.fleet.network import SIGNALS
from sync.fleet.office import FleetError, Office
from sync.fleet.running import Order, Run
from sync.fleet.table import closing_table

MOST_TABLETS, MOST_RECORDS, MOST_DAYS = 500, 200_000, 30
SILENCE_S = 5.0


def number_up_to(most: int) -> Callable[[str], int]:
    """Reads an option as a whole number from 1 to `most`."""

    def number(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() else 0
        if not 1 <= value <= most:
            raise ArgumentTypeError(f"{text} is not a whole number from 1 to {most:,}")
        return value

    return number


def region_code(text: str) -> str:
    """Reads an option as a Kemendagri code."""
    if not is_region_code(text):
        raise ArgumentTypeError(f"{text} is no region's code, such as 12.71")
    return text


class Command(BaseCommand):
    """`python3 -m backend simulate`: exit code 1 when the server is wrong about anything."""

    help = (
        "Let virtual tablets register fictional workers over HTTP, with errors and a bad signal, "
        "and compare what the server makes of them with the truth. Nobody else should be pushing "
        "to the same region meanwhile. Adds an office where there is none, kader and campaigns, "
        "whose names say that they are simulated."
    )
    requires_system_checks = ()
    _spoke_at = 0.0

    def add_arguments(self, parser: ArgumentParser) -> None:
        here = f"http://127.0.0.1:{settings.PORT}"
        parser.add_argument("--server", default=here, help="address, no path")
        parser.add_argument(
            "--within", type=region_code, default="99.01", help="a region's code, with boundaries"
        )
        parser.add_argument("--tablets", type=number_up_to(MOST_TABLETS), default=10)
        parser.add_argument("--records", type=number_up_to(MOST_RECORDS), default=500)
        parser.add_argument("--days", type=number_up_to(MOST_DAYS), default=5, help="days of work")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same records")
        parser.add_argument("--signal", choices=SIGNALS, default="weak")
        parser.add_argument(
            "--at-once", type=number_up_to(64), default=16, help="tablets online at a time"
        )
        parser.add_argument(
            "--minutes", type=number_up_to(24 * 60), default=60, help="stop after so long"
        )
        parser.add_argument("--user", default="admin", help="an administrator or coordinator")
        parser.add_argument("--password", default="jemput-bola")
        parser.add_argument("--truth", type=Path, help="where the truth goes, as JSON lines")
        parser.add_argument(
            "--no-verify", action="store_true", help="leave all records provisional"
        )

    def handle(self, **options: Any) -> None:
        order = Order(
            within=options["within"],
            tablets=options["tablets"],
            records=options["records"],
            days=options["days"],
            seed=options["seed"],
            signal=options["signal"],
            at_once=options["at_once"],
            verify=not options["no_verify"],
        )
        default = Path(tempfile.gettempdir()) / f"simulate-{order.within}-{order.seed}.jsonl"
        truth = options["truth"] or default
        try:
            client = httpx.Client(
                base_url=f"{options['server'].rstrip('/')}/api/v1/",
                timeout=60,
                headers={"Accept-Language": "en"},
                limits=httpx.Limits(max_connections=order.at_once + 4),
            )
        except httpx.InvalidURL as error:
            raise CommandError(f"{options['server']}: {error}") from error
        with client:
            office = Office(client, options["user"], options["password"])
            run = Run(order, office, client, self._say)
            self._run(run, office, truth, options["minutes"] * 60)
        self._say("")
        self.stdout.write(closing_table(run.report))
        self.stdout.write(f"Truth: {truth}")
        if not run.report.is_right:
            sys.exit(130 if run.report.stopped == "interrupted" else 1)

    def _run(self, run: Run, office: Office, truth: Path, seconds: float) -> None:
        timer = threading.Timer(seconds, run.stop, ["time is up"])
        timer.daemon = True
        timer.start()
        try:
            office.sign_in()
            run.go(truth)
        except FleetError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{truth}: {error.strerror}") from error
        except KeyboardInterrupt:
            run.stop("interrupted")
        finally:
            timer.cancel()

    def _say(self, words: str) -> None:
        """Progress: one line that is written over, or a line now and then where that is no use."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{words}", ending="")
            self.stderr.flush()
        elif words and time.monotonic() - self._spoke_at > SILENCE_S:
            self._spoke_at = time.monotonic()
            self.stderr.write(words)
