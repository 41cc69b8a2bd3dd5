"""What coordinators answered, as lessons for the weights: without anybody's name or number."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.dedup.answers import Answer, Lesson, lessons_of
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import shipped_frequencies
from outreach.matching.candidates import holders_of
from outreach.matching.keys import numbers_of, without
from outreach.matching.pairs import Ids
from outreach.matching.records import known_of

AT_ONCE = 100
"""Each of so many answers may have two numbers that a hundred other registrations share."""


class _Said(NamedTuple):
    ids: Ids
    is_same: bool


def lessons() -> Iterator[Lesson]:
    """A lesson for each pair that somebody answered about, or merged or split people by.

    What was taken back is left out; of what was said twice of a pair the last counts. An answer is
    about whole people, but was given on one pair: the others are no lesson of their own. The facts
    are those of today. In a few statements for every hundred.
    """
    secret = secrets.token_bytes(32)
    last: Ids = (UUID(int=0), UUID(int=0))
    while said := _said_after(last):
        yield from lessons_of(list(_answers(said, secret)), shipped_frequencies())
        last = said[-1].ids


def _said_after(last: Ids) -> list[_Said]:
    """The next pairs that stand in a decision which holds, with the last word on each."""
    rows = bulk.run(
        """
        SELECT asked.left_id, asked.right_id, newest.is_same
        FROM (
            SELECT DISTINCT verdict.left_id, verdict.right_id
            FROM outreach_pairverdict verdict
            JOIN outreach_decision decision ON decision.id = verdict.decision_id
            WHERE NOT verdict.is_undone AND (verdict.left_id, verdict.right_id) > (%s, %s)
                AND decision.about ->> 'left' = verdict.left_id::text
                AND decision.about ->> 'right' = verdict.right_id::text
            ORDER BY 1, 2 LIMIT %s
        ) AS asked CROSS JOIN LATERAL (
            SELECT is_same FROM outreach_pairverdict
            WHERE left_id = asked.left_id AND right_id = asked.right_id AND NOT is_undone
            ORDER BY id DESC LIMIT 1
        ) AS newest
        ORDER BY 1, 2
        """,
        [*last, AT_ONCE],
    )
    return [_Said((left, right), is_same) for left, right, is_same in rows]


def _answers(said: Sequence[_Said], secret: bytes) -> Iterator[Answer]:
    facts = _facts_of({one for two in said for one in two.ids})
    matched = [two for two in said if facts.keys() >= set(two.ids)]
    sharing = _sharing({number for two in matched for number in numbers_of(facts[two.ids[0]])})
    for (left, right), is_same in matched:
        yield Answer(
            about=(_alias(left, secret), _alias(right, secret)),
            left=facts[left],
            right=facts[right],
            is_same=is_same,
            sharing=tuple(one for number in numbers_of(facts[left]) for one in sharing[number]),
        )


def _alias(registration: UUID, secret: bytes) -> str:
    """Another text for a registration: the same within one export only."""
    return blake2b(registration.bytes, key=secret, digest_size=8).hexdigest()


def _facts_of(ids: Collection[UUID]) -> dict[UUID, Facts]:
    return {one: without(it.facts, it.blank) for one, it in known_of(ids).items()}


def _sharing(numbers: Collection[int]) -> dict[int, list[Facts]]:
    """Whose numbers these are."""
    of = holders_of(numbers).of
    held = {number: [UUID(bytes=one) for one in of(number)] for number in numbers}
    facts = _facts_of({one for holders in held.values() for one in holders})
    return {
        number: [facts[one] for one in holders if one in facts] for number, holders in held.items()
    }
