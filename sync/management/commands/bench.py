from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.bench.calibration import bench_calibration
from sync.bench.locate import bench_locate
from sync.bench.push import bench_push
from sync.bench.scratch import BenchError
from sync.bench.statements import bench_statements

BENCHES = {"push": bench_push, "statements": bench_statements}
BENCHES_OF_PLACES = {"locate": bench_locate, "calibration": bench_calibration}


class Command(BaseCommand):
    help = (
        "Measure and print ratios: `push` in a throw-away database beside the configured one, "
        "`locate` and `calibration` on the boundaries that are loaded, `statements` of a push that "
        "is rolled back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted(BENCHES | BENCHES_OF_PLACES))
        parser.add_argument(
            "--within",
            default="",
            metavar="CODE",
            help="locate and calibration: only around villages whose codes begin so, as 12.71",
        )

    def handle(self, **options: Any) -> None:
        what, within = options["what"], options["within"]
        if what in BENCHES_OF_PLACES:
            bench = partial(BENCHES_OF_PLACES[what], within=within)
        elif within:
            raise CommandError(f"--within is not for {what}.")
        else:
            bench = partial(BENCHES[what])
        try:
            bench(self.stdout.write)
        except BenchError as error:
            raise CommandError(str(error)) from error
