"""Records that come in, held against all that may be the same: which pairs, and how they score."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

import numpy as np

from outreach.dedup.blocking import MOST_HOLDERS
from outreach.dedup.columns import Bools, Ints, columns_of
from outreach.dedup.deciding import is_apart, judge
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.pairing import enough_shared
from outreach.dedup.scoring import shipped_model
from outreach.matching.candidates import Holders, holders_of
from outreach.matching.keys import (
    Blank,
    Keys,
    is_crowded,
    keys_of,
    nik_key,
    phone_key,
    sketches_of,
    without,
)
from outreach.matching.records import Known, packed_known_of

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

    @property
    def is_apart(self) -> bool:
        """Never in one person automatically."""
        return is_apart(shipped_model(), self.score, self.vetoes)


@dataclass(slots=True)
class Matches:
    """What matching arrivals found.

    `raw` are the arrivals' facts, `facts` the same without blank numbers; `known` the facts of
    those they were held against, by the bytes of their ids. `counts`: how many hold a key of
    theirs, themselves included. `pairs` are those judged unsure or better, or that share a NIK;
    `looked_at` are pairs of stored records that were judged again, whatever came of it.
    """

    keys: dict[UUID, Keys] = field(default_factory=dict)
    raw: dict[UUID, Facts] = field(default_factory=dict)
    facts: dict[UUID, Facts] = field(default_factory=dict)
    blank: dict[UUID, int] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    counts: dict[int, int] = field(default_factory=dict)
    pairs: dict[Ids, Pair] = field(default_factory=dict)
    looked_at: set[Ids] = field(default_factory=set)
    known: dict[bytes, Known] = field(default_factory=dict)


def ids_of(one: UUID, other: UUID) -> Ids:
    return (one, other) if one.int < other.int else (other, one)


def match(arrivals: Sequence[Arrival]) -> Matches:
    """Hold records of different ids against the stored ones and against each other.

    Two statements, two more where records share more than one number; whatever the batch's size.
    """
    found = Matches()
    if not arrivals:
        return found
    coming = {arrival.id.bytes: arrival for arrival in arrivals}
    found.raw = {arrival.id: arrival.facts for arrival in arrivals}
    found.keys = {arrival.id: keys_of(arrival.facts) for arrival in arrivals}
    numbers = _numbers(arrivals, found.keys)
    holders = holders_of(
        {key for keys in found.keys.values() for key in keys.every} | numbers, but=coming.keys()
    )
    sharing = _count(found, holders)
    found.facts = {one.id: without(one.facts, found.blank[one.id]) for one in arrivals}
    compared = _compared(found, holders, sharing)
    met = set(compared.ids) - coming.keys()
    by_number = {number: holders.of(number) for number in numbers - found.crowded}
    # Stored by now, but not yet when the facts are read: the last check will find these.
    found.known = packed_known_of(met.union(*by_number.values()))
    again = _sharers(by_number, found.known)
    context = _context(again, found.known, holders, found.crowded)
    facts = {
        one: without(it.facts, it.blank) if it.blank else it.facts
        for known in (found.known, context)
        for one, it in known.items()
    }
    facts |= {one.bytes: own for one, own in found.facts.items()}
    found.looked_at = {(UUID(bytes=left), UUID(bytes=right)) for left, right in again}
    found.pairs = _judged(_Set(facts), compared, again)
    return found


class _Set:
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


class _Compared(NamedTuple):
    """Pairs of places in `ids`, which are those of everybody in a pair. As arrays: tens of
    thousands of tuples would keep Python busy looking for cycles among them."""

    ids: list[bytes]
    one: Ints
    other: Ints

    def places(self, place: Mapping[bytes, int]) -> tuple[list[int], list[int]]:
        """The pairs by other places, where both have one."""
        new = np.fromiter((place.get(one, -1) for one in self.ids), np.int64, len(self.ids))
        one, other = new[self.one], new[self.other]
        there = (one >= 0) & (other >= 0)
        return one[there].tolist(), other[there].tolist()


def _compared(
    found: Matches, holders: Holders, sharing: Mapping[int, Sequence[bytes]]
) -> _Compared:
    """Every arrival with whom it shares enough, among the stored ones and the arrivals."""
    weak: set[int] = set()
    weak.update(*(own.weak for own in found.keys.values()))
    ours = [one.bytes for one in found.keys]
    place = {one: at for at, one in enumerate(ours)}
    codes: list[int] = []
    are_weak: list[bool] = []
    own: list[int] = []
    own_keys: list[int] = []
    for key, owners in sharing.items():
        places = sorted(place[owner] for owner in owners)
        if key in holders.starts:
            own += places
            own_keys += [key] * len(places)
        if len(places) > 1:
            within = [one << 32 | other for one, other in combinations(places, 2)]
            codes += within
            are_weak += [key in weak] * len(within)
    one, other, of_stored = _with_stored(own, own_keys, holders, weak)
    enough = enough_shared(
        np.concatenate([np.array(codes, np.int64), one << 32 | (other + len(ours))]),
        np.concatenate([np.array(are_weak, np.bool_), of_stored]),
        np.concatenate([sketches_of([*found.facts.values()]), holders.sketches]),
    )
    used, pairs = np.unique(
        np.concatenate([enough >> 32, enough & 0xFFFF_FFFF]), return_inverse=True
    )
    stored = used[used >= len(ours)] - len(ours)
    ids = [ours[at] for at in used[used < len(ours)].tolist()] + holders.ids(stored)
    return _Compared(ids, *np.split(pairs, 2))


def _with_stored(
    own: Sequence[int], keys: Sequence[int], holders: Holders, weak: Collection[int]
) -> tuple[Ints, Ints, Bools]:
    """Each of `own` with every stored holder of its key (places), and whether that is weak."""
    starts = np.fromiter(map(holders.starts.__getitem__, keys), np.int64, len(keys))
    sizes = np.fromiter(map(holders.sizes.__getitem__, keys), np.int64, len(keys))
    # The places of each key one after the other: a count that starts anew for every key.
    begins = np.cumsum(sizes) - sizes
    rows = np.arange(sizes.sum()) + np.repeat(starts - begins, sizes)
    are_weak = np.fromiter(map(weak.__contains__, keys), np.bool_, len(keys))
    return (
        np.repeat(np.array(own, np.int64), sizes),
        holders.places[rows],
        np.repeat(are_weak, sizes),
    )


def _judged(
    records: _Set, compared: _Compared, again: Iterable[tuple[bytes, bytes]]
) -> dict[Ids, Pair]:
    ones, others = compared.places(records.place)
    for left, right in again:
        ones.append(records.place[left])
        others.append(records.place[right])
    return _kept(records, *records.pairs(ones, others))


def _numbers(arrivals: Iterable[Arrival], keys: Mapping[UUID, Keys]) -> set[int]:
    """Keys of the whole numbers that arrivals hold, or held before."""
    numbers = {number for own in keys.values() for number in own.numbers}
    for arrival in arrivals:
        if arrival.before:
            before = arrival.before.facts
            numbers |= {nik_key(before.nik)} if before.nik else set()
            numbers |= {phone_key(before.phone)} if before.phone else set()
    return numbers


def _count(found: Matches, holders: Holders) -> dict[int, list[bytes]]:
    """Find what is crowded and blank; gives the arrivals by the keys they have then, where these
    lead somewhere."""
    sharing = _by_key(found.keys)
    found.crowded = _too_many(sharing, holders)
    # Numbers first: what a card says of a birth date counts among who bears that date.
    for blank_of in (_blank_numbers, _blank_crowd):
        blank = {one: blank_of(found, one) for one in found.keys}
        found.blank = {one: found.blank.get(one, 0) | more for one, more in blank.items()}
        if any(blank.values()):
            for one, more in blank.items():
                if more:
                    found.keys[one] = keys_of(found.raw[one], found.blank[one])
            sharing = _by_key(found.keys)
            found.crowded = _too_many(sharing, holders)
    for key in found.crowded & sharing.keys():
        del sharing[key]
    stored = holders.sizes.get
    found.counts = {key: len(own) + stored(key, 0) for key, own in sharing.items()}
    return sharing


def _blank_numbers(found: Matches, one: UUID) -> int:
    keys = found.keys[one]
    blank = Blank.NIK.value if keys.nik in found.crowded else 0
    return blank | (Blank.PHONE.value if keys.phone in found.crowded else 0)


def _blank_crowd(found: Matches, one: UUID) -> int:
    return Blank.CROWD.value if is_crowded(found.raw[one], found.crowded) else 0


def _by_key(keys: Mapping[UUID, Keys]) -> dict[int, list[bytes]]:
    sharing: dict[int, list[bytes]] = {}
    for one, own in keys.items():
        packed = one.bytes
        for key in own.every:
            sharing.setdefault(key, []).append(packed)
    return sharing


def _too_many(sharing: Mapping[int, Sequence[bytes]], holders: Holders) -> set[int]:
    stored = holders.sizes.get
    return {
        key for key, own in sharing.items() if len(own) + stored(key, 0) > MOST_HOLDERS
    } | holders.crowded


def _sharers(
    by_number: Mapping[int, Sequence[bytes]], known: Mapping[bytes, Known]
) -> set[tuple[bytes, bytes]]:
    """Stored pairs that share a number with an arrival: how many use it is part of their score.

    What was judged by another model stays as it is.
    """
    model = shipped_model().version
    found: set[tuple[bytes, bytes]] = set()
    for held in by_number.values():
        if len(held) > 1:
            there = [one for one in held if one in known and known[one].model == model]
            found.update(combinations(sorted(there), 2))
    return found


def _context(
    pairs: Iterable[tuple[bytes, bytes]],
    known: Mapping[bytes, Known],
    holders: Holders,
    crowded: Collection[int],
) -> dict[bytes, Known]:
    """Whoever else shares a further number of two records that are judged again."""
    further = {key for key in shared_numbers(pairs, known) if key not in holders} - set(crowded)
    if not further:
        return {}
    return packed_known_of(set(holders_of(further).everyone()) - known.keys())


def shared_numbers(pairs: Iterable[tuple[bytes, bytes]], known: Mapping[bytes, Known]) -> set[int]:
    """The keys of the numbers that two records of a pair have in common."""
    found = set()
    for left, right in pairs:
        one, other = known[left].facts, known[right].facts
        if one.nik and one.nik == other.nik:
            found.add(nik_key(one.nik))
        if one.phone and one.phone == other.phone:
            found.add(phone_key(one.phone))
    return found


def judged_pairs(facts: Mapping[UUID, Facts], pairs: Iterable[Ids]) -> dict[Ids, Pair]:
    """What the pairs are judged, as far as they are kept: see Matches.

    Whoever shares a number with one of them has to be among `facts`, which come without blank
    numbers.
    """
    records = _Set({one.bytes: own for one, own in facts.items()})
    places = [(records.place[left.bytes], records.place[right.bytes]) for left, right in pairs]
    return _kept(
        records, *records.pairs([left for left, _ in places], [right for _, right in places])
    )


def _kept(records: _Set, left: Ints, right: Ints) -> dict[Ids, Pair]:
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
    records = _Set({one.bytes: own for one, own in facts.items()})
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
