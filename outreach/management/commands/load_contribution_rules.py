"""Load contribution rules."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import CommandError
from django.utils import timezone

from outreach.contributions.reading import Given, Label, is_json, read_brackets, read_rules
from outreach.contributions.rules import Month, Version
from outreach.contributions.storing import Asked, Loaded, Origin, load_rules
from outreach.management.arguments import text
from outreach.management.loading import LoadCommand
from outreach.places.uploads import Source, check_text, read_source

LONGEST_SOURCE = 300
LONGEST_CHECK = 200
LEAST = 3
OF_TABLES = ("table", "first", "last", "source", "checked")


def month(given: str) -> str:
    """A month on a command line, as 2026-11."""
    return _typed(given, Month, "a month, as 2026-11")


def version(given: str) -> str:
    """A version's name on a command line."""
    return _typed(given, Version, "a name of small letters, digits, dots and dashes")


def ending(given: str) -> tuple[str, str]:
    """A version with the last month that it is to be in force."""
    named, _, last = given.partition("=")
    return version(named), month(last)


def _typed(given: str, type_: Any, what: str) -> str:
    try:
        return str(msgspec.convert(given, type_))
    except msgspec.ValidationError:
        shown = re.sub(r"[^\x20-\x7e]", "?", given[:40])
        raise ArgumentTypeError(f"{shown!r} is not {what}") from None


class Command(LoadCommand):
    help = (
        "Load what contributions are reckoned by: rates, reliefs and income brackets from a JSON"
        " file (fixtures/contributions.json shows the form), or a table of income brackets from a"
        " CSV file with the columns min, max and base. What is known is never changed: it can be"
        " given a last month or be withdrawn, and a table be marked as checked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--table", type=version, help="what to call the table of a CSV file")
        parser.add_argument(
            "--from", dest="first", type=month, help="the table's first month, as 2026-01"
        )
        parser.add_argument("--until", dest="last", type=month, help="its last month, if known")
        parser.add_argument(
            "--source",
            type=text(LONGEST_SOURCE, LEAST),
            help="where it is from, if the file is silent",
        )
        parser.add_argument(
            "--checked",
            type=text(LONGEST_CHECK, LEAST),
            help="who checked it, when, and against what; without it quotes say that nobody has",
        )
        parser.add_argument(
            "--end",
            type=ending,
            action="append",
            default=[],
            metavar="VERSION=MONTH",
            help="the last month of what was in force until further notice; repeatable",
        )
        parser.add_argument(
            "--withdraw",
            type=version,
            action="append",
            default=[],
            metavar="VERSION",
            help="what was wrong from the start: it is kept for the quotes that name it, and is in"
            " force no more; repeatable",
        )
        super().add_arguments(parser)

    def load(self, max_bytes: int, options: dict[str, Any]) -> dict[str, Any]:
        file = read_source(options["file"], max_bytes)
        check_text(file)
        asked = Asked(_given(file, options), dict(options["end"]), options["withdraw"])
        found = load_rules(asked, Origin(file.name, file.sha256), timezone.now())
        self._tell(found)
        return {"file": file.name, "sha256": file.sha256, **found._asdict()}

    def _tell(self, found: Loaded) -> None:
        if found.number is None:
            self.tell("all of it was known: nothing was changed")
        for one in found.added:
            self.tell(f"added {one}")
        for one, last in found.ended.items():
            self.tell(f"{one} is in force until {last}")
        for one in found.checked:
            self.tell(f"{one} is marked as checked")
        for one in found.withdrawn:
            self.tell(f"{one} is withdrawn")


def _given(file: Source, options: dict[str, Any]) -> Given:
    said = [name for name in OF_TABLES if options[name]]
    if is_json(file):
        if said:
            raise CommandError("--table, --from, --until, --source, --checked are for CSV files")
        return read_rules(file.content, file.name)
    if not (options["table"] and options["first"]):
        raise CommandError("name the table and its first month: --table, --from")
    if options["last"] and options["last"] < options["first"]:
        raise CommandError(f"--until, {options['last']}, is before --from, {options['first']}")
    label = Label(
        options["table"],
        options["first"],
        options["last"],
        options["source"],
        options["checked"],
    )
    return Given(bracket_tables=[read_brackets(file, label)])
