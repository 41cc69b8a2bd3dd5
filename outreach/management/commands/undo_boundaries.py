"""Take a change of boundaries back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outreach.management.switching import place_anew_now, reason
from outreach.places.switching import CannotSwitch, undo


class Command(BaseCommand):
    help = (
        "Make the boundaries from before a load, switch or undo current again, and place their"
        " registrations anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("change", type=int, help="its number, as `boundaries` lists it")
        parser.add_argument("--reason", type=reason, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            undo(options["change"], reason=options["reason"])
        except CannotSwitch as refusal:
            raise CommandError(str(refusal)) from None
        place_anew_now(self)
