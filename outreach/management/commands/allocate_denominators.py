"""Allocate official denominators of regencies and districts to villages."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from outreach.management.arguments import text, year
from outreach.management.loading import LoadCommand
from outreach.places.allocation import AREA, Weighing, allocate
from outreach.places.denominators import LONGEST_SEGMENT, LONGEST_SOURCE
from outreach.standings.rebuilding import refresh


class Command(LoadCommand):
    help = (
        "Spread the official figure of a kabupaten, kota or kecamatan over its villages in "
        "proportion to another number of theirs, such as their population of 15 to 64 years, and "
        "keep the parts as estimates. Their sum is the figure. Nothing that stands is changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--within", type=text(40), required=True, help="whose figure, such as 12.71"
        )
        parser.add_argument(
            "--segment", type=text(LONGEST_SEGMENT), required=True, help="who is counted"
        )
        parser.add_argument("--year", type=year, required=True, help="the figure's year")
        source = text(LONGEST_SOURCE)
        parser.add_argument("--source", type=source, required=True, help="the figure's source")
        parser.add_argument(
            "--by",
            type=text(LONGEST_SEGMENT),
            required=True,
            help=f"the segment whose numbers the villages have, or {AREA}: their boundaries' area",
        )
        parser.add_argument("--by-year", type=year, help="if the villages have several years")
        parser.add_argument("--by-source", type=source, help="if the villages have several sources")
        parser.add_argument(
            "--correct", action="store_true", help="replace an earlier allocation of this figure"
        )
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        del max_bytes
        weighing = Weighing(options["by"], options["by_year"], options["by_source"])
        report = allocate(
            options["within"],
            options["segment"],
            options["year"],
            options["source"],
            weighing,
            timezone.now(),
            corrects=options["correct"],
        )
        self.stdout.write(f"{report.source} {report.year}: {report.method}")
        self.stdout.write(
            f"{report.total} over {len(report.shares)} villages, {len(report.added)} of them added"
        )
        if report.corrected:
            self.stdout.write(f"{len(report.corrected)} corrected")
        if error := report.error:
            self.stdout.write(
                f"against {error.compared} villages' official figures, at one total: off by"
                f" {error.median_share:.1%} at the median, {error.ninth_decile_share:.1%} at the"
                " ninth decile"
            )
        refresh(timezone.now(), [*report.added, *report.corrected])
        return report.as_json()
