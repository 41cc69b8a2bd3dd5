from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.bench.calibration import bench_calibration
from sync.bench.dedup import bench_dedup
from sync.bench.fraud import bench_fraud
from sync.bench.hints import bench_hints
from sync.bench.locate import bench_locate
from sync.bench.match import bench_match
from sync.bench.monitoring import bench_monitoring
from sync.bench.pages import bench_pages
from sync.bench.push import bench_push
from sync.bench.scratch import BenchError
from sync.bench.statements import bench_statements
from sync.bench.year import bench_year

BENCHES = {
    "fraud": bench_fraud,
    "hints": bench_hints,
    "monitoring": bench_monitoring,
    "push": bench_push,
    "statements": bench_statements,
}
BENCHES_OF_PLACES = {"locate": bench_locate, "calibration": bench_calibration}
BENCHES_OF_STORED = {"match": (bench_match, 10_000), "pages": (bench_pages, 500_000)}
DEDUP, YEAR = "dedup", "year"


class Command(BaseCommand):
    help = (
        "Measure and print ratios: `push` in a throw-away database beside the configured one, "
        "`locate` and `calibration` on the boundaries that are loaded, `statements` of a push that "
        "is rolled back, `dedup` on made-up registrations or on a labelled sample, `match` among "
        "made-up people in a throw-away database, `hints` what duplicate hints tell a kader and "
        "a thief, `fraud` how much planted fraud the detectors find and whom they flag beside it,"
        " `monitoring` what a report of a regency of 5,000 villages takes, `pages` what the first"
        " view of each page of the console takes beside half a million registrations, `year` a"
        " scripted year of a regional office, its figures counted again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what", choices=sorted([*BENCHES, *BENCHES_OF_PLACES, *BENCHES_OF_STORED, DEDUP, YEAR])
        )
        parser.add_argument(
            "--within",
            default="",
            metavar="CODE",
            help="locate and calibration: only around villages whose codes begin so, as 12.71",
        )
        parser.add_argument(
            "--sample", type=Path, help="dedup: a folder with records.csv, truth.csv, hardneg.csv"
        )

        parser.add_argument(
            "--stored",
            type=int,
            metavar="N",
            help="match and pages: so many people, 10,000 and 500,000 unless said",
        )
        parser.add_argument("--seed", type=int, metavar="N", help="year: another one than usual")

    def handle(self, **options: Any) -> None:
        what, within, sample = options["what"], options["within"], options["sample"]
        if within and what not in BENCHES_OF_PLACES:
            raise CommandError(f"--within is not for {what}.")
        if sample and what != DEDUP:
            raise CommandError(f"--sample is not for {what}.")
        if options["stored"] is not None and what not in BENCHES_OF_STORED:
            raise CommandError(f"--stored is not for {what}.")
        if options["seed"] is not None and what != YEAR:
            raise CommandError(f"--seed is not for {what}.")
        if what in BENCHES_OF_PLACES:
            bench = partial(BENCHES_OF_PLACES[what], within=within)
        elif what == DEDUP:
            bench = partial(bench_dedup, sample=sample)
        elif what in BENCHES_OF_STORED:
            measure, usual = BENCHES_OF_STORED[what]
            bench = partial(measure, stored=options["stored"] or usual)
        elif what == YEAR:
            bench = partial(bench_year, seed=options["seed"] or 1)
        else:
            bench = partial(BENCHES[what])
        try:
            bench(self.stdout.write)
        except BenchError as error:
            raise CommandError(str(error)) from error
