"""A whole set of records in memory: candidates, scores, automatic people and what is left to ask.

What a push and the sweep do piece by piece against the database, here in one go, to train and to
measure; and the definition of what they must end in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from outreach.dedup.clustering import MOST_TOGETHER, Connection, Partition, groups, partition
from outreach.dedup.columns import Bools, Columns, columns_of
from outreach.dedup.deciding import Judged, judge
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import Frequencies
from outreach.dedup.pairing import Pairs, candidate_pairs, without_crowded
from outreach.dedup.scoring import Model, probability

_SURE_FIRST = 4
"""A yes puts every pair of the two people's records right and a no puts none: of two questions
about as many, the likelier yes comes well before the other. Measured on made-up offices."""


class Question(NamedTuple):
    """Whether two records are one person; `settles` ranks the questions."""

    left: int
    right: int
    score: float
    settles: float


@dataclass(frozen=True, slots=True)
class Resolved:
    """`people` are groups of places in the set; `pairs` with what they were `judged`; `reviews`:
    what to ask, the most telling first."""

    pairs: Pairs
    judged: Judged
    people: list[tuple[int, ...]]
    reviews: list[Question]


def resolve(records: Sequence[Facts], model: Model, frequencies: Frequencies) -> Resolved:
    """Who is who among the records. Their order should be that of their ids: pairs are judged with
    the earlier on the left, and equal scores are taken in this order."""
    usable = without_crowded(records)
    columns = columns_of(usable, frequencies)
    pairs = candidate_pairs(usable)
    judged = judge(model, columns, pairs.left, pairs.right)
    found = automatic(model, columns, pairs, judged)
    return Resolved(pairs, judged, found.people, _reviews(model, pairs, judged, found))


def automatic(model: Model, columns: Columns, pairs: Pairs, judged: Judged) -> Partition[int]:
    """The automatic people among judged pairs."""
    same = np.flatnonzero(judged.same(model))
    connections = [
        Connection(left, right, score)
        for left, right, score in zip(
            pairs.left[same].tolist(),
            pairs.right[same].tolist(),
            judged.scores[same].tolist(),
            strict=True,
        )
    ]
    within = pairs_within(groups(connections))
    judged_within = judge(model, columns, within.left, within.right)
    apart, alike = judged_within.apart(model), judged_within.alike(model)
    return partition(
        connections, _chosen(within, apart), model.runner_up_margin, _chosen(within, alike)
    )


def _chosen(pairs: Pairs, which: Bools) -> list[tuple[int, int]]:
    return list(zip(pairs.left[which].tolist(), pairs.right[which].tolist(), strict=True))


def pairs_within(connected: Sequence[set[int]]) -> Pairs:
    """All pairs of each group; none of one that is too large to be joined anyway."""
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for group in connected:
        if len(group) <= MOST_TOGETHER:
            members = np.array(sorted(group), np.int64)
            one, other = np.triu_indices(len(members), 1)
            left.append(members[one])
            right.append(members[other])
    return Pairs(np.concatenate(left), np.concatenate(right))


def settles(score: float, one: int, other: int) -> float:
    """How much an answer is worth about two people with so many records."""
    return probability(score) ** _SURE_FIRST * one * other


def _reviews(model: Model, pairs: Pairs, judged: Judged, found: Partition[int]) -> list[Question]:
    """One question for two people, about their best pair; what settles most pairs comes first."""
    person = {record: people for people in found.people for record in people}
    best: dict[tuple[int, int], Question] = {}
    asked = np.flatnonzero(judged.scores >= model.unsure_at)
    for left, right, score in zip(
        pairs.left[asked].tolist(),
        pairs.right[asked].tolist(),
        judged.scores[asked].tolist(),
        strict=True,
    ):
        one, other = person.get(left, (left,)), person.get(right, (right,))
        if one == other:
            continue
        two = (min(one[0], other[0]), max(one[0], other[0]))
        if two not in best or best[two].score < score:
            best[two] = Question(left, right, score, settles(score, len(one), len(other)))
    return sorted(best.values(), key=lambda one: (-one.settles, one.left, one.right))
