"""Make another set of boundaries the current one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outreach.management.reports import add_report, check_report, write_report
from outreach.management.switching import as_json, place_anew_now, reason, set_named
from outreach.places.boundaries.switching import CannotSwitch, switch


class Command(BaseCommand):
    help = (
        "Make a set of boundaries the current one in some regencies, and place their registrations"
        " anew; undo_boundaries takes it back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("set", help="the set's id, or how it begins, as `boundaries` lists it")
        parser.add_argument(
            "--regency",
            action="append",
            default=[],
            metavar="12.71",
            help="where; may be given several times (default: wherever the set has boundaries)",
        )
        parser.add_argument("--reason", type=reason, required=True)
        add_report(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        check_report(options["report"])
        try:
            change = switch(set_named(options["set"]), options["regency"], reason=options["reason"])
        except CannotSwitch as refusal:
            write_report(options["report"], {"refused": [str(refusal)]})
            raise CommandError(str(refusal)) from None
        if change is None:
            self.stdout.write("the set is the current one there already: nothing was changed")
        write_report(options["report"], as_json(place_anew_now(self, change)))
