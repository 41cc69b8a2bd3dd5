"""Load the national list of regions."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.utils import timezone

from outreach.geo.region_codes import is_village_code, parent_of
from outreach.management.loading import LoadCommand
from outreach.models import RegionAlias
from outreach.places.regions.loading import RegionReport, load_regions
from outreach.standings.rebuilding import refresh


class Command(LoadCommand):
    help = (
        "Load regions from a list with codes and names: CSV (comma, semicolon or tab, with or "
        "without a header) or a SQL dump, which is read and not executed; also .gz. A list of BPS "
        "codes makes no regions: it gives known ones their BPS codes. May be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--system",
            choices=RegionAlias.System.values,
            help="whose codes the file has, where it does not tell by itself",
        )
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        report = load_regions(options["file"], max_bytes, options["system"])
        self.tell(f"{report.system} codes, by {report.decided_by}")
        if report.kinds:
            self.tell_table(("kind", "regions"), list(report.kinds.items()))
            self.tell(
                f"{len(report.added)} added, {len(report.updated)} updated"
                f" ({len(report.renamed)} of them renamed), {report.unchanged} as they were"
            )
        if report.bps_filled or report.bps_aliased or not report.kinds:
            as_they_were = "" if report.kinds else f", {report.unchanged} as they were"
            self.tell(
                f"{len(report.bps_filled)} regions got their BPS code,"
                f" {len(report.bps_aliased)} further BPS codes were kept{as_they_were}"
            )
        changed = [*report.added, *report.updated]
        refresh(timezone.now(), [code for code in changed if is_village_code(code)])
        placed = self.place_resolved()
        self._tell_lists(report)
        return report.as_json() | placed

    def _tell_lists(self, report: RegionReport) -> None:
        older = [f"{code} is {today} today" for code, today in report.older.items()]
        renamed = [
            f"{code} {name['before']} → {name['after']}" for code, name in report.renamed.items()
        ]
        self.tell_groups(
            (
                ("renamed:", renamed),
                ("older codes, left out:", older),
                ("known, but not in the file (they stay):", _tops(report.vanished)),
                ("BPS codes without a match, or with another name:", report.unmatched),
                ("left out:", report.left_out),
                ("repaired:", report.repaired),
            )
        )


def _tops(codes: list[str]) -> list[str]:
    """The highest of the regions, with how many of the others lie in each."""
    gone = set(codes)
    inside: Counter[str] = Counter()
    for code in codes:
        top = code
        while (parent := parent_of(top)) in gone and parent:
            top = parent
        inside[top] += 1
    return [f"{top} and {n - 1} in it" if n > 1 else top for top, n in inside.items()]
