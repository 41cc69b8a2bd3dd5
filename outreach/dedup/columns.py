"""Many records as arrays, so that thousands of pairs are compared at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import Frequencies

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

WORDS_COMPARED = 5
"""The rarest words of a name; further ones are the commonest and say little."""
_EPOCH = 719_163
"""The ordinal of 1970-01-01."""


@dataclass(frozen=True, slots=True)
class Words:
    """Names cut into words: `ids` (records × WORDS_COMPARED), 0 where there is none.

    `texts`, `rarity`, `length`, `letters` (a bit for each letter), `first` and `start` (the first
    letter, and the first three, as numbers) are indexed by these ids. `keys` are equal for names
    of the same words in any order, 0 for no name; `joined` is the name without spaces.
    """

    ids: Ints
    texts: list[str]
    rarity: Floats
    length: Ints
    letters: Ints
    first: Ints
    start: Ints
    keys: Ints
    commonness: Floats
    joined: list[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Records as arrays of one length; ids of texts are 0 where the text is empty."""

    names: Words
    mothers: Words
    birth_date: Ints
    year: Ints
    month: Ints
    day: Ints
    sex: Ints
    nik: list[str]
    nik_id: Ints
    nik_digits: NDArray[np.uint8]
    nik_full: Bools
    nik_fits: Bools
    phone: list[str]
    phone_id: Ints
    village: Ints
    district: Ints
    regency: Ints
    address: list[str]
    address_id: Ints
    occupation: Ints
    kader: Ints
    captured_hour: Ints

    def __len__(self) -> int:
        return len(self.birth_date)


def columns_of(records: Sequence[Facts], frequencies: Frequencies) -> Columns:
    """The records as arrays, in their order."""
    (name, birth, sex, nik, mother, phone, village, address, occupation, kader, hour) = (
        [list(column) for column in zip(*records, strict=True)] if records else [[]] * 11
    )
    birth_date = np.array(birth, np.int64)
    year, month, day = _calendar(birth_date)
    sexes = _numbered(sex, {"": 0, "m": 1, "f": 2})
    full = np.fromiter((len(digits) == 16 for digits in nik), np.bool_, len(nik))
    padded = np.array([digits if len(digits) == 16 else "0" * 16 for digits in nik], "S16")
    digits = padded.view(np.uint8).reshape(-1, 16) - np.uint8(48)
    return Columns(
        names=_words(name, frequencies),
        mothers=_words(mother, frequencies),
        birth_date=birth_date,
        year=year,
        month=month,
        day=day,
        sex=sexes,
        nik=nik,
        nik_id=_numbered(nik),
        nik_digits=digits,
        nik_full=full,
        nik_fits=full & _fits(digits, year, month, day, sexes) & (birth_date > 0),
        phone=phone,
        phone_id=_numbered(phone),
        village=_numbered(village),
        district=_numbered([code[:6] for code in village]),
        regency=_numbered([code[:4] for code in village]),
        address=address,
        address_id=_numbered(address),
        occupation=_numbered(occupation),
        kader=_numbered(kader),
        captured_hour=np.array(hour, np.int64),
    )


def nik_dates(digits: NDArray[np.uint8]) -> tuple[Ints, Ints, Ints, Ints]:
    """Day (of the month), month, year of the century and sex (1 man, 2 woman) in NIK digits."""
    wide = digits.astype(np.int64)
    day = wide[:, 6] * 10 + wide[:, 7]
    sex = np.where(day > 40, 2, 1)
    return (
        np.where(day > 40, day - 40, day),
        wide[:, 8] * 10 + wide[:, 9],
        wide[:, 10] * 10 + wide[:, 11],
        sex,
    )


def _fits(digits: NDArray[np.uint8], year: Ints, month: Ints, day: Ints, sex: Ints) -> Bools:
    """Whether the NIK says the record's own birth date and, where that is known, its sex."""
    said_day, said_month, said_year, said_sex = nik_dates(digits)
    fits: Bools = (
        (said_day == day)
        & (said_month == month)
        & (said_year == year % 100)
        & ((sex == 0) | (said_sex == sex))
    )
    return fits


def _calendar(ordinals: Ints) -> tuple[Ints, Ints, Ints]:
    days = (ordinals - _EPOCH).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]")
    return (
        years.astype(np.int64) + 1970,
        (months - years).astype(np.int64) + 1,
        (days - months).astype(np.int64) + 1,
    )


def _numbered(texts: Sequence[str], known: dict[str, int] | None = None) -> Ints:
    """A number for each distinct text, 0 for the empty one."""
    numbers = known or {"": 0}
    return np.fromiter(
        (numbers.setdefault(text, len(numbers)) for text in texts), np.int64, len(texts)
    )


def _words(names: Sequence[str], frequencies: Frequencies) -> Words:
    numbers: dict[str, int] = {"": 0}
    traits: list[tuple[str, float, int, int, int]] = [("", 0.0, 0, 0, -1)]
    shapes: dict[str, tuple[list[int], float]] = {"": ([], 0.0)}
    keys: dict[tuple[int, ...], int] = {(): 0}
    key_of: dict[str, int] = {"": 0}
    for name in names:
        if name in shapes:
            continue
        ids = []
        for word in name.split():
            number = numbers.setdefault(word, len(numbers))
            if number == len(traits):
                traits.append((word, frequencies.rarity(word), *_traits(word)))
            ids.append(number)
        key_of[name] = keys.setdefault(tuple(sorted(ids)), len(keys))
        if len(ids) > WORDS_COMPARED:
            ids = sorted(ids, key=lambda number: -traits[number][1])[:WORDS_COMPARED]
        common = frequencies.commonness(" ".join(sorted(name.split())))
        shapes[name] = (ids, common)
    ids = np.zeros((len(names), WORDS_COMPARED), np.int64)
    for place, name in enumerate(names):
        if name:
            row = shapes[name][0]
            ids[place, : len(row)] = row
    columns: list[Any] = list(zip(*traits, strict=True))
    return Words(
        ids=ids,
        texts=list(columns[0]),
        rarity=np.array(columns[1], np.float32),
        length=np.array(columns[2], np.int64),
        letters=np.array(columns[3], np.int64),
        first=np.array([ord(text[0]) if text else -1 for text in columns[0]], np.int64),
        start=np.array(columns[4], np.int64),
        keys=np.fromiter((key_of[name] for name in names), np.int64, len(names)),
        commonness=np.fromiter((shapes[name][1] for name in names), np.float32, len(names)),
        joined=[name.replace(" ", "") for name in names],
    )


@lru_cache(maxsize=100_000)
def _traits(word: str) -> tuple[int, int, int]:
    """Length, the set of letters as bits, and the first three letters as a number (-1 if fewer)."""
    letters = 0
    for letter in word:
        letters |= 1 << (ord(letter) & 31)
    start = -1
    if len(word) >= 3:
        start = (ord(word[0]) << 42) | (ord(word[1]) << 21) | ord(word[2])
    return len(word), letters, start
