from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach.standings.rebuilding import rebuild


class Command(BaseCommand):
    help = (
        "Make people's credit, tallies and standings anew from registrations; say what was wrong."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        corrected = rebuild(timezone.now())
        self.stdout.write(
            f"people put right: {corrected.people}\n"
            f"tallies of villages put right: {corrected.villages}\n"
            f"tallies of campaigns put right: {corrected.campaigns}\n"
            "standings are of today"
        )
