"""One phone number on many people who share no household.

A family shares a phone, so people at one address, or of one family name in one village, are one
household here; a few households are normal too: neighbours, and numbers that are given out again.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from outreach.detecting.captures import Evidence
from outreach.detecting.rules import Rules

CODE = "shared_phone"
_STREET = re.compile(r"\b(jalan|jln|jl|gang|gg|nomor|no|blok|dusun|dsn|kampung|kp)\b")
_NEITHER = re.compile(r"[^0-9bcdfghjklmnpqrstvwxz]")
"""Vowels go as well: mesjid and masjid are one street."""


class PhoneUse(NamedTuple):
    """A registration with a phone number, and what tells its household."""

    registration: UUID
    person: UUID
    name: str
    address: str
    rt: str
    rw: str
    village: str
    day: date


def find(uses: Sequence[PhoneUse], rules: Rules) -> dict[UUID, Evidence]:
    """Of all registrations with one number: each, where too many share it. By the latest's rule."""
    dated = rules.shared_phone.on(max(use.day for use in uses)) if uses else None
    if dated is None:
        return {}
    since, rule = dated
    people = len({use.person for use in uses})
    if people < rule.people:
        return {}
    households = _households(uses)
    if households < rule.households:
        return {}
    evidence = {"people": people, "households": households, "rule": since}
    return {use.registration: evidence for use in uses}


def _households(uses: Sequence[PhoneUse]) -> int:
    """Groups of those who share an address, a family name in a village, or are one person."""
    above: dict[object, object] = {}

    def root(one: object) -> object:
        while (parent := above.setdefault(one, one)) != one:
            above[one] = above[parent]
            one = parent
        return one

    for use in uses:
        for key in _keys(use):
            above[root(key)] = root(("person", use.person))
    return len({root(("person", use.person)) for use in uses})


def _keys(use: PhoneUse) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = []
    address = _NEITHER.sub("", _STREET.sub(" ", use.address.lower()))
    if address:
        keys.append(("address", use.village, use.rt.lstrip("0"), use.rw.lstrip("0"), address))
    words = use.name.lower().split()
    if len(words) > 1 and len(words[-1]) > 2:
        keys.append(("family", use.village, words[-1]))
    return keys
