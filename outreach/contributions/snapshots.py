"""The quote that a registration carries, and what it would be by the rules of today."""

from typing import Any

import msgspec

from outreach.contributions.quoting import Quote, Worker, quote, same_amounts
from outreach.contributions.rules import RuleBook, month_of
from outreach.models import Registration
from outreach.statuses import UNDECIDED

QUOTED_ANEW = UNDECIDED | {Registration.Status.VERIFIED}


def kept_quote(registration: Registration) -> Quote | None:
    """The quote as it was when the content came in; None for what came before there were quotes."""
    kept: Any = registration.quote
    return None if kept is None else msgspec.convert(kept, Quote)


def requote(registration: Registration, book: RuleBook) -> Quote | None:
    """The quote by the rules of today, where it asks for something else than the kept one.

    None once the registration is handed off, and others reckon, or is out. Of a queryset with
    `occupation` selected, no statement.
    """
    if registration.status not in QUOTED_ANEW:
        return None
    kept = kept_quote(registration)
    occupation = registration.occupation
    worker = Worker(
        income=registration.monthly_income,
        programmes=registration.programmes,
        is_transport=occupation.is_transport if occupation else None,
        payer=registration.payer,
        is_employer=registration.is_employer,
        first_month=month_of(registration.local_day),
        months=registration.months_prepaid,
    )
    anew = quote(worker, book)
    return None if kept and same_amounts(kept, anew) else anew
