"""Records that come in, held against all that may be the same: which pairs, and how they score."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from uuid import UUID

from outreach.dedup.scoring import shipped_model
from outreach.matching.arrivals import Arrival, Matches
from outreach.matching.candidates import Candidates, Holders, candidates_of, holders_of
from outreach.matching.crowding import count
from outreach.matching.keys import (
    Keys,
    keys_of,
    nik_key,
    numbers_of,
    phone_key,
    sketches_of,
    without,
)
from outreach.matching.pairs import Ids, Pair, Records, kept
from outreach.matching.records import Known, packed_known_of


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
    sharing = count(found, holders)
    found.facts = {one.id: without(one.facts, found.blank[one.id]) for one in arrivals}
    sketches = sketches_of([*found.facts.values()])
    candidates = candidates_of(found.keys, sketches, holders, sharing)
    met = set(candidates.ids) - coming.keys()
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
    found.pairs = _judged(Records(facts), candidates, again)
    return found


def _judged(
    records: Records, candidates: Candidates, again: Iterable[tuple[bytes, bytes]]
) -> dict[Ids, Pair]:
    ones, others = candidates.places(records.place)
    for left, right in again:
        ones.append(records.place[left])
        others.append(records.place[right])
    return kept(records, *records.pairs(ones, others))


def _numbers(arrivals: Iterable[Arrival], keys: Mapping[UUID, Keys]) -> set[int]:
    """Keys of the whole numbers that arrivals hold, or held before."""
    numbers = {number for own in keys.values() for number in own.numbers}
    for arrival in arrivals:
        if arrival.before:
            numbers.update(numbers_of(arrival.before.facts))
    return numbers


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
