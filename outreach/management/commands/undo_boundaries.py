"""Take a change of boundaries back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outreach.management.reports import add_report, check_report, write_report
from outreach.management.switching import as_json, place_anew_now, reason
from outreach.places.boundaries.switching import CannotSwitch, undo


class Command(BaseCommand):
    help = (
        "Make the boundaries from before a load, switch or undo current again, and place their"
        " registrations anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("change", type=int, help="its number, as `boundaries` lists it")
        parser.add_argument("--reason", type=reason, required=True)
        add_report(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        check_report(options["report"])
        try:
            change = undo(options["change"], reason=options["reason"])
        except CannotSwitch as refusal:
            write_report(options["report"], {"refused": [str(refusal)]})
            raise CommandError(str(refusal)) from None
        write_report(options["report"], as_json(place_anew_now(self, change)))
