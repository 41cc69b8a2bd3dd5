"""Payments that were confirmed by mistake."""

from datetime import datetime

from outreach import changes
from outreach.matching import watching
from outreach.membership import standing
from outreach.membership.keeping import refresh_villages
from outreach.models import Payment, User
from outreach.problems import Problem
from outreach.scopes import payments_for
from outreach.transactions import attempt


def undo(payment: int, actor: User, reason: str, now: datetime) -> Payment:
    """Have a payment count no more; again changes nothing.

    Raises Problem: not_found, own_record.
    """
    undone = attempt(lambda: _undo(payment, actor, reason, now))
    refresh_villages([undone.registration_id], now)
    return undone


def _undo(payment_id: int, actor: User, reason: str, now: datetime) -> Payment:
    watching.begin()
    payment = payments_for(actor).select_related("registration").filter(pk=payment_id).first()
    if payment is None:
        raise Problem("not_found")
    if payment.registration.kader_id == actor.pk:
        raise Problem("own_record")
    standing.lock([payment.registration_id])
    Payment.objects.filter(pk=payment_id, undone_at=None).update(
        undone_at=now, undone_by=actor, undone_reason=reason
    )
    followed = standing.follow([payment.registration_id], now)
    changes.settle()
    standing.log(followed.owners)
    payment.refresh_from_db()
    return payment
