"""What the commands that load files have in common."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from outreach.places.sources import MAX_BYTES, Refused

MIB = 1024**2
MOST_LINES = 40
LARGEST_MIB = 4096


class LoadCommand(BaseCommand):
    """Loads all of what it is given or nothing, reports on stdout and, with --report, as JSON."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--report", type=Path, help="write the whole report here, as JSON")
        parser.add_argument(
            "--max-mib",
            type=_mebibytes,
            default=MAX_BYTES // MIB,
            help="the largest file to read, unpacked (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            report = self.load(options["max_mib"] * MIB, options)
        except Refused as refused:
            self._write(options["report"], {"refused": refused.problems})
            raise CommandError(
                "\n".join(["refused, nothing was changed:", *_first(refused.problems)])
            ) from None
        except DatabaseError as error:
            first = str(error).partition("\n")[0]
            raise CommandError(f"the database failed: {first}") from error
        self._write(options["report"], report)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        """Load, tell on stdout, and give back the report for --report."""
        raise NotImplementedError

    def tell(self, lines: Sequence[str]) -> None:
        """Write lines, the first of them if there are many."""
        for line in _first(lines):
            self.stdout.write(line)

    def tell_table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write rows in columns, numbers to the right."""
        cells = [list(head), *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
        for row in cells:
            padded = [
                cell.rjust(width) if cell.isdigit() else cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ]
            self.stdout.write("  ".join(padded).rstrip())

    def _write(self, path: Path | None, report: dict[str, Any]) -> None:
        if path is None:
            return
        try:
            path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
        except OSError as error:
            raise CommandError(f"the report cannot be written: {error}") from None


def _mebibytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= LARGEST_MIB):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to {LARGEST_MIB}")
    return int(text)


def _first(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"and {more} more (see --report)"] if more > 0 else [])]
