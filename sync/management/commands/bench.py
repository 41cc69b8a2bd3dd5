from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.bench.locate import bench_locate
from sync.bench.push import bench_push
from sync.bench.scratch import BenchError
from sync.bench.statements import bench_statements

BENCHES = {"push": bench_push, "locate": bench_locate, "statements": bench_statements}


class Command(BaseCommand):
    help = (
        "Measure and print ratios: `push` in a throw-away database beside the configured one, "
        "`locate` on the boundaries that are loaded, `statements` of a push that is rolled back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted(BENCHES))

    def handle(self, **options: Any) -> None:
        try:
            BENCHES[options["what"]](self.stdout.write)
        except BenchError as error:
            raise CommandError(str(error)) from error
