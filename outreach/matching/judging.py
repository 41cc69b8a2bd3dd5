"""Records that come in, held against all that may be the same: which pairs, and how they score."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from outreach.dedup.blocking import MOST_HOLDERS
from outreach.dedup.columns import Columns, Ints, columns_of
from outreach.dedup.deciding import APART, Judged, judge
from outreach.dedup.explaining import explain
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.scoring import shipped_model
from outreach.matching.candidates import Holders, holders_of
from outreach.matching.keys import Blank, Keys, keys_of, nik_key, phone_key, without
from outreach.matching.records import Known, known_of

Ids = tuple[UUID, UUID]
"""Two registrations, the smaller id first."""


class Arrival(NamedTuple):
    """A record to be held against the stored ones; `before` is what was stored of it so far."""

    id: UUID
    facts: Facts
    before: Known | None = None


class Pair(NamedTuple):
    """Two registrations that are, or may be, one person: see MatchPair."""

    score: float
    vetoes: int
    model: str
    is_same: bool
    same_nik: bool
    evidence: list[Any] | None = None

    @property
    def is_apart(self) -> bool:
        """Never in one person automatically."""
        return bool(self.vetoes & APART) or self.score < shipped_model().unsure_at


@dataclass(slots=True)
class Matches:
    """What matching arrivals found.

    `raw` are the arrivals' facts, `facts` the same without blank numbers; `known` the facts of
    those they were held against. `counts`: how many hold a key of theirs, themselves included.
    `pairs` are those judged unsure or better, or that share a NIK; `looked_at` are pairs of stored
    records that were judged again, whatever came of it.
    """

    keys: dict[UUID, Keys] = field(default_factory=dict)
    raw: dict[UUID, Facts] = field(default_factory=dict)
    facts: dict[UUID, Facts] = field(default_factory=dict)
    blank: dict[UUID, int] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    counts: dict[int, int] = field(default_factory=dict)
    pairs: dict[Ids, Pair] = field(default_factory=dict)
    looked_at: set[Ids] = field(default_factory=set)
    known: dict[UUID, Known] = field(default_factory=dict)


def ids_of(one: UUID, other: UUID) -> Ids:
    return (one, other) if one.int < other.int else (other, one)


def match(arrivals: Sequence[Arrival]) -> Matches:
    """Hold records of different ids against the stored ones and against each other.

    Two statements, two more where records share more than one number; whatever the batch's size.
    """
    found = Matches()
    if not arrivals:
        return found
    coming = {arrival.id: arrival for arrival in arrivals}
    found.keys = {arrival.id: keys_of(arrival.facts) for arrival in arrivals}
    numbers = _numbers(arrivals, found.keys)
    holders = holders_of({key for keys in found.keys.values() for key in keys.every} | numbers)
    sharing = _count(found, coming, holders)
    among = {
        key: [one for one in holders.of.get(key, ()) if one not in coming]
        for key in sharing.keys() | numbers
        if key not in found.crowded
    }
    found.known = known_of({one for stored in among.values() for one in stored})
    again = set(_sharers(among, numbers, found.known))
    context = _context(again, found.known, among.keys() | found.crowded)
    facts = {one: without(known.facts, known.blank) for one, known in found.known.items()}
    facts |= {one: without(known.facts, known.blank) for one, known in context.items()}
    found.raw = {one.id: one.facts for one in arrivals}
    found.facts = {one.id: without(one.facts, found.blank[one.id]) for one in arrivals}
    facts |= found.facts
    pairs = {
        ids_of(one, other)
        for key, owners in sharing.items()
        if key in among
        for at, one in enumerate(owners)
        for other in (*(held for held in among[key] if held in found.known), *owners[at + 1 :])
    }
    found.looked_at = again
    found.pairs = judged_pairs(facts, sorted(pairs | again))
    return found


def _numbers(arrivals: Iterable[Arrival], keys: Mapping[UUID, Keys]) -> set[int]:
    """Keys of the whole numbers that arrivals hold, or held before."""
    numbers = {number for own in keys.values() for number in own[1:] if number is not None}
    for arrival in arrivals:
        if arrival.before:
            before = arrival.before.facts
            numbers |= {nik_key(before.nik)} if before.nik else set()
            numbers |= {phone_key(before.phone)} if before.phone else set()
    return numbers


def _count(
    found: Matches, coming: Mapping[UUID, Arrival], holders: Holders
) -> dict[int, list[UUID]]:
    """Find what is crowded and blank; gives the arrivals by the keys they have then."""
    found.crowded = set(holders.crowded)
    sharing = _by_key(found.keys)
    found.crowded |= {key for key in sharing if _holders(key, sharing, coming, holders) > _MOST}
    for one, keys in found.keys.items():
        blank = Blank.NIK if keys.nik in found.crowded else Blank(0)
        blank |= Blank.PHONE if keys.phone in found.crowded else Blank(0)
        found.blank[one] = int(blank)
        if blank:
            found.keys[one] = keys_of(coming[one].facts, blank)
    if any(found.blank.values()):
        sharing = _by_key(found.keys)
        found.crowded = {
            key
            for key in found.crowded
            if key in holders.crowded or _holders(key, sharing, coming, holders) > _MOST
        }
    found.counts = {
        key: _holders(key, sharing, coming, holders) for key in sharing if key not in found.crowded
    }
    return sharing


_MOST = MOST_HOLDERS


def _by_key(keys: Mapping[UUID, Keys]) -> dict[int, list[UUID]]:
    sharing: dict[int, list[UUID]] = defaultdict(list)
    for one, own in keys.items():
        for key in own.every:
            sharing[key].append(one)
    return sharing


def _holders(
    key: int,
    sharing: Mapping[int, Sequence[UUID]],
    coming: Mapping[UUID, Arrival],
    holders: Holders,
) -> int:
    stored = holders.of.get(key, ())
    return len(sharing.get(key, ())) + len(stored) - sum(one in coming for one in stored)


def _sharers(
    among: Mapping[int, Sequence[UUID]], numbers: Iterable[int], known: Mapping[UUID, Known]
) -> Iterator[Ids]:
    """Stored pairs that share a number with an arrival: how many use it is part of their score.

    What was judged by another model stays as it is.
    """
    model = shipped_model().version
    for number in numbers:
        there = [one for one in among.get(number, ()) if one in known and known[one].model == model]
        for one, other in combinations(there, 2):
            yield ids_of(one, other)


def _context(
    pairs: Iterable[Ids], known: Mapping[UUID, Known], looked_up: Iterable[int]
) -> dict[UUID, Known]:
    """Whoever else shares a further number of two records that are judged again."""
    seen = set(looked_up)
    further = set()
    for left, right in pairs:
        one, other = known[left].facts, known[right].facts
        if one.nik and one.nik == other.nik:
            further.add(nik_key(one.nik))
        if one.phone and one.phone == other.phone:
            further.add(phone_key(one.phone))
    further -= seen
    if not further:
        return {}
    holders = holders_of(further)
    return known_of({one for held in holders.of.values() for one in held} - known.keys())


def judged_pairs(facts: Mapping[UUID, Facts], pairs: Sequence[Ids]) -> dict[Ids, Pair]:
    """Those of the pairs that are unsure or better, or share a NIK: one of these is mistaken.

    Whoever shares a number with one of them has to be among `facts`, which come without blank
    numbers.
    """
    if not pairs:
        return {}
    model = shipped_model()
    columns, left, right = _arrays(facts, pairs)
    judged = judge(model, columns, left, right)
    same_nik = (columns.nik_mark[left] == columns.nik_mark[right]) & (columns.nik_mark[left] != 0)
    kept = np.flatnonzero((judged.scores >= model.unsure_at) | same_nik)
    same = judged.same(model)
    reasons = explain(model, columns, left[kept], right[kept])
    return {
        pairs[at]: Pair(
            score=float(judged.scores[at]),
            vetoes=int(judged.vetoes[at]),
            model=model.version,
            is_same=bool(same[at]),
            same_nik=bool(same_nik[at]),
            evidence=[[one.code, round(one.weight, 2), dict(one.figures)] for one in why],
        )
        for at, why in zip(kept.tolist(), reasons, strict=True)
    }


def judged_apart(facts: Mapping[UUID, Facts], pairs: Sequence[Ids]) -> tuple[set[Ids], set[Ids]]:
    """Those of the pairs that are never one person automatically, and of these the alike ones."""
    if not pairs:
        return set(), set()
    model = shipped_model()
    columns, left, right = _arrays(facts, pairs)
    judged: Judged = judge(model, columns, left, right)
    apart, alike = judged.apart(model), judged.alike(model)
    return (
        {pairs[at] for at in np.flatnonzero(apart).tolist()},
        {pairs[at] for at in np.flatnonzero(alike).tolist()},
    )


def _arrays(facts: Mapping[UUID, Facts], pairs: Sequence[Ids]) -> tuple[Columns, Ints, Ints]:
    place = {one: at for at, one in enumerate(facts)}
    columns = columns_of(list(facts.values()), shipped_frequencies())
    left = np.fromiter((place[one] for one, _ in pairs), np.int64, len(pairs))
    right = np.fromiter((place[other] for _, other in pairs), np.int64, len(pairs))
    return columns, left, right
