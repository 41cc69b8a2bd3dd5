"""Any decision taken back, whatever kind it is of."""

from datetime import datetime
from uuid import UUID

from outreach.activities.reassigning import undo as undo_reassignment
from outreach.answering import take_back
from outreach.asking import IDENTITY_KINDS
from outreach.models import Decision, User
from outreach.reviewing import Ruling, undo


def undo_decision(decision_id: UUID, actor: User, reason: str, now: datetime) -> Ruling:
    """Take a decision back: the latest, and the registration gets the status it had before; or an
    answer about who is who, whatever was said since. Raises Refused for those."""
    kind = Decision.objects.filter(pk=decision_id).values_list("kind", flat=True).first()
    if kind == Decision.Kind.REASSIGN:
        return undo_reassignment(decision_id, actor, reason, now)
    if kind not in IDENTITY_KINDS:
        return undo(decision_id, actor, reason, now)
    answered = take_back(decision_id, actor, reason, now)
    first = answered.registrations[0]
    return Ruling(
        first.pk, done=True, status=first.status, problem=None, decision=answered.decision.pk
    )
