"""Which boundaries there are, and what became of them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from outreach import bulk
from outreach.findings import Findings
from outreach.management.switching import listed, told
from outreach.models import BoundaryChange, BoundarySet


class Command(BaseCommand):
    help = "List the sets of boundaries and where they are current, and the last changes of that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--changes", type=int, default=10, help="how many changes (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        current: dict[Any, list[str]] = {}
        for set_id, code in bulk.run(
            "SELECT DISTINCT set_id, left(region_id, 5) FROM outreach_boundary"
            " WHERE is_current ORDER BY 2"
        ):
            current.setdefault(set_id, []).append(code)
        sets = BoundarySet.objects.defer("report").order_by("loaded_at", "id")
        for source in sets:
            where = listed(current[source.id]) if source.id in current else "nowhere"
            self.stdout.write(
                f"{source.id} {source.source}, {source.vintage}\n"
                f"  status {source.status}, border error {source.border_error_m:g} m,"
                f" licence {source.licence}, loaded {source.loaded_at:%Y-%m-%d %H:%M} UTC\n"
                f"  current in: {where}"
            )
        if not sets:
            self.stdout.write("no boundaries are loaded: load_boundaries loads them")
        newest = BoundaryChange.objects.select_related("actor", "undone_by").order_by("-pk")
        for change in newest[: max(options["changes"], 0)]:
            self.stdout.write(told(change))
            for line in Findings.from_json(change.report).lines()[:3]:
                self.stdout.write(f"  {line}")
