"""What the commands that change the current boundaries have in common."""

from argparse import ArgumentTypeError
from collections.abc import Sequence
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils import timezone

from outreach.findings import Findings
from outreach.models import BoundaryChange, BoundarySet
from outreach.reattributing import reattribute

MOST_LINES = 40
LONGEST_REASON = 500


def place_anew_now(command: BaseCommand) -> None:
    """Reattribute in the foreground, with progress on a terminal, and tell what that changed."""

    def progress(looked_at: int) -> None:
        if command.stderr.isatty():
            command.stderr.write(f"\r{looked_at} registrations placed anew", ending="")

    for change in reattribute(timezone.now(), progress):
        if command.stderr.isatty():
            command.stderr.write("")
        command.stdout.write(told(change))
        lines = Findings.from_json(change.report).lines()
        for line in lines[:MOST_LINES]:
            command.stdout.write(f"  {line}")
        if len(lines) > MOST_LINES:
            command.stdout.write(f"  and {len(lines) - MOST_LINES} more lines in the kept report")


def told(change: BoundaryChange) -> str:
    """One line about a change: what, where, when and why."""
    undone = getattr(change, "undone_by", None)
    by = change.actor.username if change.actor else ""
    return ", ".join(
        part
        for part in (
            f"change {change.pk}: {change.kind}"
            + (f" of change {change.undoes_id}" if change.undoes_id else "")
            + f" in {listed(change.regencies)}",
            f"{change.made_at:%Y-%m-%d %H:%M} UTC" + (f" by {by}" if by else ""),
            change.reason,
            f"undone by change {undone.pk}" if undone else "",
            "" if change.reattributed_at else "registrations are still being placed anew",
        )
        if part
    )


def listed(codes: Sequence[str] | dict[str, object], most: int = 12) -> str:
    """Codes in one line, the first of them if there are many."""
    shown = sorted(codes)
    more = len(shown) - most
    return ", ".join(shown[:most]) + (f" and {more} more" if more > 0 else "")


def set_named(name: str) -> UUID:
    """The one set whose id begins like this. Raises CommandError."""
    found = list(
        BoundarySet.objects.annotate(text=Cast("id", CharField()))
        .filter(text__startswith=name.lower())
        .values_list("id", flat=True)[:2]
    )
    if len(found) != 1:
        what = "more than one set begins" if found else "no set begins"
        raise CommandError(f"{what} with {name}: `boundaries` lists them")
    return found[0]


def reason(text: str) -> str:
    """A command's reason, for argparse."""
    if not text.strip() or len(text) > LONGEST_REASON:
        raise ArgumentTypeError(f"a reason has 1 to {LONGEST_REASON} characters")
    return text.strip()
