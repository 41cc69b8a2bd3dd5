"""Months, each by its first day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

EASTERNMOST = ZoneInfo("Asia/Jayapura")


def current_period(now: datetime) -> date:
    """The month that standings are of.

    It begins where midnight comes first, so that no tablet captures in a period that is not open.
    """
    return now.astimezone(EASTERNMOST).date().replace(day=1)


def month_before(period: date) -> date:
    return (period - timedelta(days=1)).replace(day=1)


def months_before(period: date, months: int) -> date:
    """The month that many months before, or after where `months` is below zero."""
    years, month = divmod(period.year * 12 + period.month - 1 - months, 12)
    return date(years, month + 1, 1)
