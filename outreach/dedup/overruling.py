"""People among records, where somebody said of some pairs that they are, or are not, one person.

What was said stands above what was judged. Records that somebody joined, directly or through
others, count as one from there on: what is apart among them is not, and no rival matters.
"Different people" stands against a join through others that somebody said, which goes to review.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import inf

from outreach.dedup.clustering import Connection, Partition, Record, partition


def overruled(
    connections: Iterable[Connection[Record]],
    apart: Iterable[tuple[Record, Record]],
    alike: Iterable[tuple[Record, Record]],
    said: Mapping[tuple[Record, Record], bool],
    margin: float,
) -> Partition[Record]:
    """`partition` after what was `said` of pairs, smaller record first: True for one person."""
    if not said:
        return partition(connections, apart, margin, alike)
    different = [pair for pair, is_same in said.items() if not is_same]
    joined = partition(
        [Connection(*pair, inf) for pair, is_same in said.items() if is_same],
        different,
        margin,
        different,  # Whoever was said to be the same has no rivals.
    )
    stands_for = {record: people[0] for people in joined.people for record in people}
    best: dict[tuple[Record, Record], Connection[Record]] = {}
    for connection in connections:
        pair = _between(connection.left, connection.right, stands_for)
        known = said.get((connection.left, connection.right))
        if pair and known is None and (pair not in best or best[pair].score < connection.score):
            best[pair] = connection
    found = partition(
        [Connection(*pair, connection.score) for pair, connection in best.items()],
        [*_moved(apart, stands_for), *_moved(different, stands_for)],
        margin,
        _moved(alike, stands_for),
    )
    members: dict[Record, list[Record]] = defaultdict(list)
    for record, one in stands_for.items():
        members[one].append(record)
    people = [
        tuple(sorted(record for one in group for record in members.get(one, [one])))
        for group in found.people
    ]
    alone = set(stands_for.values()) - {one for group in found.people for one in group}
    people += [tuple(sorted(members[one])) for one in alone]
    review = [best[one.left, one.right] for one in found.review]
    return Partition(sorted(people), [*joined.review, *review])


def _between(
    left: Record, right: Record, stands_for: Mapping[Record, Record]
) -> tuple[Record, Record] | None:
    """The pair of what two records stand in; None if that is one and the same."""
    one, other = stands_for.get(left, left), stands_for.get(right, right)
    if one == other:
        return None
    return (one, other) if one < other else (other, one)


def _moved(
    pairs: Iterable[tuple[Record, Record]], stands_for: Mapping[Record, Record]
) -> list[tuple[Record, Record]]:
    moved = (_between(left, right, stands_for) for left, right in pairs)
    return [pair for pair in moved if pair]
