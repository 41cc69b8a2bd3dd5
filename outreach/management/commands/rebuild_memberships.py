"""Memberships and statuses made anew from hand-offs, answers, payments and decisions."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach.membership.keeping import rebuild


class Command(BaseCommand):
    """Safe to run at any time."""

    help = "Make memberships anew from payments, and say how many were wrong."

    def handle(self, **_: Any) -> None:
        rebuilt = rebuild(timezone.now())
        self.stdout.write(
            f"{rebuilt.statuses} statuses and {rebuilt.memberships} memberships were not as the"
            " payments say."
        )
