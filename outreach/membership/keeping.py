"""Memberships kept true as time goes by, and made anew from payments."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.membership import standing
from outreach.membership.months import LAPSES_AFTER, current
from outreach.months import later
from outreach.standings.rebuilding import refresh
from outreach.transactions import attempt

AT_ONCE = 2000
_SOMETHING_HANDED_OFF = """
    SELECT id FROM (
        SELECT registration_id AS id FROM outreach_handoffrow
        UNION SELECT registration_id FROM outreach_payment
        UNION SELECT registration_id FROM outreach_membership
    ) AS known WHERE id > %s ORDER BY id LIMIT %s
"""
_LAPSING = """
    SELECT registration_id FROM outreach_membership
    WHERE paid_until <= %s AND lapsed_at IS NULL AND withdrawn_at IS NULL AND registration_id > %s
    ORDER BY registration_id LIMIT %s
"""


class Rebuilt(NamedTuple):
    """How many statuses and memberships were not what the facts say."""

    statuses: int
    memberships: int


def lapse(now: datetime) -> int:
    """Lapse the memberships whose third unpaid month is over; gives how many."""
    last, count = UUID(int=0), 0
    due = later(current(now), -LAPSES_AFTER)
    while ids := [one for (one,) in bulk.run(_LAPSING, [due, last, AT_ONCE])]:
        count += _follow(ids, now).memberships
        last = ids[-1]
    return count


def rebuild(now: datetime) -> Rebuilt:
    """Make memberships anew from payments, and statuses from what is known; the KPJ is kept."""
    last, statuses, memberships = UUID(int=0), 0, 0
    while ids := [one for (one,) in bulk.run(_SOMETHING_HANDED_OFF, [last, AT_ONCE])]:
        followed = _follow(ids, now)
        statuses += followed.statuses
        memberships += followed.memberships
        last = ids[-1]
    return Rebuilt(statuses, memberships)


def _follow(ids: Collection[UUID], now: datetime) -> standing.Followed:
    def followed() -> standing.Followed:
        standing.lock(ids)
        found = standing.follow(ids, now)
        if found.owners:
            changes.settle()
            standing.log(found.owners)
        return found

    found = attempt(followed)
    refresh_villages(found.owners, now)
    return found


def refresh_villages(registrations: Collection[UUID], now: datetime) -> None:
    """Bring the standings of the villages in line where members became more or fewer."""
    if registrations:
        rows = bulk.run(
            "SELECT DISTINCT person.village_id FROM outreach_registration AS record"
            " JOIN outreach_person AS person ON person.id = record.person_id"
            " WHERE record.id = ANY(%s) AND person.village_id IS NOT NULL",
            [list(registrations)],
        )
        if rows:
            refresh(now, [village for (village,) in rows])
