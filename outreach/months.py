"""Months, each by its first day."""

from datetime import date


def later(month: date, months: int) -> date:
    """The month so many months after that of a day, or before it where `months` is below zero."""
    years, number = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(years, number + 1, 1)
