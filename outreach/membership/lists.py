"""Who is to be asked about a payment: not paid yet, about to lapse, or about to pay themselves."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from outreach.contributions.subsidies import SUBSIDY_ENDS_ON, subsidy_ends
from outreach.membership.months import current
from outreach.models import HandOffRow, Payment, Registration, User
from outreach.months import later
from outreach.scopes import registrations_for
from outreach.statuses import HANDED_OVER

FIRST_REMINDER = timedelta(days=7)
SECOND_REMINDER = timedelta(days=30)
Status = Registration.Status


def lists(now: datetime) -> Mapping[str, Q]:
    """Every follow-up list, by its name; nobody is on two of them for the same reason."""
    month = current(now)
    unpaid = Q(status__in=HANDED_OVER) & ~Q(has_paid=True)
    first, second = now - FIRST_REMINDER, now - SECOND_REMINDER
    return {
        "unpaid_7_days": unpaid & Q(handed_off_at__lte=first, handed_off_at__gt=second),
        "unpaid_30_days": unpaid & Q(handed_off_at__lte=second),
        "unpaid_1_month": _paid_until(later(month, -2)),
        "unpaid_2_months": _paid_until(later(month, -3)),
        # Somebody else pays for them, until this month or the next.
        "prepaid_ending": Q(status=Status.ACTIVE)
        & subsidy_ends(month, later(month, 2) - timedelta(days=1)),
    }


NAMES = ("unpaid_7_days", "unpaid_30_days", "unpaid_1_month", "unpaid_2_months", "prepaid_ending")


def _paid_until(month: date) -> Q:
    return Q(status=Status.ACTIVE, membership__paid_until=month)


def to_follow_up(user: User, name: str, now: datetime) -> QuerySet[Registration]:
    """The registrations of the user's scope that are on a list, with when they were handed off."""
    handed = HandOffRow.objects.filter(registration=OuterRef("pk"), is_current=True)
    paid = Payment.objects.filter(registration=OuterRef("pk"), undone_at=None)
    return (
        registrations_for(user)
        .annotate(
            handed_off_at=Subquery(handed.values("hand_off__made_at")[:1]),
            payment_code=Subquery(handed.values("payment_code")[:1]),
            has_paid=Exists(paid),
            paid_until=F("membership__paid_until"),
            subsidy_ends_on=SUBSIDY_ENDS_ON,
        )
        .filter(lists(now)[name])
    )
