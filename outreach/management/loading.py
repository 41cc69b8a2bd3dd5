"""What the commands that load files have in common."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from outreach.management.reports import add_report, check_report, write_report
from outreach.places.regions.aliases import known_regions
from outreach.places.uploads import MAX_BYTES, Refused
from outreach.reattribution.reattributing import follow_the_list, left_behind
from outreach.reattribution.report import Findings
from outreach.standings.rebuilding import refresh_listed

MIB = 1024**2
MOST_LINES = 40
_LEAST_LINES = 4
_MOST_CODES = 5
LARGEST_MIB = 4096
_LONGEST_LINE = 1000


class LoadCommand(BaseCommand):
    """Loads all of what it is given or nothing, reports on stdout and, with --report, as JSON.

    What it tells on stdout fits on a page; the JSON has all of it.
    """

    told = 0

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_report(parser)
        parser.add_argument(
            "--max-mib",
            type=_mebibytes,
            default=MAX_BYTES // MIB,
            help="the largest file to read, unpacked (default: %(default)s); boundaries need memory"
            " for some 20 times their file: 1.6 GiB for a national layer of 85 MiB",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        self.run(options)

    def run(self, options: dict[str, Any]) -> dict[str, Any]:
        """Load and write the report, which is given back. Raises CommandError."""
        check_report(options["report"], _paths(options))
        try:
            report = self.load(options["max_mib"] * MIB, options)
        except Refused as refused:
            write_report(options["report"], {"refused": refused.problems})
            why = map(_shown, _first(refused.problems, MOST_LINES))
            raise CommandError("\n".join(["refused, nothing was changed:", *why])) from None
        except DatabaseError as error:
            first = str(error).partition("\n")[0]
            raise CommandError(f"the database failed: {first}") from error
        write_report(options["report"], report)
        return report

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        """Load, tell on stdout, and give back the report for --report."""
        raise NotImplementedError

    def tell(self, line: str) -> None:
        self.stdout.write(_shown(line))
        self.told += 1

    def tell_groups(self, groups: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Write lines under their titles, the most important group first, as far as the page goes.

        Each group gets some of the page, so that none goes unseen; one without lines is left out.
        """
        groups = [(title, lines) for title, lines in groups if lines]
        for number, (title, lines) in enumerate(groups):
            if title:
                self.tell(title)
            later = sum(
                bool(title) + min(len(lines), _LEAST_LINES) for title, lines in groups[number + 1 :]
            )
            for line in _first(lines, max(MOST_LINES - self.told - later, 1)):
                self.tell(line)

    def place_resolved(self) -> dict[str, Any]:
        """Have registrations and standings follow the list; what the report says of them."""
        found = follow_the_list()
        refresh_listed(timezone.now())
        report: dict[str, Any] = {}
        if found.looked_at:
            self.tell(_resolved(found))
            report["registrations"] = found.as_json()
        if left := left_behind():
            self.tell(_left_behind(left))
            report["left_behind"] = left
        return report

    def tell_table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write rows in columns, numbers to the right."""
        cells = [list(head), *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
        for row in cells:
            padded = [
                cell.rjust(width) if cell.isdigit() else cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ]
            self.tell("  ".join(padded).rstrip())


def _paths(options: dict[str, Any]) -> Iterator[Path]:
    """The files among a command's options, but for the report."""
    for name, value in options.items():
        for given in value if isinstance(value, list) else [value]:
            if isinstance(given, Path) and name != "report":
                yield given


def _mebibytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= LARGEST_MIB):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to {LARGEST_MIB}")
    return int(text)


def _shown(line: str) -> str:
    """A line with texts of files, such as a terminal can be trusted with."""
    cut = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)


def _first(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return [*lines]
    return [*lines[: most - 1], f"and {len(lines) - most + 1} more (see --report)"]


def _resolved(found: Findings) -> str:
    """One line about registrations whose village was on no list, or gone, and is another now."""
    codes = [f"{old} → {new}: {n}" for (old, new), n in found.resolved.most_common(_MOST_CODES)]
    if (more := len(found.resolved) - len(codes)) > 0:
        codes.append(f"{more} more codes")
    doubts = [f"{code} raised: {number}" for code, number in found.raised.most_common()]
    doubts += [f"{code} taken back: {number}" for code, number in found.taken_back.most_common()]
    what = "; ".join(filter(None, (", ".join(codes), *doubts)))
    told = f"registrations moved to the village of today: {found.looked_at}"
    return f"{told} ({what})" if what else told


def _left_behind(counts: dict[str, int]) -> str:
    """One line about registrations that nobody knows a village of today for."""
    known = known_regions(counts)
    codes = [f"{code} {known[code].name}: {n}" for code, n in [*counts.items()][:_MOST_CODES]]
    if (more := len(counts) - len(codes)) > 0:
        codes.append(f"{more} more villages")
    return (
        "registrations that stay in a village that is gone, for want of a sure successor:"
        f" {sum(counts.values())} ({', '.join(codes)})"
    )
