from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outreach.dedup.answers import lines_of
from outreach.matching.lessons import lessons


class Command(BaseCommand):
    help = (
        "Write what coordinators answered about who is who, for train_dedup --reviews: what was"
        " compared and what they said, without names, numbers or dates. What was taken back is"
        " left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("wb") as file:
                count = sum(file.write(line) > 0 for line in lines_of(lessons()))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(f"answers written: {count}")
