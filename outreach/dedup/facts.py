"""What a registration says about who the worker is, normalised for blocking and comparing."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from outreach.dedup.names import name_words
from outreach.dedup.nik import is_nik, is_placeholder

LONGEST_WORD = 24
MOST_WORDS = 6
_NOT_DIGITS = re.compile(r"[^0-9]+")
_WORDS = re.compile(r"[a-z0-9]+")
_STREET_WORDS = frozenset(
    _WORDS.findall("jl jln jalan gg gang no nomor rt rw dusun dsn lingkungan lk kp kampung blok")
)
_UNKNOWN_NAMES = frozenset(
    ("tidak tau", "tidak ada", "tidak diketahui", "tak ada", "tanpa nama", "anonim", "almarhum")
)
"""What is written into a field nobody can fill; normalised."""


class Facts(NamedTuple):
    """One registration in the form that is compared. Every text is "" where nothing is known.

    `name` and `mother` are at most MOST_WORDS folded words in written order; `birth_date` is
    a proleptic ordinal, 0 when unknown; `sex` is "f" or "m"; `nik` only digits, a placeholder is
    "" and an incomplete one is kept; `phone` is the national number without 0 or 62; `address` is
    sorted words; `captured_hour` counts hours since 1970.
    """

    name: str
    birth_date: int = 0
    sex: str = ""
    nik: str = ""
    mother: str = ""
    phone: str = ""
    village: str = ""
    address: str = ""
    occupation: str = ""
    kader: str = ""
    captured_hour: int = 0


def facts_of(
    *,
    full_name: str,
    birth_date: date | None = None,
    sex: str = "",
    nik: str = "",
    mother_name: str = "",
    phone: str = "",
    village: str = "",
    address: str = "",
    occupation: str = "",
    kader: str = "",
    captured_at: datetime | None = None,
) -> Facts:
    """Facts from fields as they were captured, whatever is in them."""
    return Facts(
        name=folded_name(full_name),
        birth_date=birth_date.toordinal() if birth_date else 0,
        sex=sex[:1] if sex[:1] in ("f", "m") else "",
        nik=_nik(nik),
        mother=folded_name(mother_name),
        phone=_phone(phone),
        village=village.replace(".", ""),
        address=_address(address),
        occupation=occupation.strip().lower(),
        kader=kader,
        captured_hour=int(captured_at.timestamp() // 3600) if captured_at else 0,
    )


def folded_name(text: str) -> str:
    """The folded words, at most MOST_WORDS of LONGEST_WORD letters; "" where none is a name."""
    if not text:
        return ""
    words = name_words(text)
    name = " ".join([word[:LONGEST_WORD] for word in words[:MOST_WORDS]])
    return "" if name in _UNKNOWN_NAMES else name


def _nik(text: str) -> str:
    digits = text if text.isdigit() and text.isascii() else _NOT_DIGITS.sub("", text)
    if is_nik(digits):
        return "" if is_placeholder(digits) or len(set(digits)) < 3 else digits
    return digits if 14 <= len(digits) <= 18 and len(set(digits)) > 2 else ""


def _phone(text: str) -> str:
    digits = _NOT_DIGITS.sub("", text)
    national = digits.removeprefix("62") if len(digits) > 10 else digits
    national = national.lstrip("0")
    return national if 8 <= len(national) <= 14 and len(set(national)) > 2 else ""


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    words = {word.lstrip("0") or "0" for word in _WORDS.findall(text.lower()[:300])}
    return " ".join(sorted(words - _STREET_WORDS))
