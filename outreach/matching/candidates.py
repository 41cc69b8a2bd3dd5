"""Who may be the same as whom, by the keys they share: one look into the key table for a batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from outreach import bulk
from outreach.dedup.blocking import MOST_HOLDERS
from outreach.dedup.columns import Bools, Ints
from outreach.dedup.pairing import enough_shared
from outreach.dedup.sketching import Sketches
from outreach.matching.keys import Keys, unmasked

_ROW = np.dtype([("id", "V16"), ("sketch", ">u8")])
"""A holder's id and masked sketch, as they are packed."""


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds the keys that were looked up, as arrays: there are tens of thousands.

    `packed` are the holders' ids as they are packed, each once, and `sketches` theirs.
    The `sizes[key]` places from `places[starts[key]]` on are those of a key's holders among them.
    Crowded keys lead nowhere and list nobody.
    """

    packed: NDArray[np.void]
    sketches: Sketches
    places: Ints
    starts: Mapping[int, int]
    sizes: Mapping[int, int]
    crowded: frozenset[int]

    def __contains__(self, key: int) -> bool:
        return key in self.starts or key in self.crowded

    def of(self, key: int) -> list[bytes]:
        """The ids of a key's holders."""
        if key not in self.starts:
            return []
        start = self.starts[key]
        return self.ids(self.places[start : start + self.sizes[key]])

    def ids(self, places: Ints) -> list[bytes]:
        """Ids of some holders; of all of them, who are ten times as many as are looked at further,
        they would take as long as all the rest."""
        packed = self.packed[places].tobytes()
        return [packed[start : start + 16] for start in range(0, len(packed), 16)]

    def everyone(self) -> list[bytes]:
        """The ids of all holders."""
        return self.ids(np.arange(len(self.packed)))


def holders_of(keys: Collection[int], but: Collection[bytes] = ()) -> Holders:
    """The stored holders of keys, `but` some; one statement. A key with more than MOST_HOLDERS is
    crowded, whoever is left out."""
    found: list[tuple[int, bytes]] = []
    crowded = set()
    # In the order of the index, so that neighbouring keys are found on one page.
    for key, holders in bulk.run(
        "SELECT wanted.key, held.packed FROM unnest(%s::bigint[]) AS wanted(key)"
        " LEFT JOIN outreach_crowdedkey crowded ON crowded.key = wanted.key"
        " CROSS JOIN LATERAL (SELECT"
        "  string_agg(uuid_send(registration_id) || int8send(sketch), '') AS packed FROM ("
        "  SELECT registration_id, sketch FROM outreach_matchkey"
        "  WHERE key = wanted.key AND crowded.key IS NULL LIMIT %s) AS first) AS held"
        " WHERE held.packed IS NOT NULL OR crowded.key IS NOT NULL",
        [bulk.array(sorted(keys)), MOST_HOLDERS + 1],
    ):
        if holders is None or len(holders) > MOST_HOLDERS * _ROW.itemsize:
            crowded.add(key)
        else:
            found.append((key, holders))
    return _holders(found, but, frozenset(crowded))


def _holders(
    found: Sequence[tuple[int, bytes]], but: Collection[bytes], crowded: frozenset[int]
) -> Holders:
    rows = np.frombuffer(b"".join(packed for _, packed in found), _ROW)
    firsts, places = _numbered(rows["id"])
    ids = rows["id"][firsts]
    sizes = np.array([len(packed) // _ROW.itemsize for _, packed in found], np.int64)
    left_out = _places_of(but, ids)
    if left_out:
        stays = ~np.isin(places, left_out)
        sizes = np.bincount(np.repeat(np.arange(len(sizes)), sizes)[stays], minlength=len(sizes))
        places = places[stays]
    keys = [key for key, _ in found]
    starts = np.cumsum(sizes) - sizes
    return Holders(
        packed=ids,
        sketches=unmasked(ids.tobytes(), rows["sketch"][firsts].astype(np.uint64)),
        places=places,
        starts=dict(zip(keys, starts.tolist(), strict=True)),
        sizes=dict(zip(keys, sizes.tolist(), strict=True)),
        crowded=crowded,
    )


def _places_of(some: Collection[bytes], ids: NDArray[np.void]) -> list[int]:
    """Where some ids stand among others."""
    first_halves = ids.view(np.uint64)[::2]
    wanted = np.frombuffer(b"".join(some), np.uint64)[::2]
    alike = np.flatnonzero(np.isin(first_halves, wanted))
    return [at for at in alike.tolist() if ids[at].tobytes() in some]


def _numbered(ids: NDArray[np.void]) -> tuple[Ints, Ints]:
    """Where each different id stands first, and of every id which of these it is."""
    halves = np.frombuffer(ids.tobytes(), ">u8").reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    sorted_halves = halves[order]
    is_new = np.ones(len(ids), np.bool_)
    is_new[1:] = (sorted_halves[1:] != sorted_halves[:-1]).any(axis=1)
    places = np.empty(len(ids), np.int64)
    places[order] = np.cumsum(is_new) - 1
    firsts: Ints = order[is_new]
    return firsts, places


class Candidates(NamedTuple):
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


def candidates_of(
    keys: Mapping[UUID, Keys],
    sketches: Sketches,
    holders: Holders,
    sharing: Mapping[int, Sequence[bytes]],
) -> Candidates:
    """Every arrival with whom it shares enough, among the stored ones and the arrivals.

    `keys` and `sketches` are the arrivals'; `sharing`: who of them have a key that leads somewhere.
    """
    weak: set[int] = set()
    weak.update(*(own.weak for own in keys.values()))
    ours = [one.bytes for one in keys]
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
        np.concatenate([sketches, holders.sketches]),
    )
    used, pairs = np.unique(
        np.concatenate([enough >> 32, enough & 0xFFFF_FFFF]), return_inverse=True
    )
    stored = used[used >= len(ours)] - len(ours)
    ids = [ours[at] for at in used[used < len(ours)].tolist()] + holders.ids(stored)
    return Candidates(ids, *np.split(pairs, 2))


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
