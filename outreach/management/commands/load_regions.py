"""Load the national list of regions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from outreach.geo.region_codes import is_village_code
from outreach.management.loading import LoadCommand
from outreach.places.regions import load_regions
from outreach.rebuilding import refresh


class Command(LoadCommand):
    help = (
        "Load regions from a CSV file (also .gz) with the columns "
        "code, level, type, name, parent_code, bps_code. May be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        report = load_regions(options["file"], max_bytes)
        self.tell_table(("kind", "regions"), list(report.kinds.items()))
        self.stdout.write(
            f"{len(report.added)} added, {len(report.updated)} updated,"
            f" {report.unchanged} as they were"
        )
        if report.vanished:
            self.stdout.write("known, but not in the file (they stay):")
            self.tell(report.vanished)
        changed = [*report.added, *report.updated]
        refresh(timezone.now(), [code for code in changed if is_village_code(code)])
        return report.as_json()
