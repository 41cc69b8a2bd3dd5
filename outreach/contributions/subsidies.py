"""Whose contributions somebody else has paid, and until when."""

from datetime import date

from django.db.models import Case, DateField, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from outreach.models import Payment, Registration

Payer = Registration.Payer
SUBSIDISERS = (Payer.SPONSOR, Payer.VILLAGE, Payer.LOCAL_BUDGET, Payer.NATIONAL_BUDGET)


class _LastDay(Func):
    """The last day of so many months, from the month of a day on."""

    template = "(date_trunc('month', %(expressions)s * interval '1 month' - interval '1 day')::date"
    arg_joiner = ") + "
    output_field = DateField()


_PROMISED = Case(
    When(
        payer__in=SUBSIDISERS,
        then=Coalesce(
            _LastDay(Coalesce("membership__active_from", "local_day"), F("months_prepaid")),
            _LastDay(F("membership__paid_until"), Value(1)),
        ),
    )
)
_PAID = Subquery(
    Payment.objects.filter(registration=OuterRef("pk"), undone_at=None, payer__in=SUBSIDISERS)
    .annotate(ends_on=_LastDay(F("first_month"), F("months")))
    .order_by("-ends_on")
    .values("ends_on")[:1]
)
SUBSIDY_ENDS_ON = Greatest(_PROMISED, _PAID)
"""Of registrations: the last day for which somebody else pays; null where nobody does.

The months that were promised begin with the first that was confirmed as paid, or else with the one
in which the worker was registered. Where nobody said how many, it is what was paid so far. Payments
of which it is known that somebody else made them go further, whoever was to pay at first.
"""


def subsidy_ends(first: date, last: date) -> Q:
    """Of registrations with `subsidy_ends_on`, SUBSIDY_ENDS_ON: it ends on one of these days.

    Whoever has paid for months after it already is left out.
    """
    return Q(
        Q(membership__paid_until=None) | Q(membership__paid_until__lte=F("subsidy_ends_on")),
        subsidy_ends_on__range=(first, last),
    )
