"""Verified registrations handed to BPJS, a batch at a time, and taken back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach import bulk, changes
from outreach.matching import watching
from outreach.membership import standing
from outreach.models import HandOff, HandOffRow, Payment, Registration, User
from outreach.problems import Problem
from outreach.scopes import hand_offs_for, registrations_for
from outreach.transactions import Overtaken, attempt

MOST_AT_ONCE = 5000
Status = Registration.Status


class Made(NamedTuple):
    """A batch, whether it was made just now, and which of those asked for by id are not in it."""

    hand_off: HandOff
    is_new: bool
    left_out: Sequence[UUID]


def waiting(actor: User) -> QuerySet[Registration]:
    """Registrations that can be handed off."""
    current = HandOffRow.objects.filter(registration=OuterRef("pk"), is_current=True)
    return registrations_for(actor).filter(~Exists(current), status=Status.VERIFIED)


def hand_off(
    batch: UUID,
    actor: User,
    condition: Q,
    ids: Collection[UUID] | None,
    most: int,
    now: datetime,
) -> Made:
    """Hand off the registrations of the actor's scope that fit, the first captured ones first.

    A batch that is there already is given as it is. Raises Problem nobody_waits where there is
    nothing to hand off.
    """
    return attempt(lambda: _hand_off(batch, actor, condition, ids, most, now))


def _hand_off(
    batch: UUID,
    actor: User,
    condition: Q,
    ids: Collection[UUID] | None,
    most: int,
    now: datetime,
) -> Made:
    watching.begin()
    if earlier := HandOff.objects.filter(pk=batch).first():
        if not hand_offs_for(actor).filter(pk=batch).exists():
            raise Problem("not_found")
        return Made(earlier, is_new=False, left_out=[])
    found = waiting(actor).filter(condition)
    if ids is not None:
        found = found.filter(pk__in=ids)
    in_order = found.order_by("corrected_at", "pk")
    wanted = list(in_order.values_list("pk", flat=True)[:most])
    if not wanted:
        raise Problem("nobody_waits")
    standing.lock(wanted)
    rows = list(in_order.filter(pk__in=wanted).values_list("pk", "person_id"))
    if len(rows) < len(wanted):
        raise Overtaken
    assert actor.office_id is not None
    made = HandOff(
        id=batch, office_id=actor.office_id, made_by=actor, made_at=now, row_count=len(rows)
    )
    columns = ("id", "office_id", "made_by_id", "made_at", "row_count", "taken_back_reason")
    row = {name: getattr(made, name) for name in columns}
    if not bulk.insert(HandOff, [row], on_conflict="DO NOTHING"):
        raise Overtaken
    _insert_rows(made, rows)
    _follow([registration for registration, _ in rows], now)
    there = {registration for registration, _ in rows}
    return Made(made, is_new=True, left_out=[one for one in ids or () if one not in there])


def _insert_rows(made: HandOff, rows: Sequence[tuple[UUID, UUID]]) -> None:
    """The registrations of a batch, with their people, in their order."""
    bulk.insert(
        HandOffRow,
        [
            {
                "hand_off_id": made.pk,
                "number": number,
                "registration_id": registration,
                "person": person,
                "is_current": True,
                "answer": HandOffRow.Answer.NONE.value,
            }
            for number, (registration, person) in enumerate(rows, start=1)
        ],
    )


def take_back(batch: UUID, actor: User, reason: str, now: datetime) -> HandOff:
    """Take a batch back that BPJS has answered nothing of; doing so again changes nothing.

    Raises Problem: not_found, hand_off_answered.
    """
    return attempt(lambda: _take_back(batch, actor, reason, now))


def _take_back(batch: UUID, actor: User, reason: str, now: datetime) -> HandOff:
    watching.begin()
    taken = (
        hand_offs_for(actor).select_for_update(of=("self",), no_key=True).filter(pk=batch).first()
    )
    if taken is None:
        raise Problem("not_found")
    if taken.taken_back_at:
        return taken
    ids = list(taken.rows.values_list("registration_id", flat=True))
    standing.lock(ids)
    if (
        taken.rows.exclude(answer=HandOffRow.Answer.NONE).exists()
        or Payment.objects.filter(registration__in=ids, undone_at=None).exists()
    ):
        raise Problem("hand_off_answered")
    taken.rows.update(is_current=False)
    taken.taken_back_at, taken.taken_back_by, taken.taken_back_reason = now, actor, reason
    taken.save()
    _follow(ids, now)
    return taken


def _follow(ids: Collection[UUID], now: datetime) -> None:
    followed = standing.follow(ids, now)
    changes.settle()
    standing.log(followed.owners)
