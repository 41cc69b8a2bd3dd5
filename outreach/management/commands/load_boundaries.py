"""Load village boundaries."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from outreach.management.loading import LoadCommand
from outreach.places.boundaries import BoundaryReport, Origin, load_boundaries
from outreach.places.outcomes import OUTCOMES


class Command(LoadCommand):
    help = (
        "Load village polygons from GeoJSON files (also .gz) whose features have the property "
        "`code`, as one set that becomes the current one in every regency it covers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+")
        parser.add_argument("--source", required=True, help="who published the boundaries")
        parser.add_argument("--vintage", required=True, help="of which year or day they are")
        parser.add_argument("--licence", required=True)
        parser.add_argument(
            "--border-error-m",
            type=_border_error,
            required=True,
            help="how far a border may be off: 10 to 25 m in cities, 100 to 250 m in rural layers",
        )
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        origin = Origin(
            source=options["source"][:200],
            vintage=options["vintage"][:40],
            licence=options["licence"][:120],
            border_error_m=options["border_error_m"],
        )
        report = load_boundaries(
            options["files"], origin, max_bytes=max_bytes, progress=self._progress
        )
        self._tell_report(report)
        return report.as_json()

    def _progress(self, file: str, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{file}: {done} of {total}", ending="\n" if done == total else "")

    def _tell_report(self, report: BoundaryReport) -> None:
        counts = {
            file.file: [
                sum(v.outcome == outcome for v in report.villages if v.file == file.file)
                for outcome in OUTCOMES
            ]
            for file in report.files
        }
        self.tell_table(
            ("file", "features", *OUTCOMES),
            [(file.file, file.features, *counts[file.file]) for file in report.files],
        )
        for file in report.files:
            for note in file.notes:
                self.stdout.write(f"{file.file}: {note}")
        self.tell(
            [f"{v.code or f'feature {v.feature}'}: {v.outcome}, {v.why}" for v in report.exceptions]
        )
        self.tell(
            [
                f"{r.code} {r.name}: {r.with_boundary} of {r.villages} villages have a boundary,"
                f" {r.with_boundary_before} had one before"
                + ("" if r.is_current else ": too few, so those before stay the current ones")
                for r in sorted(report.regencies, key=lambda r: r.is_current)
            ]
        )


def _border_error(text: str) -> float:
    try:
        error_m = float(text)
    except ValueError:
        error_m = -1
    if not 0 <= error_m <= 1000:
        raise ArgumentTypeError(f"{text!r} is not a number of metres from 0 to 1000")
    return error_m
