"""Load denominators."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.utils import timezone

from outreach.geo.region_codes import is_village_code
from outreach.management.loading import LoadCommand
from outreach.models import Denominator
from outreach.places.denominators import Origin, load_denominators
from outreach.rebuilding import refresh


class Command(LoadCommand):
    help = (
        "Load one column of a CSV file (also .gz) with the column code as denominators. "
        "What stands is never changed: other sources and years stand beside it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--column", required=True, help="the column with the values")
        parser.add_argument("--source", required=True, help="who published the numbers")
        parser.add_argument("--year", type=_year, required=True)
        parser.add_argument("--kind", choices=Denominator.Kind.values, required=True)
        parser.add_argument("--method", default="", help="how an estimate was made")
        parser.add_argument(
            "--segment", default="working_population", help="who is counted (%(default)s)"
        )
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        origin = Origin(
            source=options["source"][:200],
            year=options["year"],
            kind=Denominator.Kind(options["kind"]),
            method=options["method"][:200],
            segment=options["segment"][:20],
        )
        report = load_denominators(
            options["file"], options["column"], origin, timezone.now(), max_bytes
        )
        self.stdout.write(f"{len(report.added)} added, {report.unchanged} as they were")
        self.tell([f"{code}: no value" for code in report.blank])
        self.tell([f"{code}: not in the list of regions" for code in report.unknown])
        refresh(timezone.now(), [code for code in report.added if is_village_code(code)])
        return report.as_json()


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1945 <= int(text[:5]) <= 2200):
        raise ArgumentTypeError(f"{text!r} is not a year from 1945 to 2200")
    return int(text)
