"""What a NIK (the national identity number) says by itself.

Digits 1-6 are the district of first registration, 7-12 the birth date as DDMMYY with 40 added to
a woman's day, 13-16 a serial of that district and day. A NIK is never reissued when a birth date
is corrected or somebody moves, so what it says is evidence and never a reason to refuse.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

_FEMALE_DAY = 40
_CENTURIES = (1900, 2000)
_RUNS = frozenset(
    "".join(str((start + step * place) % 10) for place in range(16))
    for start in range(10)
    for step in (0, 1, 9)
)
"""One digit sixteen times, or counted up or down from any digit."""


@dataclass(frozen=True, slots=True)
class NikFacts:
    """The parts of a NIK.

    `district` is the dotted code of the kecamatan of first registration, whether or not such a
    district exists. `sex` is None when the day is possible for neither. `birth_dates` holds the
    possible ones, earliest first: none when the digits make no date.
    """

    district: str
    sex: Literal["female", "male"] | None
    birth_dates: tuple[date, ...]
    serial: str


def is_nik(text: str) -> bool:
    """Whether the text is 16 ASCII digits. A placeholder is one too: see is_placeholder."""
    return len(text) == 16 and text.isascii() and text.isdigit()


def is_placeholder(nik: str) -> bool:
    """Whether the 16 digits were typed to fill the field: 9999…, 123456…, or a part that is zero.

    Serials begin at 0001, districts at 11.01.01 and days at 1, so no real NIK has them zero.
    """
    return nik in _RUNS or nik[12:] == "0000" or nik[:6] == "000000" or nik[6:12] == "000000"


def nik_facts(nik: str) -> NikFacts:
    """The parts of 16 digits (see is_nik), placeholder or not."""
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    sex, day = _sex_and_day(day)
    dates = []
    for century in _CENTURIES if sex else ():
        try:
            dates.append(date(century + year, month, day))
        except ValueError:
            continue
    return NikFacts(f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}", sex, tuple(dates), nik[12:])


def disagrees(nik: str, birth_date: date, sex: str) -> tuple[str, ...]:
    """Where 16 digits contradict what was declared: of "birth_date" and "sex", in this order.

    The century is read from the declared birth date. A day that is possible for neither sex
    contradicts the birth date alone.
    """
    said_sex, day = _sex_and_day(int(nik[6:8]))
    same_date = (
        day == birth_date.day
        and int(nik[8:10]) == birth_date.month
        and int(nik[10:12]) == birth_date.year % 100
    )
    reasons = () if same_date else ("birth_date",)
    return reasons if said_sex in (None, sex) else (*reasons, "sex")


def _sex_and_day(digits: int) -> tuple[Literal["female", "male"] | None, int]:
    """The sex and the day of the month in digits 7-8; no sex when they make no day."""
    if 1 <= digits <= 31:
        return "male", digits
    if 1 <= digits - _FEMALE_DAY <= 31:
        return "female", digits - _FEMALE_DAY
    return None, digits
