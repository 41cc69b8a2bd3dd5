from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from outreach.offices.forecasting import INTERVAL, METHOD, backtest

MOST_YEARS = 20_000


class Command(BaseCommand):
    help = (
        "Forecast simulated years from their first months, and tell how often the interval held"
        " what they ended with. Reads and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--years",
            type=int,
            default=200,
            choices=range(10, MOST_YEARS + 1),
            metavar=f"10..{MOST_YEARS}",
        )
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, **options: Any) -> None:
        self.stdout.write(
            f"method {METHOD}, interval of {INTERVAL:.0%}, {options['years']} simulated years"
        )
        for found in backtest(options["years"], options["seed"]):
            self.stdout.write(
                f"after {found.months_over:2} months: held {found.covered:.1%},"
                f" width {found.width:.1%} of the year's end"
            )
