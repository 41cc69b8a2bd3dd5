"""Reports that commands write as JSON beside what they tell."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError


def add_report(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the whole report here, as JSON"
    )


def check_report(path: Path | None, sources: Iterable[Path] = ()) -> None:
    """Raise CommandError before anything is changed if no report could be written afterwards.

    Nor may it take the place of a file that is read.
    """
    if path is None:
        return
    if not os.access(path if path.exists() else path.parent, os.W_OK) or path.is_dir():
        raise CommandError(f"the report cannot be written to {path}: name a file in a folder")
    if path.exists() and any(file.exists() and path.samefile(file) for file in sources):
        raise CommandError(f"the report would replace {path}, which is to be loaded: name another")


def write_report(path: Path | None, report: dict[str, Any]) -> None:
    """Write the report if it was asked for. Raises CommandError."""
    if path is None:
        return
    try:
        path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise CommandError(f"the report cannot be written: {error}") from None
