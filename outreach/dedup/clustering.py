"""Which records are one person: a function of the set of records, whatever order they came in.

The rule. Two records are *connected* when their pair is judged the same (see deciding), and *apart*
when it is judged never to be in one person. What a coordinator said stands above both: "same
person" connects, "different people" sets apart.

1. A connection a-b has a *rival* when a is also connected to some c that is apart from b and
   unlike it, and the score of a-c is not lower than that of a-b by more than the margin; likewise
   from b's side. Connections with a rival are set aside for review. (Records that are apart and
   yet alike are most likely one person with a mistyped number: with either, a is right.)
2. The others are taken from the highest score to the lowest, equal scores by the records' ids. Each
   joins the people its two records are in by then, unless some record of the one is apart from some
   record of the other: that connection goes to review.

Both steps look only at records that are connected, directly or through others. So the people among
a set of records are those of each connected group by itself, and joining a batch means judging
anew the groups it touches and no others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar


class Ordered(Protocol):
    """Hashable, and with an order among its kind: numbers, texts, UUIDs."""

    def __hash__(self) -> int: ...
    def __lt__(self, other: Any, /) -> bool: ...


Record = TypeVar("Record", bound=Ordered)


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
    """`people`: the groups of two or more, each sorted, in order; `review`: connections that were
    not kept."""

    people: list[tuple[Record, ...]] = field(default_factory=list)
    review: list[Connection[Record]] = field(default_factory=list)


def partition(
    connections: Iterable[Connection[Record]],
    apart: Iterable[tuple[Record, Record]],
    margin: float,
    alike: Iterable[tuple[Record, Record]] = (),
) -> Partition[Record]:
    """The people among connected records. `apart` must hold every pair within a connected group
    that is never to be in one person (see groups); `alike` those of them that make no rivals."""
    ordered = sorted(connections, key=_strongest_first)
    enemies = _sides(apart)
    too_large = {
        record for group in groups(ordered) if len(group) > MOST_TOGETHER for record in group
    }
    friends = _sides(alike)
    unlike = {record: others - friends.get(record, set()) for record, others in enemies.items()}
    challenged = _challenged(ordered, unlike, margin)
    together = _Together[Record]()
    review: list[Connection[Record]] = []
    for place, connection in enumerate(ordered):
        if place in challenged or connection.left in too_large:
            review.append(connection)
            continue
        one, other = together.of(connection.left), together.of(connection.right)
        if one is other:
            continue
        if any(not enemies[record].isdisjoint(other) for record in one if record in enemies):
            review.append(connection)
            continue
        together.join(one, other)
    people = [tuple(sorted(group)) for group in together.groups() if len(group) > 1]
    return Partition(sorted(people), review)


def groups(connections: Iterable[Connection[Record]]) -> list[set[Record]]:
    """Records that are connected, directly or through others."""
    together = _Together[Record]()
    for connection in connections:
        together.join(together.of(connection.left), together.of(connection.right))
    return together.groups()


class _Together(Generic[Record]):
    """Disjoint groups that only grow."""

    def __init__(self) -> None:
        self._of: dict[Record, set[Record]] = {}

    def of(self, record: Record) -> set[Record]:
        return self._of.setdefault(record, {record})

    def join(self, one: set[Record], other: set[Record]) -> None:
        if one is other:
            return
        small, large = sorted((one, other), key=len)
        large |= small
        for record in small:
            self._of[record] = large

    def groups(self) -> list[set[Record]]:
        return list({id(group): group for group in self._of.values()}.values())


def _sides(pairs: Iterable[tuple[Record, Record]]) -> dict[Record, set[Record]]:
    others: dict[Record, set[Record]] = defaultdict(set)
    for left, right in pairs:
        others[left].add(right)
        others[right].add(left)
    return others


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
