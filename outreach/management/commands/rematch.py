from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach.matching.sweeping import sweep


class Command(BaseCommand):
    help = (
        "Settle who is who where pushes could not: registrations that were never matched, and"
        " keys that became crowded. It can be interrupted and started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="match all registrations anew; where another version of the model had judged,"
            " differences become questions and nobody is moved",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        swept = sweep(timezone.now(), everything=options["all"], progress=self._say)
        self.stdout.write(
            f"registrations matched: {swept.matched}\n"
            f"of which moved to another person: {swept.moved}\n"
            f"registrations with another person, status or doubt: {swept.changed}\n"
            f"keys swept: {swept.keys}\n"
            f"proposals of this model: {swept.proposed}\n"
            f"proposals withdrawn: {swept.withdrawn}"
        )

    def _say(self, matched: int) -> None:
        if matched % 10_000 == 0:
            self.stderr.write(f"{matched} …")
