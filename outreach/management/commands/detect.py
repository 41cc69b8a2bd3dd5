"""Detectors run now, over what is new or over the whole history."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count
from django.utils import timezone

from outreach.detecting import following, recounting
from outreach.flags import DETECTED
from outreach.models import Flag, MonthFinding


class Command(BaseCommand):
    """Safe to run at any time, beside the job that does the same."""

    help = "Look for what may be fraud, as the jobs do, and say how much is flagged by now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="look at the whole history, as by new thresholds"
        )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        if options["again"]:
            following.look_again()
        looked_at = 0
        while changes := following.follow(now):
            looked_at += changes
        recounting.recount(now)
        self.stdout.write(f"{looked_at} changes looked at.")
        flags = Flag.objects.filter(code__in=DETECTED).values("code")
        months = MonthFinding.objects.filter(taken_back_at=None).values("code")
        for row in [*flags.annotate(number=Count("pk")), *months.annotate(number=Count("pk"))]:
            self.stdout.write(f"{row['code']}: {row['number']}")
