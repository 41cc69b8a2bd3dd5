"""The five-day market week of Java, by which many markets are held.

It never skips a day, so it follows from one known date: 17 August 1945 was a Jumat Legi. With the
week of seven days it makes the weton, which comes again after 35 days.
"""

from datetime import date
from enum import StrEnum


class Pasaran(StrEnum):
    LEGI = "legi"
    PAHING = "pahing"
    PON = "pon"
    WAGE = "wage"
    KLIWON = "kliwon"


_IN_ORDER = tuple(Pasaran)
_A_LEGI = date(1945, 8, 17)


def pasaran_of(day: date) -> Pasaran:
    """The day's place in the five-day week, of the calendar day from midnight to midnight.

    By tradition a day begins at sunset; markets and printed calendars go by the morning.
    """
    return _IN_ORDER[(day - _A_LEGI).days % len(_IN_ORDER)]
