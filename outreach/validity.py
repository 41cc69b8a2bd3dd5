"""Data that is in force from one day to another: spans that must follow each other.

Rates, targets and formulas change on a date. Two in force on one day, or none, would make a figure
depend on which is read first.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

ONE_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Days on which something is in force, both included; no `last` day: until further notice."""

    first: date
    last: date | None = None

    def has(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


class Fault(NamedTuple):
    """Days, both included, on which nothing is in force, or more than one thing is.

    No `last` day: from then on for ever.
    """

    kind: Literal["gap", "overlap"]
    first: date
    last: date | None


def faults(spans: Iterable[Span]) -> list[Fault]:
    """Gaps between spans and days that two of them have, in order; before the first is no gap."""
    found: list[Fault] = []
    reached: date | None = None
    is_open = False
    for span in sorted(spans, key=lambda span: span.first):
        if is_open or (reached and span.first <= reached):
            ends = [day for day in (span.last, None if is_open else reached) if day]
            found.append(Fault("overlap", span.first, min(ends, default=None)))
        elif reached and span.first > reached + ONE_DAY:
            found.append(Fault("gap", reached + ONE_DAY, span.first - ONE_DAY))
        is_open = is_open or span.last is None
        if span.last:
            reached = max(reached or span.last, span.last)
    return found


def fault_text(fault: Fault) -> str:
    """What is wrong, for people."""
    days = {"first": fault.first, "last": fault.last}
    match fault:
        case Fault("gap", last=None):
            return _("Nothing would be in force from %(first)s on.") % days
        case Fault("gap"):
            return _("Nothing would be in force from %(first)s to %(last)s.") % days
        case Fault(last=None):
            return _("Two would be in force at once from %(first)s on.") % days
    return _("Two would be in force at once from %(first)s to %(last)s.") % days
