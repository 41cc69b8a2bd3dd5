"""Load what became of older region codes, and which BPS codes regions have."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from outreach.management.loading import LoadCommand
from outreach.places.regions.alias_loading import load_aliases

_KEPT = "known successors that stay, though these files name none:"
_STILL_LISTED = (
    "moved away by a file, but the list of regions has them still, so they count as today's; if"
    " they are gone, load a history (code, last_vintage) with it:"
)
_WITHOUT = (
    "without a successor, so registrations that declare one wait for review; a CSV file with"
    " old_code,new_code gives them one:"
)


class Command(LoadCommand):
    help = (
        "Load files that lead older codes to today's regions, recognised by their columns: recodes "
        "(old_code, new_code; also from_vintage, to_vintage, name, basis, confidence), a history "
        "(code, last_vintage; also name_last) and a bridge to BPS codes (bps_code, "
        "kemendagri_code; also name_bps, kemendagri_code_YYYY). Give them together; also .gz. "
        "Codes without a single successor are kept as such. May be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="file")
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        report = load_aliases(options["files"], max_bytes)
        self.tell_table(
            ("codes", *report.confidence["bps"]),
            [(system, *counts.values()) for system, counts in report.confidence.items()],
        )
        self.tell(f"{report.changed} added or changed, {report.unchanged} as they were")
        self.tell(f"{len(report.bps_filled)} regions got their BPS code")
        placed = self.place_resolved()
        kept = [f"{code} is {today} today" for code, today in report.kept.items()]
        self.tell_groups(
            (
                (_KEPT, kept),
                ("not matched, left out:", report.unmatched),
                (_STILL_LISTED, _named(report.today)),
                (_WITHOUT, _named(report.without_successor)),
            )
        )
        return report.as_json() | placed


def _named(codes: dict[str, str]) -> list[str]:
    return [f"{code} {name}".rstrip() for code, name in codes.items()]
