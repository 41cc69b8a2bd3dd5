"""Blocking keys as the database knows them: keyed hashes, family included."""

from collections.abc import Collection, Sequence
from enum import IntFlag
from typing import NamedTuple

import numpy as np

from outreach.dedup.blocking import WEAK_FAMILIES, blocking_keys, crowd_keys, telling_keys
from outreach.dedup.facts import Facts
from outreach.dedup.sketching import Sketches, sketch_of
from outreach.sealing import blind_masks, blind_number


class Blank(IntFlag):
    """What leads nowhere, because more registrations hold it than can be one person, a family or a
    slip. Numbers count as missing; of a crowd of one name and birth date nobody is found by these,
    nor by what a hundred of them share, but they are compared by them."""

    NIK = 1
    PHONE = 2
    CROWD = 4


class Keys(NamedTuple):
    """All keys of a record, each once, and the two that count who holds a whole number; `weak` are
    those of blocking.WEAK_FAMILIES."""

    every: list[int]
    nik: int | None
    phone: int | None
    weak: set[int]

    @property
    def numbers(self) -> list[int]:
        return [number for number in (self.nik, self.phone) if number is not None]


def keys_of(facts: Facts, blank: int = 0) -> Keys:
    """A blank number leads nowhere, but is still counted, as a crowd is: their own keys stay."""
    nik = nik_key(facts.nik) if facts.nik else None
    phone = phone_key(facts.phone) if facts.phone else None
    keys: set[int] = {number for number in (nik, phone) if number is not None}
    weak: set[int] = set()
    facts = without(facts, blank)
    for family, text in telling_keys(facts) if blank & Blank.CROWD else blocking_keys(facts):
        key = _blind(family, text)
        keys.add(key)
        if family in WEAK_FAMILIES:
            weak.add(key)
    return Keys(sorted(keys), nik, phone, weak)


def is_crowded(facts: Facts, crowded: Collection[int]) -> bool:
    """Whether more bear its name and birth date in its regency than can be told apart by these."""
    keys = crowd_keys(facts)
    return bool(keys) and all(_blind(*key) in crowded for key in keys)


def sketches_of(records: Sequence[Facts]) -> Sketches:
    """The sketches of records, which come as they are compared: without blank numbers."""
    return np.fromiter(map(sketch_of, records), np.uint64, len(records))


def masked(ids: Sequence[bytes], sketches: Sketches) -> list[int]:
    """Sketches as MatchKey has them, by the bytes of the ids of their registrations."""
    covered: list[int] = (sketches ^ _masks(b"".join(ids))).astype(np.int64).tolist()
    return covered


def unmasked(ids: bytes, covered: Sketches) -> Sketches:
    """The other way round, the ids one after the other."""
    return covered ^ _masks(ids)


def _masks(ids: bytes) -> Sketches:
    return np.frombuffer(blind_masks(ids), ">u8")[::2].astype(np.uint64)


def nik_key(nik: str) -> int:
    return _blind("nik", nik)


def phone_key(phone: str) -> int:
    return _blind("phone", phone)


def numbers_of(facts: Facts) -> list[int]:
    """The keys of the whole numbers in facts."""
    niks = [nik_key(facts.nik)] if facts.nik else []
    return [*niks, phone_key(facts.phone)] if facts.phone else niks


def _blind(family: str, text: str) -> int:
    return blind_number(f"match_{family}", text)


def without(facts: Facts, blank: int) -> Facts:
    """Facts as they are compared: blank numbers are missing."""
    if not blank:
        return facts
    if blank & Blank.NIK:
        facts = facts._replace(nik="")
    return facts._replace(phone="") if blank & Blank.PHONE else facts
