"""Cells read as what their column holds, in the forms that people write it."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from outreach.imports.tables import Odd, Value

MOST_DIGITS_KEPT = 15
"""A spreadsheet's number has no more: of a NIK entered as one the last digit is gone."""
SERIAL_ZERO = date(1899, 12, 30)
FIRST_YEAR, LAST_YEAR = 1900, 2199
FIRST_SERIAL = 61
"""Of 1 March 1900; before it spreadsheets count a day that was not."""
LAST_SERIAL = (date(LAST_YEAR, 12, 31) - SERIAL_ZERO).days

_MONTHS = (
    ("januari", "january", "jan"),
    ("februari", "february", "feb", "pebruari", "peb"),
    ("maret", "march", "mar"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("agustus", "august", "agu", "ags", "agt", "aug"),
    ("september", "sep", "sept"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nov", "nop", "nopember"),
    ("desember", "december", "des", "dec"),
)
MONTH_NAMES = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+Z?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?: [\d:.]+)?", re.ASCII)
_NAMED = re.compile(r"(?:[a-z']+,? +)?(\d{1,2})[-/. ]+([a-z]+)\.?[-/., ]+(\d{4})", re.ASCII)
_MONTH_ISO = re.compile(r"(\d{4})[-/](\d{1,2})", re.ASCII)
_MONTH_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{4})", re.ASCII)
_MONTH_NAMED = re.compile(r"([a-z]+)\.?[-/., ]+(\d{4})", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+", re.ASCII)
_SEPARATORS = str.maketrans("", "", " .-/")

Reader = Callable[[Value], Any]


class BadCell(Exception):
    """A cell that does not hold what its column does: a code, and what its sentence names."""

    def __init__(self, code: str, **named: Any) -> None:
        super().__init__(code)
        self.code = code
        self.named = named


def shown(value: Value) -> str:
    """A cell as text."""
    if isinstance(value, Odd):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**MOST_DIGITS_KEPT:
        return str(int(value))
    return str(value)


def text(most: int) -> Reader:
    """Any text of at most so many characters."""

    def read(value: Value) -> str:
        found = shown(value)
        if isinstance(value, int | float) and abs(value) >= 10**MOST_DIGITS_KEPT:
            raise BadCell("rounded")
        if len(found) > most:
            raise BadCell("longer_than", most=most)
        if not found.isprintable():
            found = "".join(letter if letter.isprintable() else " " for letter in found)
        return found

    return read


def digits(least: int, most: int) -> Reader:
    """Digits kept as text, however they were grouped."""

    def read(value: Value) -> str:
        if isinstance(value, int | float) and abs(value) >= 10**MOST_DIGITS_KEPT:
            raise BadCell("rounded")
        found = shown(value).translate(_SEPARATORS)
        if not (found.isdecimal() and found.isascii() and least <= len(found) <= most):
            raise BadCell("no_digits", least=least, most=most)
        return found

    return read


def whole(low: int, high: int) -> Reader:
    """A whole number between two others, both included."""

    def read(value: Value) -> int:
        found = shown(value)
        if _THOUSANDS.fullmatch(found) and isinstance(value, str):
            found = found.replace(".", "").replace(",", "")
        if not (found.removeprefix("-").isdecimal() and found.isascii() and len(found) < 19):
            raise BadCell("no_whole_number")
        number = int(found)
        if not low <= number <= high:
            raise BadCell("out_of_range", low=low, high=high)
        return number

    return read


def day(value: Value) -> date:
    """A date: as a spreadsheet's number, 2026-11-20, 20-11-2026, 20/11/2026, 20 November 2026,
    or Friday, 20 November 2026.

    Of two numbers the day comes first, as everywhere in Indonesia.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_serial(value)
    found = shown(value).strip().casefold()
    if match := _ISO.fullmatch(found):
        return _date(match[1], match[2], match[3])
    if match := _DAY_FIRST.fullmatch(found):
        return _date(match[3], match[2], match[1])
    if (match := _NAMED.fullmatch(found)) and match[2] in MONTH_NAMES:
        return _date(match[3], MONTH_NAMES[match[2]], match[1])
    if found.isdecimal() and found.isascii() and len(found) == 5:
        return _of_serial(int(found))
    raise BadCell("no_date")


def month(value: Value) -> date:
    """A month by its first day: 2026-11, 11/2026, November 2026, or a date in it."""
    try:
        if isinstance(value, str):
            found = value.strip().casefold()
            if match := _MONTH_ISO.fullmatch(found):
                return _date(match[1], match[2], 1)
            if match := _MONTH_FIRST.fullmatch(found):
                return _date(match[2], match[1], 1)
            if (match := _MONTH_NAMED.fullmatch(found)) and match[1] in MONTH_NAMES:
                return _date(match[2], MONTH_NAMES[match[1]], 1)
        return day(value).replace(day=1)
    except BadCell:
        raise BadCell("no_month") from None


def choice(words: Mapping[str, str], names: Mapping[str, str] = MappingProxyType({})) -> Reader:
    """One of some words, however they are written; gives what the word stands for.

    Who writes another is told each meaning by its name, or else by its first word.
    """
    told = dict(names)
    for word, meaning in words.items():
        if word:
            told.setdefault(meaning, word)

    def read(value: Value) -> str:
        found = " ".join(shown(value).casefold().replace("_", " ").split())
        if found not in words:
            raise BadCell("no_choice", choices=", ".join(sorted(told.values())))
        return words[found]

    return read


def identifier(value: Value) -> UUID:
    """A UUID."""
    try:
        return UUID(shown(value).strip())
    except ValueError:
        raise BadCell("no_identifier") from None


def _of_serial(number: float) -> date:
    if not FIRST_SERIAL <= number <= LAST_SERIAL:
        raise BadCell("no_date")
    return SERIAL_ZERO + timedelta(days=int(number))


def _date(year: int | str, number: int | str, of_month: int | str) -> date:
    try:
        found = date(int(year), int(number), int(of_month))
    except ValueError:
        raise BadCell("no_date") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadCell("no_date")
    return found
