from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.bench.dedup import bench_dedup
from sync.bench.locate import bench_locate
from sync.bench.push import bench_push
from sync.bench.scratch import BenchError
from sync.bench.statements import bench_statements

BENCHES = {"push": bench_push, "locate": bench_locate, "statements": bench_statements}
DEDUP = "dedup"


class Command(BaseCommand):
    help = (
        "Measure and print ratios: `push` in a throw-away database beside the configured one, "
        "`locate` on the boundaries that are loaded, `statements` of a push that is rolled back, "
        "`dedup` on made-up registrations or on a labelled sample."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted([*BENCHES, DEDUP]))
        parser.add_argument(
            "--sample", type=Path, help="dedup: a folder with records.csv, truth.csv, hardneg.csv"
        )

    def handle(self, **options: Any) -> None:
        try:
            if options["what"] == DEDUP:
                bench_dedup(self.stdout.write, options["sample"])
            else:
                BENCHES[options["what"]](self.stdout.write)
        except BenchError as error:
            raise CommandError(str(error)) from error
