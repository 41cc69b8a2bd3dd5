"""Pairs of registrations: what they are judged, by the model in force."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np

from outreach.dedup.columns import Ints, columns_of
from outreach.dedup.deciding import is_apart, judge
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.scoring import shipped_model

Ids = tuple[UUID, UUID]
"""Two registrations, the smaller id first."""


def ids_of(one: UUID, other: UUID) -> Ids:
    return (one, other) if one.int < other.int else (other, one)


class Pair(NamedTuple):
    """Two registrations that are, or may be, one person: see MatchPair."""

    score: float
    vetoes: int
    model: str
    is_same: bool
    same_nik: bool

    @property
    def is_apart(self) -> bool:
        """Never in one person automatically."""
        return is_apart(shipped_model(), self.score, self.vetoes)


class Records:
    """Records in the order of their ids, which decides who is left and who is right."""

    def __init__(self, facts: Mapping[bytes, Facts]) -> None:
        self.ids = sorted(facts)
        self.place = {one: at for at, one in enumerate(self.ids)}
        self.columns = columns_of([facts[one] for one in self.ids], shipped_frequencies())

    def pairs(self, one: Sequence[int], other: Sequence[int]) -> tuple[Ints, Ints]:
        """Pairs of places, each once: the left ones and the right ones."""
        ones, others = np.array(one, np.int64), np.array(other, np.int64)
        number = len(self.ids)
        codes = np.unique(np.minimum(ones, others) * number + np.maximum(ones, others))
        return codes // number, codes % number


def judged_pairs(facts: Mapping[UUID, Facts], pairs: Iterable[Ids]) -> dict[Ids, Pair]:
    """What the pairs are judged, as far as they are kept: see Matches.

    Whoever shares a number with one of them has to be among `facts`, which come without blank
    numbers.
    """
    records = Records({one.bytes: own for one, own in facts.items()})
    places = [(records.place[left.bytes], records.place[right.bytes]) for left, right in pairs]
    return kept(
        records, *records.pairs([left for left, _ in places], [right for _, right in places])
    )


def kept(records: Records, left: Ints, right: Ints) -> dict[Ids, Pair]:
    """Pairs that are unsure or better, or share a NIK: one of these is mistaken."""
    if not len(left):
        return {}
    model, columns = shipped_model(), records.columns
    judged = judge(model, columns, left, right)
    same_nik = (columns.nik_mark[left] == columns.nik_mark[right]) & (columns.nik_mark[left] != 0)
    kept = np.flatnonzero((judged.scores >= model.unsure_at) | same_nik)
    same = judged.same(model)
    return {
        (UUID(bytes=records.ids[left[at]]), UUID(bytes=records.ids[right[at]])): Pair(
            score=float(judged.scores[at]),
            vetoes=int(judged.vetoes[at]),
            model=model.version,
            is_same=bool(same[at]),
            same_nik=bool(same_nik[at]),
        )
        for at in kept.tolist()
    }


def judged_apart(facts: Mapping[UUID, Facts], pairs: Sequence[Ids]) -> tuple[set[Ids], set[Ids]]:
    """Those of the pairs that are never one person automatically, and of these the alike ones."""
    if not pairs:
        return set(), set()
    model = shipped_model()
    records = Records({one.bytes: own for one, own in facts.items()})
    left, right = (
        np.fromiter((records.place[ids[side].bytes] for ids in pairs), np.int64, len(pairs))
        for side in (0, 1)
    )
    judged = judge(model, records.columns, left, right)
    apart, alike = judged.apart(model), judged.alike(model)
    return (
        {pairs[at] for at in np.flatnonzero(apart).tolist()},
        {pairs[at] for at in np.flatnonzero(alike).tolist()},
    )
