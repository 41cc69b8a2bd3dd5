"""Which records are one person: a function of the set of records, whatever order they came in.

The rule. Two records are *connected* when their pair is judged the same (see deciding), and *apart*
when it is judged never to be in one person. What a coordinator said stands above both: "same
person" connects, "different people" sets apart.

1. A connection a-b has a *rival* when a is also connected to some c that is apart from b, and the
   score of a-c is not lower than that of a-b by more than the margin; likewise from b's side.
   Connections with a rival are set aside for review.
2. The others are taken from the highest score to the lowest, equal scores by the records' ids. Each
   joins the people its two records are in by then, unless some record of the one is apart from some
   record of the other: that connection goes to review.

Both steps look only at records that are connected, directly or through others. So the people among
a set of records are those of each connected group by itself, and joining a batch means judging
anew the groups it touches and no others.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Record = TypeVar("Record", bound=Hashable)

MOST_TOGETHER = 200
"""A larger connected group is no person but a mistake somewhere: none of it is joined."""


@dataclass(frozen=True, slots=True)
class Connection(Generic[Record]):
    """Two records judged the same, smaller id first; `score` is infinite where somebody said so."""

    left: Record
    right: Record
    score: float


@dataclass(frozen=True, slots=True)
class Partition(Generic[Record]):
    """`people`: the groups of two or more, each sorted, in order. `review`: connections not kept."""

    people: list[tuple[Record, ...]] = field(default_factory=list)
    review: list[Connection[Record]] = field(default_factory=list)


def partition(
    connections: Iterable[Connection[Record]],
    apart: Iterable[tuple[Record, Record]],
    margin: float,
) -> Partition[Record]:
    """The people among connected records. `apart` must hold every pair within a connected group
    that is never to be in one person (see groups)."""
    ordered = sorted(connections, key=_strongest_first)
    enemies: dict[Record, set[Record]] = defaultdict(set)
    for one, other in apart:
        enemies[one].add(other)
        enemies[other].add(one)
    too_large = {
        record for group in groups(ordered) if len(group) > MOST_TOGETHER for record in group
    }
    challenged = _challenged(ordered, enemies, margin)
    members: dict[Record, set[Record]] = {}
    review: list[Connection[Record]] = []
    for place, connection in enumerate(ordered):
        if place in challenged or connection.left in too_large:
            review.append(connection)
            continue
        one = members.setdefault(connection.left, {connection.left})
        other = members.setdefault(connection.right, {connection.right})
        if one is other:
            continue
        if any(not enemies[record].isdisjoint(other) for record in one if record in enemies):
            review.append(connection)
            continue
        one |= other
        for record in other:
            members[record] = one
    people = {id(group): tuple(sorted(group)) for group in members.values() if len(group) > 1}  # type: ignore[type-var]
    return Partition(sorted(people.values()), review)  # type: ignore[type-var]


def groups(connections: Iterable[Connection[Record]]) -> list[set[Record]]:
    """Records that are connected, directly or through others."""
    group_of: dict[Record, set[Record]] = {}
    for connection in connections:
        one = group_of.setdefault(connection.left, {connection.left})
        other = group_of.setdefault(connection.right, {connection.right})
        if one is other:
            continue
        if len(one) < len(other):
            one, other = other, one
        one |= other
        for record in other:
            group_of[record] = one
    return list({id(group): group for group in group_of.values()}.values())


def _strongest_first(connection: Connection[Record]) -> tuple[float, Record, Record]:
    return (-connection.score, connection.left, connection.right)


def _challenged(
    ordered: Sequence[Connection[Record]],
    enemies: Mapping[Record, set[Record]],
    margin: float,
) -> set[int]:
    """Places of the connections that have a rival."""
    scores: dict[Record, dict[Record, float]] = defaultdict(dict)
    for connection in ordered:
        scores[connection.left][connection.right] = connection.score
        scores[connection.right][connection.left] = connection.score
    found = set()
    for place, connection in enumerate(ordered):
        for one, other in (
            (connection.left, connection.right),
            (connection.right, connection.left),
        ):
            for rival in enemies.get(other, ()):
                if scores[one].get(rival, float("-inf")) >= connection.score - margin:
                    found.add(place)
    return found
