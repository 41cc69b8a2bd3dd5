"""Load village boundaries."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from outreach.geo.conventions import ROLES, FieldMap
from outreach.geo.region_codes import SYSTEM_NAMES
from outreach.management.arguments import text
from outreach.management.loading import LoadCommand
from outreach.management.reports import write_report
from outreach.management.switching import as_json, place_anew_now
from outreach.models import BoundarySet
from outreach.places.boundaries.confirmed_codes import read_confirmed, write_template
from outreach.places.boundaries.loading import Answers, Origin, load_boundaries
from outreach.places.boundaries.outcomes import NoneMatched, VillageOutcome
from outreach.places.boundaries.reports import lines_of, table_of

_SUFFIXES = (".geojson", ".json", ".geojsonl", ".sql", ".gz", ".zip", ".shp")
_NEEDED = {
    "source": '--source="BIG RBI10K"',
    "vintage": "--vintage=2023-09-28",
    "licence": "--licence=MIT",
    "border_error_m": "--border-error-m=15",
}


class Command(LoadCommand):
    help = (
        "Load village polygons from GeoJSON, cahyadsn SQL (both also .gz) or zipped shapefiles as"
        " one set, which becomes the current one in every regency it covers. The property with the"
        " villages' codes is found by itself where publishers' names or the villages' tell it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", help="files, or folders of them")
        parser.add_argument(
            "--source", type=text(200), help="who published the boundaries: BIG RBI10K"
        )
        parser.add_argument(
            "--vintage", type=text(40), help="of which year or day they are: 2023-09-28"
        )
        parser.add_argument("--licence", type=text(120), help="under which they may be used: MIT")
        parser.add_argument(
            "--border-error-m",
            type=_border_error,
            help="how far a border may be off: 10 to 25 m in cities, 100 to 250 m in rural layers",
        )
        parser.add_argument(
            "--status",
            choices=BoundarySet.Status.values,
            default=BoundarySet.Status.UNKNOWN,
            help="whether the borders are legally fixed (default: %(default)s)",
        )
        parser.add_argument(
            "--field",
            type=_field,
            action="append",
            default=[],
            metavar="ROLE=PROPERTY",
            help=f"the property that holds a role, of {', '.join(ROLES)}: code=KODE_DESA",
        )
        parser.add_argument("--system", choices=tuple(SYSTEM_NAMES), help="whose codes they are")
        parser.add_argument(
            "--confirm",
            type=Path,
            metavar="CSV",
            help="codes for features that were listed to be confirmed: feature,code[,file]",
        )
        parser.add_argument(
            "--template",
            type=Path,
            metavar="CSV",
            help="write those features here, with their candidates, to fill in and --confirm",
        )
        parser.add_argument(
            "--keep-current",
            action="store_true",
            help="only store the set: `switch_boundaries` makes it the current one later",
        )
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        report = self.run(options)
        write_report(options["report"], report | as_json(place_anew_now(self)))

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        if missing := [example for name, example in _NEEDED.items() if options[name] is None]:
            raise CommandError(
                "say where the boundaries come from and how far a border may be off, for example "
                + " ".join(missing)
            )
        origin = Origin(
            source=options["source"],
            vintage=options["vintage"],
            licence=options["licence"],
            border_error_m=options["border_error_m"],
            status=options["status"],
        )
        files = [file for path in options["files"] for file in _files_of(path)]
        answers, template = _answers(files, options), options["template"]
        if template and (template.exists() or not template.parent.is_dir()):
            why = "is there already" if template.exists() else "is in no folder that exists"
            raise CommandError(f"{template} {why}: give --template another name")
        try:
            report = load_boundaries(
                files,
                origin,
                answers,
                keep_current=options["keep_current"],
                max_bytes=max_bytes,
                progress=self._progress,
            )
        except NoneMatched as refused:
            self._ask(template, refused.outcomes, answers)
            raise
        self.tell_table(*table_of(report))
        self._ask(template, report.villages, answers)
        self.tell_groups([("", lines) for lines in lines_of(report)])
        return report.as_json()

    def _ask(
        self, template: Path | None, outcomes: Sequence[VillageOutcome], answers: Answers
    ) -> None:
        """Write what a person can settle to the template, or say how that is done."""
        count = sum(outcome.is_open for outcome in outcomes)
        if not count:
            return
        if template is None:
            self.tell(f"to be confirmed: {count:,}; --template FILE.csv writes them as a table")
            return
        try:
            write_template(template, outcomes, answers.confirmed)
        except OSError as error:
            raise CommandError(f"the template cannot be written: {error}") from None
        self.tell(
            f"to be confirmed: {count:,}, in {template}: fill in the column code as far as you"
            f" know it, and load again with --confirm {template}"
        )

    def _progress(self, file: str, done: int, total: int) -> None:
        if self.stderr.isatty():
            filled = 30 * done // max(total, 1)
            bar = f"\r{file} [{'#' * filled}{'.' * (30 - filled)}] {done:,} of {total:,}"
            self.stderr.write(bar, ending="\n" if done == total else "")


def _files_of(path: Path) -> list[Path]:
    """The path, or the boundary files of a folder in the order of their names."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
    if not files:
        raise CommandError(f"{path} holds no file that ends in {', '.join(_SUFFIXES)}")
    return files


def _answers(files: Sequence[Path], options: dict[str, Any]) -> Answers:
    names = [path.name for path in files]
    return Answers(
        FieldMap(dict(options["field"]), options["system"]),
        read_confirmed(options["confirm"], names) if options["confirm"] else {},
    )


def _border_error(text: str) -> float:
    try:
        error_m = float(text)
    except ValueError:
        error_m = -1
    if not 0 <= error_m <= 1000:
        raise ArgumentTypeError(f"{text!r} is not a number of metres from 0 to 1000")
    return error_m


def _field(text: str) -> tuple[str, str]:
    role, _, name = text.partition("=")
    if role not in ROLES or not name:
        raise ArgumentTypeError(f"{text!r} is not ROLE=PROPERTY with a role of {', '.join(ROLES)}")
    return role, name
