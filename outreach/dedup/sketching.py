"""A record in 64 bits: enough to see, without reading it, that two are hardly one person.

A sketch is sixteen pieces of four bits, each the hash of a part of what is known, 0 where nothing
is. Two that share few keys are compared by their sketches before anything else.
"""

import zlib
from datetime import date

import numpy as np
from numpy.typing import NDArray

from outreach.dedup.blocking import skeletons
from outreach.dedup.columns import Bools, Ints
from outreach.dedup.facts import Facts

Sketches = NDArray[np.uint64]

_MARKS = 15
_EACH = np.uint64(0x1111_1111_1111_1111)
"""The lowest bit of every piece."""
_ONE, _TWO = np.uint64(1), np.uint64(2)
_PIECES = {"date": 3, "nik": 5, "phone": 3, "mother": 2, "occupation": 1}
_LEAST_POINTS = -3
_A_KEY = 2
"""Each point of the keys they share beyond the first outweighs so many against them."""
SURE = 4
"""With so many points of keys in common no sketch can speak against two records."""


def sketch_of(facts: Facts) -> int:
    """The sketch of a record, 0 to 2^64 - 1."""
    mothers = skeletons(facts.mother)
    pieces = [
        *_date(facts.birth_date),
        *_cut(facts.nik if len(facts.nik) == 16 else "", 6, 8, 10, 12, 16),
        *_cut(facts.phone[::-1], 3, 6, 14),
        _mark(mothers[0]) if mothers else 0,
        _mark(mothers[-1]) if len(mothers) > 1 else 0,
        _mark(facts.occupation),
    ]
    sketch = 0
    for place, piece in enumerate(pieces):
        sketch |= piece << 4 * place
    return sketch


def may_be_one(left: Sketches, right: Sketches, shared: Ints) -> Bools:
    """Whether pairs could be one person as far as their sketches can tell.

    `shared` are points for the keys they have in common, 1 for a weak one and 2 for another. The
    sketches' points are the whole numbers that turn most strangers away for the least loss, among
    made-up pairs that share few keys: most who are one person there have no NIK to compare, or a
    phone, a mother or an occupation in common. Whoever shares a whole number always may be one.
    """
    known = _some(left) & _some(right)
    equal = known & ~_some(left ^ right)
    date, nik, phone, mother, occupation = (_counted(equal, group) for group in _MASKS)
    dated, carded, called, mothered = (known & first != 0 for first in _FIRSTS)
    points = np.where(dated, np.choose(np.minimum(date, 2), (-2, -1, 0)), 1)
    points -= np.where(carded, np.choose(np.minimum(5 - nik, 2), (0, 1, 3)), 0)
    points += np.where(phone > 1, 2, -1 * (called & (phone == 0)))
    points += occupation - 2 * (mothered & (mother == 0))
    may: Bools = points + _A_KEY * (shared - 1) >= _LEAST_POINTS
    return may


def _date(ordinal: int) -> tuple[int, int, int]:
    if not ordinal:
        return 0, 0, 0
    born = date.fromordinal(ordinal)
    return born.day % _MARKS + 1, born.month, born.year % _MARKS + 1


def _cut(text: str, *ends: int) -> list[int]:
    return [_mark(text[start:end]) for start, end in zip((0, *ends), ends, strict=False)]


def _mark(text: str) -> int:
    """1 to 15, 0 for nothing; the same everywhere and always."""
    return zlib.crc32(text.encode()) % _MARKS + 1 if text else 0


def _some(pieces: Sketches) -> Sketches:
    """The lowest bit of every piece that is not 0."""
    folded = pieces | pieces >> _ONE
    some: Sketches = (folded | folded >> _TWO) & _EACH
    return some


def _counted(bits: Sketches, group: np.uint64) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.bitwise_count(bits & group).astype(np.int64)
    return counts


def _masks() -> list[np.uint64]:
    masks, start = [], 0
    for width in _PIECES.values():
        masks.append(np.uint64((1 << 4 * (start + width)) - (1 << 4 * start)))
        start += width
    return masks


_MASKS = _masks()
_FIRSTS = [mask & ~(mask << np.uint64(4)) for mask in _MASKS[:4]]
"""The first piece of each group: it is there if anything of the group is."""
