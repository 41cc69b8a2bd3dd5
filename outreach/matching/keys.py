"""Blocking keys as the database knows them: keyed hashes, family included."""

from enum import IntFlag
from typing import NamedTuple

from outreach.dedup.blocking import WEAK_FAMILIES, blocking_keys
from outreach.dedup.facts import Facts
from outreach.sealing import blind_number


class Blank(IntFlag):
    """Numbers that count as missing, because more registrations hold them than can be one person,
    a family or a slip."""

    NIK = 1
    PHONE = 2


class Keys(NamedTuple):
    """All keys of a record, each once, and the two that count who holds a whole number; `weak` are
    those of blocking.WEAK_FAMILIES."""

    every: list[int]
    nik: int | None
    phone: int | None
    weak: frozenset[int]

    @property
    def numbers(self) -> list[int]:
        return [number for number in (self.nik, self.phone) if number is not None]


def keys_of(facts: Facts, blank: int = 0) -> Keys:
    """A blank number leads nowhere, but is still counted: its own key stays."""
    nik = nik_key(facts.nik) if facts.nik else None
    phone = phone_key(facts.phone) if facts.phone else None
    numbers: set[int] = {number for number in (nik, phone) if number is not None}
    weak: set[int] = set()
    for family, text in blocking_keys(without(facts, blank)):
        (weak if family in WEAK_FAMILIES else numbers).add(blind_number(f"match_{family}", text))
    return Keys(sorted(numbers | weak), nik, phone, frozenset(weak))


def nik_key(nik: str) -> int:
    return blind_number("match_nik", nik)


def phone_key(phone: str) -> int:
    return blind_number("match_phone", phone)


def without(facts: Facts, blank: int) -> Facts:
    """Facts as they are compared: blank numbers are missing."""
    if not blank:
        return facts
    if blank & Blank.NIK:
        facts = facts._replace(nik="")
    return facts._replace(phone="") if blank & Blank.PHONE else facts
