"""A kader's answer to a flag, and what a coordinator decides about it: all of it stays.

Accepted or upheld, a flag stays readable and changes no status: verifying and rejecting are
decisions of their own.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from outreach.models import Flag, FlagRemark, PastFlag, Registration, User
from outreach.problems import Problem
from outreach.scopes import registrations_for

Kind = FlagRemark.Kind
DECISIONS = (Kind.ACCEPT, Kind.UPHOLD, Kind.REOPEN)
MOST_REMARKS = 50
State = Literal["open", "accepted", "upheld"]
_STATES: dict[str, State] = {Kind.ACCEPT: "accepted", Kind.UPHOLD: "upheld", Kind.REOPEN: "open"}


def state_of(remarks: Iterable[FlagRemark]) -> State:
    """Where a flag stands, by its remarks from old to new."""
    decided = [one.kind for one in remarks if one.kind in DECISIONS]
    return _STATES[decided[-1]] if decided else "open"


@transaction.atomic
def remark(
    registration_id: UUID, code: str, kind: FlagRemark.Kind, actor: User, text: str, now: datetime
) -> list[FlagRemark]:
    """Add an answer or a decision; the same as the last one once more changes nothing.

    Gives all remarks about the flag, from old to new. Raises Problem: not_found, own_record,
    already_decided, not_possible where nothing is decided yet, or where too much was said.
    """
    registration = (
        registrations_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=registration_id)
        .first()
    )
    if registration is None or not _was_raised(registration, code):
        raise Problem("not_found")
    is_own = registration.kader_id == actor.pk
    if kind in DECISIONS and is_own:
        raise Problem("own_record")
    known = list(registration.flag_remarks.filter(code=code).order_by("pk"))
    last = next(
        (one for one in reversed(known) if (one.kind in DECISIONS) == (kind in DECISIONS)), None
    )
    if last and (last.kind, last.text, last.by_id) == (kind, text, actor.pk):
        return known
    _check(known, kind, registration)
    made = FlagRemark.objects.create(
        registration=registration, code=code, kind=kind, text=text, by=actor, made_at=now
    )
    return [*known, made]


def _check(known: list[FlagRemark], kind: FlagRemark.Kind, registration: Registration) -> None:
    is_open = state_of(known) == "open"
    if kind in {Kind.ACCEPT, Kind.UPHOLD} and not is_open:
        raise Problem(
            "already_decided", _("Somebody has decided about this flag: reopen it first.")
        )
    if (kind == Kind.REOPEN and is_open) or len(known) >= MOST_REMARKS:
        raise Problem("not_possible", state=registration.status)


def _was_raised(registration: Registration, code: str) -> bool:
    return any(
        model.objects.filter(registration=registration, code=code).exists()
        for model in (Flag, PastFlag)
    )
