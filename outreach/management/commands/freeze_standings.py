from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach.standings.freezing import freeze


class Command(BaseCommand):
    help = "Freeze the months that are due, and revise those for which something came late."

    def handle(self, *_args: Any, **_options: Any) -> None:
        made = freeze(timezone.now())
        for snapshot in made:
            self.stdout.write(
                f"{snapshot.period:%Y-%m} revision {snapshot.revision}:"
                f" {', '.join(snapshot.reasons)} {snapshot.changes or ''}".rstrip()
            )
        if not made:
            self.stdout.write("Nothing is due, and nothing came late.")
