"""Load denominators."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from outreach.geo.region_codes import is_village_code
from outreach.management.arguments import text, year
from outreach.management.loading import LoadCommand
from outreach.models import Denominator, RegionAlias
from outreach.places.denominators import (
    LONGEST_SEGMENT,
    LONGEST_SOURCE,
    Origin,
    load_denominators,
)
from outreach.standings.rebuilding import refresh

WORKING = "working_population"


class Command(LoadCommand):
    help = (
        "Load columns of a table with region codes (CSV or SQL dump, also .gz) as denominators. "
        "What stands is never changed: other sources and years stand beside it, and with --correct "
        "the right figure of the same source and year is a new revision beside the wrong one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--column", required=True, action="append", help="a column with values; repeatable"
        )
        parser.add_argument(
            "--segment",
            type=text(LONGEST_SEGMENT),
            action="append",
            help=f"who is counted, one for each --column (one column alone: {WORKING})",
        )
        parser.add_argument(
            "--source", type=text(LONGEST_SOURCE), required=True, help="who published the numbers"
        )
        parser.add_argument("--year", type=year, required=True)
        parser.add_argument("--kind", choices=Denominator.Kind.values, required=True)
        parser.add_argument("--method", type=text(200), help="how an estimate was made")
        parser.add_argument(
            "--system",
            choices=RegionAlias.System.values,
            help="whose codes the file has, where it does not tell by itself",
        )
        parser.add_argument(
            "--correct", action="store_true", help="replace figures of this source and year"
        )
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        columns = _segments(options["column"], options["segment"])
        origin = Origin(
            source=options["source"],
            year=options["year"],
            kind=Denominator.Kind(options["kind"]),
            method=options["method"] or "",
        )
        report = load_denominators(
            options["file"],
            columns,
            origin,
            timezone.now(),
            max_bytes,
            options["system"],
            corrects=options["correct"],
        )
        self.tell(f"{report.system} codes, by {report.decided_by}")
        self.tell_table(("segment", "added"), list(report.segments.items()))
        self.tell(
            f"{sum(report.segments.values())} added"
            + (f" (regions corrected: {len(report.corrected)})" if report.corrected else "")
            + f", {report.unchanged} as they were"
        )
        older = report.older.items()
        self.tell_groups(
            (
                ("", [f"{code}: no region of today that is sure" for code in report.unknown]),
                ("", [f"{code}: no value" for code in report.blank]),
                ("", [f"{code}: counted for {today}, as it is today" for code, today in older]),
                ("", report.repaired),
            )
        )
        changed = [code for code in (*report.added, *report.corrected) if is_village_code(code)]
        refresh(timezone.now(), sorted({*changed}))
        return report.as_json()


def _segments(columns: list[str], segments: list[str] | None) -> dict[str, str]:
    """The segment of each column."""
    named = segments or ([WORKING] if len(columns) == 1 else [])
    if len(named) != len(columns):
        raise CommandError(
            f"{len(columns)} times --column and {len(named)} times --segment: say who each counts"
        )
    if len({*columns}) < len(columns) or len({*named}) < len(named):
        raise CommandError("each column and each segment once")
    return dict(zip(columns, named, strict=True))
