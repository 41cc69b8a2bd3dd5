"""Whose contributions somebody else has paid, and until when."""

from datetime import date, timedelta

from django.db.models import DateField, F, Func, Q, QuerySet
from django.db.models.functions import Coalesce

from outreach.models import Registration
from outreach.statuses import OUT, Status

Payer = Registration.Payer
SUBSIDISERS = (Payer.SPONSOR, Payer.VILLAGE, Payer.LOCAL_BUDGET, Payer.NATIONAL_BUDGET)


class _LastDay(Func):
    """The last day of so many months, from the month of a day on."""

    template = "(date_trunc('month', %(expressions)s * interval '1 month' - interval '1 day')::date"
    arg_joiner = ") + "
    output_field = DateField()


def subsidies_ending(
    registrations: QuerySet[Registration], today: date, within_days: int
) -> QuerySet[Registration]:
    """Those of registrations whose months somebody else pays, and whose last paid day,
    `subsidy_ends_on`, is today or within so many days; the first first.

    The months begin with the first that was confirmed as paid, or else with the one in which the
    worker was registered. Whoever has paid for months after them already is left out.
    """
    last = today + timedelta(days=within_days)
    begins = Coalesce("membership__active_from", "local_day")
    return (
        registrations.filter(payer__in=SUBSIDISERS, months_prepaid__isnull=False)
        .exclude(status__in=OUT | {Status.DUPLICATE})
        .annotate(subsidy_ends_on=_LastDay(begins, F("months_prepaid")))
        .filter(
            Q(membership__paid_until=None) | Q(membership__paid_until__lte=F("subsidy_ends_on")),
            subsidy_ends_on__gte=today,
            subsidy_ends_on__lte=last,
        )
        .order_by("subsidy_ends_on", "pk")
    )
