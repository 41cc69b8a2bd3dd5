"""What the commands that change the current boundaries have in common."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils import timezone

from outreach.management.arguments import text
from outreach.models import BoundaryChange, BoundarySet, Region
from outreach.places.boundaries.coverage import boundaries_before_and_after
from outreach.places.boundaries.neighbours import NeighbourOverlap, overlaps_of_current
from outreach.places.boundaries.reports import overlapping, villages
from outreach.reattribution.reattributing import reattribute
from outreach.reattribution.report import Findings

MOST_LINES = 40
LONGEST_REASON = 500


def place_anew_now(
    command: BaseCommand, change: BoundaryChange | None = None
) -> list[BoundaryChange]:
    """Reattribute in the foreground, with progress on a terminal, and tell what that changed.

    Gives the changes that it finished and `change`, which the worker may have finished before us.
    """

    def progress(looked_at: int) -> None:
        if command.stderr.isatty():
            command.stderr.write(f"\r{looked_at} registrations placed anew", ending="")

    changes = reattribute(timezone.now(), progress)
    if change and change not in changes:
        change.refresh_from_db()
        changes.append(change)
    for done in changes:
        if command.stderr.isatty():
            command.stderr.write("")
        command.stdout.write(told(done))
        for line in _coverage_lines(done):
            command.stdout.write(f"  {line}")
        lines = findings_lines(done)
        for line in lines[:MOST_LINES]:
            command.stdout.write(f"  {line}")
        if len(lines) > MOST_LINES:
            command.stdout.write(f"  and {len(lines) - MOST_LINES} more lines (see --report)")
    return changes


def as_json(changes: Sequence[BoundaryChange]) -> dict[str, Any]:
    """Changes and what became of registrations, for --report."""
    return {
        "changes": [
            {
                "change": change.pk,
                "kind": change.kind,
                "undoes": change.undoes_id,
                "regencies": change.regencies,
                "villages_with_a_boundary": {
                    code: {"before": before, "after": after}
                    for code, (before, after) in boundaries_before_and_after(change).items()
                },
                "made_at": change.made_at.isoformat(),
                "reason": change.reason,
                "registrations": change.report,
            }
            for change in changes
        ]
    }


def told(change: BoundaryChange) -> str:
    """One line about a change: what, where, when and why."""
    undone = getattr(change, "undone_by", None)
    by = change.actor.username if change.actor else ""
    return ", ".join(
        part
        for part in (
            f"change {change.pk}: {change.kind}"
            + (f" of change {change.undoes_id}" if change.undoes_id else "")
            + f" in {_named(change.regencies)}",
            f"{change.made_at:%Y-%m-%d %H:%M} UTC" + (f" by {by}" if by else ""),
            change.reason,
            f"undone by change {undone.pk}" if undone else "",
            "" if change.reattributed_at else "registrations are still being placed anew",
        )
        if part
    )


def findings_lines(change: BoundaryChange) -> list[str]:
    """What a change did to registrations, with the names of the villages."""
    findings = Findings.from_json(change.report)
    return findings.lines(_names(findings.codes()))


def _coverage_lines(change: BoundaryChange) -> list[str]:
    """Where villages lost or got a boundary, the worst losses first, and overlap another regency.

    A load has told of overlaps itself.
    """
    counts = boundaries_before_and_after(change)
    names = _names(counts)
    moved = sorted(
        (after - before, code, before, after)
        for code, (before, after) in counts.items()
        if before != after
    )
    lines = [
        f"{code} {names[code]}: {villages(after)} with a boundary, {before} before"
        for _, code, before, after in moved
    ] + [
        f"{code} {names[code]}: {overlapping(overlaps)}"
        for code, overlaps in _overlaps(change, list(counts)).items()
    ]
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + ([f"and {more} more lines (see --report)"] if more > 0 else [])


def _overlaps(
    change: BoundaryChange, regencies: Sequence[str]
) -> dict[str, list[NeighbourOverlap]]:
    return {} if change.kind == BoundaryChange.Kind.LOAD else overlaps_of_current(regencies)


def _named(codes: Collection[str], most: int = 12) -> str:
    """Regions in one line, the first of them if there are many."""
    shown = sorted(codes)[:most]
    names = _names(shown)
    more = len(codes) - len(shown)
    return ", ".join(f"{code} {names.get(code, '')}".rstrip() for code in shown) + (
        f" and {more} more" if more > 0 else ""
    )


def _names(codes: Collection[str]) -> dict[str, str]:
    return dict(Region.objects.filter(code__in=codes).values_list("code", "name"))


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


reason = text(LONGEST_REASON)
