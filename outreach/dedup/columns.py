"""Many records as arrays, so that thousands of pairs are compared at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.facts import MOST_WORDS, Facts
from outreach.dedup.frequencies import Frequencies

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Digits = NDArray[np.uint8]

WORDS_COMPARED = 5
"""The rarest words of a name; a further one is the commonest and says little."""
_EPOCH = 719_163
"""The ordinal of 1970-01-01."""
_LONGEST_NIK = 18
_FIELDS = len(Facts(""))


@dataclass(frozen=True, slots=True)
class Words:
    """Names cut into words: `ids` (records × WORDS_COMPARED), 0 where there is none.

    `texts`, `rarity`, `listed` (in the table of names), `length`, `letters` (a bit for each),
    `first` and `start` (the first letter, and the first three, as numbers) are indexed by these
    ids. `keys` are equal for names of the same words in any order, 0 for no name.
    """

    names: list[str]
    ids: Ints
    texts: list[str]
    rarity: Floats
    listed: Bools
    length: Ints
    letters: Ints
    first: Ints
    start: Ints
    keys: Ints

    def joined(self, records: Ints) -> list[str]:
        """The names of some records without spaces."""
        return [self.names[at].replace(" ", "") for at in records.tolist()]


@dataclass(frozen=True, slots=True)
class Columns:
    """Records as arrays of one length. Marks are equal where texts are, and 0 for the empty one."""

    names: Words
    mothers: Words
    commonness: Floats
    birth_date: Ints
    year: Ints
    month: Ints
    day: Ints
    sex: Ints
    nik: list[str]
    nik_mark: Ints
    nik_digits: Digits
    nik_full: Bools
    nik_fits: Bools
    phone: list[str]
    phone_mark: Ints
    village: Ints
    district: Ints
    address: list[str]
    address_mark: Ints
    occupation: Ints
    kader: Ints
    captured_hour: Ints

    def __len__(self) -> int:
        return len(self.birth_date)


def columns_of(records: Sequence[Facts], frequencies: Frequencies) -> Columns:
    """The records as arrays, in their order."""
    # By slices: zip(*records) makes an iterator for each record and goes through memory crosswise.
    flat: list[Any] = list(chain.from_iterable(records))
    (name, birth, sex, nik, mother, phone, village, address, occupation, kader, hour) = (
        flat[place::_FIELDS] for place in range(_FIELDS)
    )
    district = {code: hash(code[:6]) for code in set(village)}
    birth_date = np.array(birth, np.int64)
    year, month, day = _calendar(birth_date)
    sexes = _mapped({"": 0, "m": 1, "f": 2}.__getitem__, sex)
    full = _mapped(len, nik) == 16
    digits = np.array(nik, f"S{_LONGEST_NIK}").view(np.uint8).reshape(-1, _LONGEST_NIK)[:, :16]
    digits = np.where(full[:, None], digits - np.uint8(ord("0")), np.uint8(0))
    names = _words(name, frequencies)
    return Columns(
        names=names,
        mothers=_words(mother, frequencies),
        commonness=_commonness(names.keys, frequencies),
        birth_date=birth_date,
        year=year,
        month=month,
        day=day,
        sex=sexes,
        nik=nik,
        nik_mark=_marks(nik),
        nik_digits=digits,
        nik_full=full,
        nik_fits=full & _fits(digits, year, month, day, sexes) & (birth_date > 0),
        phone=phone,
        phone_mark=_marks(phone),
        village=_marks(village),
        district=_mapped(district.__getitem__, village),
        address=address,
        address_mark=_marks(address),
        occupation=_marks(occupation),
        kader=_marks(kader),
        captured_hour=np.array(hour, np.int64),
    )


def nik_dates(digits: Digits) -> tuple[Ints, Ints, Ints, Ints]:
    """Day (of the month), month, year of the century and sex (1 man, 2 woman) in NIK digits."""
    wide = digits.astype(np.int64)
    day = wide[:, 6] * 10 + wide[:, 7]
    return (
        np.where(day > 40, day - 40, day),
        wide[:, 8] * 10 + wide[:, 9],
        wide[:, 10] * 10 + wide[:, 11],
        np.where(day > 40, 2, 1),
    )


def _fits(digits: Digits, year: Ints, month: Ints, day: Ints, sex: Ints) -> Bools:
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


def _mapped(function: Callable[[str], int], texts: Sequence[str]) -> Ints:
    return np.fromiter(map(function, texts), np.int64, len(texts))


def _marks(texts: Sequence[str]) -> Ints:
    # Python gives the empty text the hash 0, and no two texts of a batch the same of 2^64.
    return _mapped(hash, texts)


def _words(names: list[str], frequencies: Frequencies) -> Words:
    text = "\n".join(names)
    flat = text.split()
    vocabulary = list(dict.fromkeys(flat))
    numbers = dict(zip(vocabulary, range(1, len(vocabulary) + 1), strict=True))
    counts = _word_counts(text) if names else np.zeros(0, np.int64)
    ids = np.zeros((len(names), MOST_WORDS), np.int64)
    row = np.repeat(np.arange(len(names)), counts)
    column = np.arange(len(flat)) - np.repeat(np.cumsum(counts) - counts, counts)
    ids[row, column] = _mapped(numbers.__getitem__, flat)
    texts = ["", *vocabulary]
    rarity = np.array([0.0, *map(frequencies.rarity, vocabulary)], np.float32)
    return Words(
        names=names,
        ids=_rarest(ids, rarity),
        texts=texts,
        rarity=rarity,
        listed=np.fromiter(map(frequencies.words.__contains__, texts), np.bool_, len(texts)),
        length=_mapped(len, texts),
        letters=_mapped(_letters, texts),
        first=_mapped(_first, texts),
        start=_mapped(_start, texts),
        keys=_marks(texts)[ids].sum(axis=1),
    )


def _word_counts(lines: str) -> Ints:
    """How many words, with one space between them, each line has."""
    letters = np.frombuffer(lines.encode("utf-8", "surrogatepass"), np.uint8)
    bounds = np.concatenate([[-1], np.flatnonzero(letters == ord("\n")), [len(letters)]])
    spaces = np.diff(np.searchsorted(np.flatnonzero(letters == ord(" ")), bounds))
    counts: Ints = np.where(np.diff(bounds) > 1, spaces + 1, 0)
    return counts


def _rarest(ids: Ints, rarity: Floats) -> Ints:
    """Without the commonest word where there are more than WORDS_COMPARED."""
    kept = ids[:, :WORDS_COMPARED].copy()
    for long in np.flatnonzero(ids[:, WORDS_COMPARED]).tolist():
        kept[long] = np.delete(ids[long], rarity[ids[long]].argmin())
    return kept


def _commonness(keys: Ints, frequencies: Frequencies) -> Floats:
    """Frequencies.commonness of names by their keys."""
    listed, values = _listed(frequencies)
    place = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
    return np.where(listed[place] == keys, values[place], np.float32(0))


@lru_cache(maxsize=4)
def _listed(frequencies: Frequencies) -> tuple[Ints, Floats]:
    names: Iterable[str] = frequencies.names or [""]
    # A sum of hashes may overflow, as the sum of an array does: the same in any order.
    marked = sorted(
        (_wrapped(sum(map(hash, name.split()))), frequencies.commonness(name)) for name in names
    )
    return (
        np.array([mark for mark, _ in marked], np.int64),
        np.array([value for _, value in marked], np.float32),
    )


def _wrapped(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def _first(word: str) -> int:
    return ord(word[0]) if word else -1


@lru_cache(maxsize=100_000)
def _letters(word: str) -> int:
    letters = 0
    for letter in word:
        letters |= 1 << (ord(letter) & 31)
    return letters


def _start(word: str) -> int:
    """The first three letters as a number, -1 if there are fewer."""
    if len(word) < 3:
        return -1
    return (ord(word[0]) << 42) | (ord(word[1]) << 21) | ord(word[2])
