"""Candidate pairs of a set that is in memory, as the key table would give them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outreach.dedup.blocking import MOST_HOLDERS, blocking_keys
from outreach.dedup.columns import Ints
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
    """All pairs that share a key which at most `most` records hold."""
    numbers: dict[tuple[str, str], int] = {}
    keys: list[int] = []
    holders: list[int] = []
    for place, record in enumerate(records):
        found = {numbers.setdefault(key, len(numbers)) for key in blocking_keys(record)}
        keys += found
        holders += [place] * len(found)
    return _pairs_within(np.array(keys, np.int64), np.array(holders, np.int64), most)


def _pairs_within(keys: Ints, holders: Ints, most: int) -> Pairs:
    order = np.lexsort((holders, keys))
    keys, holders = keys[order], holders[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else keys
    sizes = np.diff(np.r_[starts, len(keys)])
    codes: list[Ints] = []
    for size in range(2, most + 1):
        groups = starts[sizes == size]
        if not len(groups):
            continue
        members = holders[groups[:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        codes.append(np.unique((members[:, one] << 32 | members[:, other]).ravel()))
    code = np.unique(np.concatenate(codes)) if codes else np.zeros(0, np.int64)
    return Pairs(code >> 32, code & 0xFFFF_FFFF)


def _crowded(values: Sequence[str], most: int) -> frozenset[str]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return frozenset(value for value, count in counts.items() if value and count > most)
