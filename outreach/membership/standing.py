"""What follows from hand-offs, answers, payments and decisions: memberships and statuses.

One place, whatever the facts are and in whatever order they came: an import, the job that lapses, a
decision and a rebuild all end in these two statements. The caller holds the registrations' locks.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.membership.months import LAPSES_AFTER, ZONE
from outreach.models import Decision, HandOffRow
from outreach.statuses import VERIFIED, check_step

AT_ONCE = 5000

_LAPSES_AT = (
    f"((paid_until + interval '{LAPSES_AFTER} months')::timestamp AT TIME ZONE '{ZONE.key}')"
)
_PAID = """
    SELECT registration_id, min(first_month) AS active_from,
        max((first_month + (months - 1) * interval '1 month')::date) AS paid_until
    FROM outreach_payment WHERE registration_id = ANY(%(ids)s) AND undone_at IS NULL
    GROUP BY registration_id
"""
_MEMBERSHIPS = f"""
    INSERT INTO outreach_membership AS old
        (registration_id, active_from, paid_until, lapsed_at, withdrawn_at)
    SELECT record.id, active_from, paid_until,
        CASE WHEN {_LAPSES_AT} <= %(now)s THEN {_LAPSES_AT} END,
        CASE WHEN record.status = 'withdrawn' THEN (
            SELECT max(decided_at) FROM outreach_decision AS said
            WHERE said.registration_id = record.id AND said.kind = 'withdraw'
        ) END
    FROM outreach_registration AS record
    LEFT JOIN ({_PAID}) AS paid ON paid.registration_id = record.id
    WHERE record.id = ANY(%(ids)s) AND (paid.registration_id IS NOT NULL
        OR EXISTS (SELECT FROM outreach_membership WHERE registration_id = record.id))
    ORDER BY record.id
    ON CONFLICT (registration_id) DO UPDATE SET active_from = excluded.active_from,
        paid_until = excluded.paid_until, lapsed_at = excluded.lapsed_at,
        withdrawn_at = excluded.withdrawn_at
    WHERE (old.active_from, old.paid_until, old.lapsed_at, old.withdrawn_at)
        IS DISTINCT FROM (excluded.active_from, excluded.paid_until, excluded.lapsed_at,
            excluded.withdrawn_at)
    RETURNING registration_id
"""
_DUE = f"""
    SELECT record.id, record.kader_id, record.status,
        CASE WHEN {_LAPSES_AT} <= %(now)s THEN 'lapsed' WHEN paid_until IS NOT NULL THEN 'active'
            WHEN handed.answer = 'accepted' THEN 'awaiting_payment'
            WHEN handed.answer = 'none' THEN 'handed_off' ELSE 'verified' END
    FROM outreach_registration AS record
    LEFT JOIN ({_PAID}) AS paid ON paid.registration_id = record.id
    LEFT JOIN outreach_handoffrow AS handed
        ON handed.registration_id = record.id AND handed.is_current
    WHERE record.id = ANY(%(ids)s)
"""


class Due(NamedTuple):
    """A registration with the status that facts give it from `verified` on."""

    id: UUID
    kader: int
    status: str
    due: str


class Followed(NamedTuple):
    """Registrations of which anything changed, with the kader to be told."""

    owners: Mapping[UUID, int]
    statuses: int
    memberships: int


def lock(ids: Iterable[UUID]) -> None:
    """Lock registrations, in the one order."""
    bulk.run(
        "SELECT FROM outreach_registration WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(ids)],
    )


def follow(ids: Collection[UUID], now: datetime) -> Followed:
    """Bring memberships, and statuses from `verified` on, in line with what is known.

    The caller has locked the registrations, and logs the `owners` after `changes.settle`.
    """
    owners: dict[UUID, int] = {}
    statuses = memberships = 0
    asked = sorted(ids)
    for start in range(0, len(asked), AT_ONCE):
        chunk = asked[start : start + AT_ONCE]
        due = _due(chunk, now)
        moving = [one for one in due if one.status in VERIFIED and one.status != one.due]
        for one in moving:
            check_step(one.status, one.due)
        bulk.run(
            "UPDATE outreach_registration AS record SET status = new.status"
            " FROM unnest(%s::uuid[], %s::text[]) AS new(id, status) WHERE record.id = new.id",
            [[one.id for one in moving], [one.due for one in moving]],
        )
        changed = follow_payments(chunk, now)
        touched = changed.union(one.id for one in moving)
        owners |= {one.id: one.kader for one in due if one.id in touched}
        statuses += len(moving)
        memberships += len(changed)
    return Followed(owners, statuses, memberships)


def follow_payments(ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Make memberships what payments and decisions say; gives the registrations whose changed."""
    return {one for (one,) in bulk.run(_MEMBERSHIPS, {"ids": list(ids), "now": now})}


def due_status(registration: UUID, before: str, now: datetime) -> str:
    """The status that a registration gets back that had `before` when something was decided."""
    return due_statuses([registration], now)[registration] if before in VERIFIED else before


def due_statuses(ids: Sequence[UUID], now: datetime) -> dict[UUID, str]:
    """The statuses that facts give registrations from `verified` on."""
    return {one.id: one.due for one in _due(ids, now)}


def reopen(decisions: Iterable[Decision]) -> None:
    """Of refusals by BPJS that are taken back: have the hand-offs wait for an answer again."""
    rows = [
        one.about["hand_off_row"]
        for one in decisions
        if one.kind == Decision.Kind.REFUSE and one.about
    ]
    if rows:
        HandOffRow.objects.filter(pk__in=rows).update(
            is_current=True,
            answer=HandOffRow.Answer.NONE,
            refusal=None,
            answered_at=None,
            said_by=[],
        )


def log(owners: Mapping[UUID, int]) -> None:
    """Tell the kader of registrations that these changed; after `changes.settle`."""
    changes.log_registrations(sorted(owners.items()))


def _due(ids: Sequence[UUID], now: datetime) -> list[Due]:
    return [Due(*row) for row in bulk.run(_DUE, {"ids": list(ids), "now": now})]
