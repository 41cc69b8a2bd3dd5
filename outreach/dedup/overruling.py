"""People among records, where somebody said of some pairs that they are, or are not, one person.

What was said stands above what was judged. Records that somebody joined, directly or through
others, count as one from there on: what is apart among them is not, and no rival matters.
"Different people" stands against a join through others that somebody said, which goes to review.

A veto that was overruled once is not asked about again: where somebody said that two records with
different NIKs are one person, a third that has the NIK of one of them is not kept apart from the
other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from math import inf

from outreach.dedup.clustering import Connection, Partition, Record, partition


def overruled(
    connections: Collection[Connection[Record]],
    apart: Collection[tuple[Record, Record]],
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
    apart = _still_apart(connections, apart, stands_for)
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


def _still_apart(
    connections: Iterable[Connection[Record]],
    apart: Collection[tuple[Record, Record]],
    stands_for: Mapping[Record, Record],
) -> list[tuple[Record, Record]]:
    """The pairs that are apart by more than what somebody overruled.

    That is whatever sets two records apart that were joined; and then whoever is connected with the
    one of these and whoever is connected with the other.
    """
    overruled_of: dict[Record, list[Record]] = defaultdict(list)
    for left, right in apart:
        if left in stands_for and stands_for[left] == stands_for.get(right):
            overruled_of[left].append(right)
            overruled_of[right].append(left)
    if not overruled_of:
        return list(apart)
    near: dict[Record, set[Record]] = defaultdict(set)
    for connection in connections:
        near[connection.left].add(connection.right)
        near[connection.right].add(connection.left)
    return [
        (left, right)
        for left, right in apart
        if not any(
            other == right or other in near[right]
            for one in (left, *near[left])
            for other in overruled_of.get(one, ())
        )
    ]


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
