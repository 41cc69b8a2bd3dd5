"""What offices are out for: set for a year, split by month, revised without losing what was."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from outreach import bulk
from outreach.models import Office, OfficeTarget, User
from outreach.months import later
from outreach.problems import Problem, invalid
from outreach.validity import Fault, Span, fault_text, faults

LOCK = 0x74617267


class NewTarget(NamedTuple):
    """A target, or a revision of one, in force from a day on."""

    office: Office
    segment: str
    activity: str
    year: int
    effective_from: date
    months: Sequence[int]
    profile: str
    source: str


def split(number: int, shares: Sequence[int]) -> list[int]:
    """A number in whole parts that add up to it and are as near to the shares as can be.

    What is left over goes to the largest remainders, of equal ones to the first. Shares of nothing
    but noughts are taken as equal.
    """
    weights = list(shares) if sum(shares) else [1] * len(shares)
    whole = sum(weights)
    parts = [number * weight // whole for weight in weights]
    remainders = [(-(number * weight % whole), place) for place, weight in enumerate(weights)]
    for _remainder, place in sorted(remainders)[: number - sum(parts)]:
        parts[place] += 1
    return parts


def plan_to_date(months: Sequence[int], year: int, day: date) -> int:
    """How much of a year's target falls on the days up to one, the running month by its days."""
    return sum(
        round(number * elapsed(year, place, day)) for place, number in enumerate(months, start=1)
    )


def elapsed(year: int, month: int, day: date) -> float:
    """The share of a month's days that are over at the end of a day."""
    first = date(year, month, 1)
    return min(max(((day - first).days + 1) / (later(first, 1) - first).days, 0.0), 1.0)


@transaction.atomic
def set_target(
    new: NewTarget, actor: User, now: datetime, base_version: int | None = None
) -> tuple[OfficeTarget, bool]:
    """Have a target from a day on, and whether it is new: the same once more changes nothing.

    Raises Problem: conflict where `base_version` (0: none yet) is not the newest any more, invalid
    for days that another version has, or for which there would be none.
    """
    bulk.run("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, new.office.pk])
    versions = list(
        OfficeTarget.objects.filter(
            office=new.office, segment=new.segment, activity=new.activity, year=new.year
        )
        .select_related("office")
        .order_by("version")
    )
    newest = versions[-1] if versions else None
    if newest and _fields(newest) == new:
        return newest, False
    known = newest.version if newest else 0
    if base_version is not None and base_version != known:
        raise Problem("conflict", _("Somebody has revised this target since you looked."))
    wrong = faults_of([version.effective_from for version in versions], new)
    if wrong:
        raise invalid(*(("/effective_from", fault.kind, fault_text(fault)) for fault in wrong))
    made = OfficeTarget.objects.create(
        **new._asdict() | {"months": list(new.months)},
        version=known + 1,
        set_by=actor,
        set_at=now,
    )
    return made, True


def _fields(version: OfficeTarget) -> NewTarget:
    return NewTarget(
        office=version.office,
        segment=version.segment,
        activity=version.activity,
        year=version.year,
        effective_from=version.effective_from,
        months=version.months,
        profile=version.profile,
        source=version.source,
    )


def faults_of(starts: Sequence[date], new: NewTarget) -> list[Fault]:
    """Days of the year for which there would be no version, or that another one has already."""
    first, last = date(new.year, 1, 1), date(new.year, 12, 31)
    if not starts:
        begin = max(new.effective_from, first)
        return faults(
            [Span(first - timedelta(days=1), first - timedelta(days=1)), Span(begin, last)]
        )
    if new.effective_from > starts[-1]:
        return [] if new.effective_from <= last else [Fault("gap", last, new.effective_from)]
    ends = [start - timedelta(days=1) for start in starts[1:]]
    spans = [Span(start, end) for start, end in zip(starts, [*ends, last], strict=True)]
    return faults([*spans, Span(new.effective_from, last)])
