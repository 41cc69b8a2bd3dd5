"""A kader's answer to a flag, and what a coordinator decides about it: all of it stays."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from outreach.models import Flag, FlagRemark, PastFlag, Registration, User
from outreach.problems import Problem
from outreach.remarks import DECISIONS, add
from outreach.scopes import registrations_for


class Remarked(NamedTuple):
    """A flag's evidence, null where it was taken back, and all that was said, from old to new."""

    evidence: dict[str, Any] | None
    remarks: list[FlagRemark]


@transaction.atomic
def remark(
    registration_id: UUID, code: str, kind: FlagRemark.Kind, actor: User, text: str, now: datetime
) -> Remarked:
    """Add an answer or a decision; the same as the last one once more changes nothing.

    Raises Problem: not_found, own_record, and as outreach.remarks.add.
    """
    registration = (
        registrations_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=registration_id)
        .first()
    )
    if registration is None:
        raise Problem("not_found")
    evidence = _evidence(registration, code)
    if kind in DECISIONS and registration.kader_id == actor.pk:
        raise Problem("own_record")
    known = list(registration.flag_remarks.filter(code=code).order_by("pk"))
    new = FlagRemark(
        registration=registration, code=code, kind=kind, text=text, by=actor, made_at=now
    )
    return Remarked(evidence, add(known, new, state=registration.status))


def _evidence(registration: Registration, code: str) -> dict[str, Any] | None:
    """Raises Problem not_found where there never was such a flag."""
    if flag := Flag.objects.filter(registration=registration, code=code).first():
        evidence: dict[str, Any] = flag.evidence
        return evidence
    if PastFlag.objects.filter(registration=registration, code=code).exists():
        return None
    raise Problem("not_found")
