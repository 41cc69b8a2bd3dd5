"""Which pairs wait for a person's answer, and the flags and statuses that follow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from outreach.dedup.resolving import settles
from outreach.flagging import Doubts
from outreach.matching.groups import Row
from outreach.matching.pairs import Ids, Pair, ids_of
from outreach.models import Registration
from outreach.statuses import OUT, UNJUDGED, status_for

LOOKALIKES = 5
"""At most so many people are named as evidence of one doubt."""

A_CONFLICT_SETTLES = 0.002
"""What an answer about two people with one NIK is worth at least, for each pair of registrations:
as if the chance were one in five that they are one. One of the NIKs is wrong, whatever the answer;
but hardly ever are they one person. At 0.01 they would be asked before pairs that are to be joined,
and the recall after ten answers a thousand registrations falls below its goal."""

DERIVED = UNJUDGED | {Registration.Status.DUPLICATE}
"""Nobody decided these: they follow from doubts and from who came first."""


class Asked(NamedTuple):
    """An open question: about which pair, and how much its answer is worth."""

    ids: Ids
    pair: Pair
    settles: float


def questions(
    pairs: Mapping[Ids, Pair],
    proposed: Mapping[Ids, float],
    said: Mapping[Ids, bool],
    rows: Mapping[UUID, Row],
    person: Mapping[UUID, UUID],
    sizes: Mapping[UUID, int],
) -> dict[Ids, Asked]:
    """One question for two people: about their best pair of registrations that count.

    None where somebody said that they are different people. `sizes`: how many registrations a
    person has. What another model would judge otherwise within one person is asked too.
    """
    answered = {
        ids_of(person[left], person[right])
        for (left, right), is_same in said.items()
        if not is_same and left in person and right in person
    }
    best: dict[tuple[UUID, UUID], Asked] = {}
    found: dict[Ids, Asked] = {}
    for ids in sorted(pairs):
        left, right = ids
        if left not in person or right not in person:
            continue
        if rows[left].status in OUT or rows[right].status in OUT:
            continue
        one, other = person[left], person[right]
        pair, score = pairs[ids], proposed.get(ids, pairs[ids].score)
        if one == other:
            if ids in proposed and ids not in said:
                found[ids] = Asked(ids, pair, settles(score, 1, 1))
            continue
        two = ids_of(one, other)
        if two in answered:
            continue
        if two not in best or best[two].pair.score < pair.score:
            best[two] = Asked(ids, pair, _worth(pair, score, sizes[one], sizes[other]))
    return found | {asked.ids: asked for asked in best.values()}


def _worth(pair: Pair, score: float, one: int, other: int) -> float:
    worth = settles(score, one, other)
    return max(worth, A_CONFLICT_SETTLES * one * other) if pair.same_nik else worth


def doubts_of(
    asked: Iterable[Asked], rows: Mapping[UUID, Row], person: Mapping[UUID, UUID]
) -> dict[UUID, Doubts]:
    """The doubts that open questions raise: about the registration that arrived later.

    None comes from a question about two registrations of one person.
    """
    raised: dict[UUID, dict[str, list[tuple[float, UUID]]]] = defaultdict(lambda: defaultdict(list))
    for ids, pair, _ in asked:
        if person[ids[0]] == person[ids[1]]:
            continue
        earlier, later = sorted(ids, key=lambda one: rows[one].arrival)
        code = "nik_conflict" if pair.same_nik else "possible_duplicate"
        raised[later][code].append((-pair.score, person[earlier]))
    found: dict[UUID, Doubts] = {}
    for registration, codes in raised.items():
        found[registration] = {
            code: {
                "people": [str(one) for _, one in sorted(people)[:LOOKALIKES]],
                "score": round(-min(people)[0], 2),
            }
            for code, people in codes.items()
        }
    return found


def statuses(people: Iterable[Iterable[Row]], doubts: Mapping[UUID, Doubts]) -> dict[UUID, str]:
    """What registrations' statuses are, person by person, where nobody decided them.

    Of a person's registrations that count, the first to arrive is no duplicate and the others are.
    """
    found = {}
    for rows in people:
        there = sorted(rows, key=lambda row: row.arrival)
        first = next((row.id for row in there if row.status not in OUT), None)
        for row in there:
            if row.status in DERIVED:
                is_duplicate = row.id != first
                found[row.id] = (
                    Registration.Status.DUPLICATE if is_duplicate else status_for(doubts[row.id])
                ).value
    return found
