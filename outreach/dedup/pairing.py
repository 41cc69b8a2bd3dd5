"""Candidate pairs of a set that is in memory, as the key table would give them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outreach.dedup.blocking import MOST_HOLDERS, WEAK_FAMILIES, blocking_keys
from outreach.dedup.columns import Bools, Ints
from outreach.dedup.facts import Facts


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
    """All pairs that share a key which at most `most` records hold; two where one is weak."""
    numbers: dict[tuple[str, str], int] = {}
    keys: list[int] = []
    holders: list[int] = []
    for place, record in enumerate(records):
        found = {numbers.setdefault(key, len(numbers)) for key in blocking_keys(record)}
        keys += found
        holders += [place] * len(found)
    weak = np.array([family in WEAK_FAMILIES for family, _ in numbers], np.bool_)
    return _pairs_within(np.array(keys, np.int64), np.array(holders, np.int64), weak, most)


def enough_shared(codes: Ints, weak: Bools) -> Ints:
    """Pairs, as one number each, that share enough: there is a code for every key they share."""
    pairs, place = np.unique(codes, return_inverse=True)
    enough: Ints = pairs[np.bincount(place, np.where(weak, 1, 2), len(pairs)) >= 2]
    return enough


def _pairs_within(keys: Ints, holders: Ints, weak: Bools, most: int) -> Pairs:
    order = np.lexsort((holders, keys))
    keys, holders = keys[order], holders[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else keys
    sizes = np.diff(np.r_[starts, len(keys)])
    codes: list[Ints] = [np.zeros(0, np.int64)]
    weak_codes: list[Bools] = [np.zeros(0, np.bool_)]
    for size in range(2, most + 1):
        groups = starts[sizes == size]
        if not len(groups):
            continue
        members = holders[groups[:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        codes.append((members[:, one] << 32 | members[:, other]).ravel())
        weak_codes.append(np.repeat(weak[keys[groups]], len(one)))
    code = enough_shared(np.concatenate(codes), np.concatenate(weak_codes))
    return Pairs(code >> 32, code & 0xFFFF_FFFF)


def _crowded(values: Sequence[str], most: int) -> frozenset[str]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return frozenset(value for value, count in counts.items() if value and count > most)
