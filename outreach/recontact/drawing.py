"""Who is drawn: the same seed and the same frame, the same sample.

Everybody in the frame has a chance, which is known: a stratum has its places, and whom it gives
them to is a matter of hashes. Whoever has the seed and the frame works it out again.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

FLAGGED_FACTOR = 3
"""As many times as others those with doubts are drawn; the estimate weighs that out again."""


class Stratum(NamedTuple):
    kader: int
    is_flagged: bool


def places(sizes: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """How many of each stratum: one at least, and of others in proportion, as far as there are any.

    `size` is no less than there are strata.
    """
    given = dict.fromkeys(sizes, 1)
    queue = [(1 / _weight(stratum, whole), stratum) for stratum, whole in sizes.items()]
    heapq.heapify(queue)
    left = size - len(given)
    while left > 0 and queue:
        _, stratum = heapq.heappop(queue)
        if given[stratum] == sizes[stratum]:
            continue
        given[stratum] += 1
        left -= 1
        next_share = given[stratum] / _weight(stratum, sizes[stratum])
        heapq.heappush(queue, (next_share, stratum))
    return given


def draw(
    frame: Mapping[Stratum, Collection[UUID]], size: int, seed: str
) -> list[tuple[Stratum, UUID]]:
    """Who is drawn, in the order in which they are called, which tells nothing of the strata."""
    given = places({stratum: len(ids) for stratum, ids in frame.items()}, size)
    drawn = [
        (stratum, one)
        for stratum, ids in frame.items()
        for one in in_order(ids, seed, "draw")[: given[stratum]]
    ]
    return sorted(drawn, key=lambda each: _key(each[1], seed, "call"))


def in_order(ids: Collection[UUID], seed: str, purpose: str) -> Sequence[UUID]:
    """The ids by the hash of the seed, the purpose and the id."""
    return sorted(ids, key=lambda one: _key(one, seed, purpose))


def _key(one: UUID, seed: str, purpose: str) -> bytes:
    return sha256(f"{seed} {purpose} {one}".encode()).digest()


def _weight(stratum: Stratum, whole: int) -> int:
    return whole * (FLAGGED_FACTOR if stratum.is_flagged else 1)
