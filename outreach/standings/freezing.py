"""Months frozen as they were published, and revised where records came late.

Revision 1 of a month is made a week after its end, at midnight where midnight comes last, so that
the whole country has one table. What counts for the month later on (late records, decisions, merges
undone, payments confirmed) makes another revision, at most one a day, beside those before it.
Working people, officials, formula and names stay those of revision 1.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from outreach import bulk
from outreach.models import Formula, FrozenStanding, Registration, StandingSnapshot
from outreach.months import later
from outreach.standings.months import current_period
from outreach.standings.rebuilding import refresh
from outreach.standings.recounting import VillageStanding, formula_of, recounted
from outreach.standings.revising import WESTERNMOST, alone, revise
from outreach.standings.tables import NO_RANKS, kept_formula, newest_snapshot, ranks_before

GRACE = timedelta(days=7)
CHUNK = 5000

Rows = list[dict[str, Any]]


def due_at(period: date) -> datetime:
    """When a month is frozen: the midnight a week after its end, in the westernmost zone."""
    return datetime.combine(later(period, 1) + GRACE, time(), WESTERNMOST)


def freeze(now: datetime) -> list[StandingSnapshot]:
    """Freeze all months that are due, the oldest first, and revise those that changed since.

    Each in a transaction of its own; gives what was made. Whatever was missed is made up for, and
    whatever others have made meanwhile is left as it is.
    """
    if kept_formula("", current_period(now)) is None:
        refresh(now)
    made = [first_revision(period, now) for period in _due(now)]
    frozen = StandingSnapshot.objects.order_by("period").values_list("period", flat=True)
    made += [revise(period, now) for period in frozen.distinct()]
    return [snapshot for snapshot in made if snapshot]


def _due(now: datetime) -> list[date]:
    """The months that are over for a week and not frozen: from the first on in which anything came
    in, by the server's clock, since tablets tell of any year."""
    newest = StandingSnapshot.objects.order_by("-period").first()
    if newest:
        period = later(newest.period, 1)
    else:
        first = Registration.objects.order_by("received_at").first()
        if first is None:
            return []
        period = first.received_at.astimezone(WESTERNMOST).date().replace(day=1)
    periods = []
    while due_at(period) <= now:
        periods.append(period)
        period = later(period, 1)
    return periods


def first_revision(period: date, now: datetime) -> StandingSnapshot | None:
    """Freeze a month as it is counted now; None if it is frozen already."""
    with transaction.atomic():
        alone()
        if newest_snapshot(period):
            return None
        # Whoever alters formulas waits, or we see what they altered.
        list(Formula.objects.select_for_update(no_key=True).order_by("version"))
        formula = formula_of(period)
        rows = recounted(period, formula=formula)
        previous = ranks_before(period)
        _insert([_row(row, period, previous.get(row.code, NO_RANKS)) for row in rows])
        return StandingSnapshot.objects.create(
            period=period,
            revision=1,
            formula=formula,
            frozen_at=now,
            reasons=["month_end"],
            changes={},
        )


def _insert(rows: Rows) -> None:
    for start in range(0, len(rows), CHUNK):
        bulk.insert(FrozenStanding, rows[start : start + CHUNK])


def _row(row: VillageStanding, period: date, previous: Sequence[int | None]) -> dict[str, Any]:
    measure, told = row.denominator, row.officials
    return {
        "period": period,
        "village_id": row.code,
        "from_revision": 1,
        "province": row.code[:2],
        "regency": row.code[:5],
        "stratum": row.stratum,
        "name": row.name,
        "kind": row.kind,
        "verified": row.verified,
        "opening_verified": row.opening_verified,
        "provisional": row.provisional,
        "cohort": row.cohort,
        "retained": row.retained,
        "denominator_id": measure and measure.id,
        "denominator_value": measure and measure.value,
        "denominator_kind": measure and measure.kind,
        "denominator_source": measure and measure.source,
        "denominator_year": measure and measure.year,
        "officials_id": told and told.id,
        "officials_count": told and told.officials,
        "officials_members": told and told.members,
        "officials_as_of": told and told.as_of,
        "officials_source": told and told.source,
        "score": row.result.score,
        "previous_ranks": list(previous),
    }
