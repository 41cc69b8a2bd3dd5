"""Candidate pairs of a set that is in memory, as the key table would give them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outreach.dedup.blocking import (
    MOST_HOLDERS,
    WEAK_FAMILIES,
    blocking_keys,
    crowd_keys,
    telling_keys,
)
from outreach.dedup.columns import Bools, Ints
from outreach.dedup.facts import Facts
from outreach.dedup.sketching import SURE, Sketches, may_be_one, sketch_of


@dataclass(frozen=True, slots=True)
class Pairs:
    """`left[i] < right[i]` are places in the set; each pair once, in ascending order."""

    left: Ints
    right: Ints

    def __len__(self) -> int:
        return len(self.left)


def without_crowded(records: Sequence[Facts], most: int = MOST_HOLDERS) -> list[Facts]:
    """The records without a NIK or a phone that more than `most` of them hold."""
    niks = _crowded([record.nik for record in records], most)
    phones = _crowded([record.phone for record in records], most)
    if not niks and not phones:
        return list(records)
    return [
        record._replace(
            nik="" if record.nik in niks else record.nik,
            phone="" if record.phone in phones else record.phone,
        )
        for record in records
    ]


def candidate_pairs(records: Sequence[Facts], most: int = MOST_HOLDERS) -> Pairs:
    """All pairs that share enough: see `enough_shared`. A key that more than `most` records hold
    leads nowhere."""
    numbers: dict[tuple[str, str], int] = {}
    keys: list[int] = []
    holders: list[int] = []
    for place, own in enumerate(_keys(records, most)):
        found = {numbers.setdefault(key, len(numbers)) for key in own}
        keys += found
        holders += [place] * len(found)
    weak = np.array([family in WEAK_FAMILIES for family, _ in numbers], np.bool_)
    codes, are_weak = _codes(np.array(keys, np.int64), np.array(holders, np.int64), weak, most)
    sketches = np.array([sketch_of(record) for record in records], np.uint64)
    pairs = enough_shared(codes, are_weak, sketches)
    return Pairs(pairs >> 32, pairs & 0xFFFF_FFFF)


def enough_shared(codes: Ints, weak: Bools, sketches: Sketches) -> Ints:
    """Pairs, as one number each (the one's place << 32 | the other's), whose sketches do not speak
    more against them than the keys they share speak for them.

    There is a code for every key they share; `sketches` by place.
    """
    pairs, place = np.unique(codes, return_inverse=True)
    points = np.bincount(place, np.where(weak, 1, 2), len(pairs)).astype(np.int64)
    enough = points >= SURE
    doubtful = ~enough
    one, other = pairs[doubtful] >> 32, pairs[doubtful] & 0xFFFF_FFFF
    enough[doubtful] = may_be_one(sketches[one], sketches[other], points[doubtful])
    found: Ints = pairs[enough]
    return found


def _codes(keys: Ints, holders: Ints, weak: Bools, most: int) -> tuple[Ints, Bools]:
    """A pair's code for every key that two records share, and whether that key is weak."""
    order = np.lexsort((holders, keys))
    keys, holders = keys[order], holders[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else keys
    sizes = np.diff(np.r_[starts, len(keys)])
    codes: list[Ints] = [np.zeros(0, np.int64)]
    are_weak: list[Bools] = [np.zeros(0, np.bool_)]
    for size in range(2, most + 1):
        groups = starts[sizes == size]
        if not len(groups):
            continue
        members = holders[groups[:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        codes.append((members[:, one] << 32 | members[:, other]).ravel())
        are_weak.append(np.repeat(weak[keys[groups]], len(one)))
    return np.concatenate(codes), np.concatenate(are_weak)


def _keys(records: Sequence[Facts], most: int) -> list[list[tuple[str, str]]]:
    """The keys of each record, those of a crowd being fewer."""
    found = [blocking_keys(record) for record in records]
    holders = Counter(key for own in found for key in set(own))
    for place, record in enumerate(records):
        crowd = crowd_keys(record)
        if crowd and all(holders[key] > most for key in crowd):
            found[place] = telling_keys(record)
    return found


def _crowded(values: Sequence[str], most: int) -> frozenset[str]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return frozenset(value for value, count in counts.items() if value and count > most)
