"""The month that standings are of, by its first day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

EASTERNMOST = ZoneInfo("Asia/Jayapura")


def current_period(now: datetime) -> date:
    """The month that standings are of.

    It begins where midnight comes first, so that no tablet captures in a period that is not open.
    """
    return now.astimezone(EASTERNMOST).date().replace(day=1)
