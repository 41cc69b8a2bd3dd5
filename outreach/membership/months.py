"""Contribution months: they begin at midnight in Jakarta, where BPJS keeps its books."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from outreach.months import later

ZONE = ZoneInfo("Asia/Jakarta")
UNPAID_MONTHS = 3
"""After so many, all of them over, a membership lapses."""
LAPSES_AFTER = UNPAID_MONTHS + 1
"""Months from the last paid one to the first in which the membership has lapsed."""


def today(now: datetime) -> date:
    return now.astimezone(ZONE).date()


def current(now: datetime) -> date:
    """The month that it is, by its first day."""
    return today(now).replace(day=1)


def is_active(paid_until: date, month: date) -> bool:
    """Whether who has paid until one month is a member in another."""
    return month < later(paid_until, LAPSES_AFTER)


def unpaid(paid_until: date, month: date) -> int:
    """How many whole months before this one are not paid."""
    behind = (month.year - paid_until.year) * 12 + month.month - paid_until.month - 1
    return max(behind, 0)
