"""Kader's answers to flags as tablets push them: stored once under the tablet's id, whatever comes
again, several at a time. Over the API one at a time: outreach.flag_remarks."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct

from outreach import bulk
from outreach.drafts import FieldProblem
from outreach.models import FlagRemark
from outreach.remarks import MOST_REMARKS
from outreach.transactions import Overtaken

UNKNOWN_REGISTRATION = FieldProblem("/registration", "registration_unknown")
UNKNOWN_FLAG = FieldProblem("/code", "flag_unknown")
TAKEN = FieldProblem("/id", "id_taken")
TOO_MANY = FieldProblem("/code", "too_many_answers")


class FlagAnswer(Struct, frozen=True):
    """What a kader says about a flag of an own registration."""

    id: UUID
    registration: UUID
    code: Annotated[str, Meta(min_length=1, max_length=40)]
    text: Annotated[str, Meta(min_length=3, max_length=500)]

    @property
    def of_flag(self) -> tuple[UUID, str]:
        return self.registration, self.code


class Taken(NamedTuple):
    """What became of an answer: stored now or before, or why not."""

    replayed: bool = False
    problem: FieldProblem | None = None


def take_in(answers: Sequence[FlagAnswer], kader: int, now: datetime) -> list[Taken]:
    """Store what is new; one verdict each, in order. Five statements, whatever their number.

    Runs in the caller's transaction. Raises Overtaken: start over. Who answers a flag waits, by the
    registration's lock, for others who do, here or over the API.
    """
    own = {
        one
        for (one,) in bulk.run(
            "SELECT id FROM outreach_registration WHERE id = ANY(%s) AND kader_id = %s"
            " ORDER BY id FOR NO KEY UPDATE",
            [[one.registration for one in answers], kader],
        )
    }
    known = {
        sent: ((registration, code), text, by)
        for sent, registration, code, text, by in bulk.run(
            "SELECT sent_id, registration_id, code, text, by_id FROM outreach_flagremark"
            " WHERE sent_id = ANY(%s)",
            [[one.id for one in answers]],
        )
    }
    flags = set(
        bulk.run(
            "SELECT registration_id, code FROM outreach_flag WHERE registration_id = ANY(%(own)s)"
            " UNION SELECT registration_id, code FROM outreach_pastflag"
            " WHERE registration_id = ANY(%(own)s)",
            {"own": list(own)},
        )
    )
    said: Counter[tuple[UUID, str]] = Counter()
    for registration, code, count in bulk.run(
        "SELECT registration_id, code, count(*) FROM outreach_flagremark"
        " WHERE registration_id = ANY(%s) GROUP BY 1, 2",
        [list(own)],
    ):
        said[registration, code] = count
    verdicts, new = [], []
    for one in answers:
        content = (one.of_flag, one.text, kader)
        if one.id in known:
            is_same = known[one.id] == content
            verdicts.append(Taken(replayed=True) if is_same else Taken(problem=TAKEN))
            continue
        problem = _problem(one, own, flags, said)
        verdicts.append(Taken(problem=problem))
        if problem is None:
            known[one.id] = content
            said[one.of_flag] += 1
            new.append(one)
    _store(new, kader, now)
    return verdicts


def _problem(
    one: FlagAnswer,
    own: set[UUID],
    flags: set[Any],
    said: Counter[tuple[UUID, str]],
) -> FieldProblem | None:
    if one.registration not in own:
        return UNKNOWN_REGISTRATION
    if one.of_flag not in flags:
        return UNKNOWN_FLAG
    return TOO_MANY if said[one.of_flag] >= MOST_REMARKS else None


def _store(new: Sequence[FlagAnswer], kader: int, now: datetime) -> None:
    stored = bulk.insert(
        FlagRemark,
        [
            {
                "sent_id": one.id,
                "registration_id": one.registration,
                "code": one.code,
                "kind": FlagRemark.Kind.ANSWER.value,
                "text": one.text,
                "by_id": kader,
                "made_at": now,
            }
            for one in new
        ],
        order_by="sent_id",
        on_conflict="(sent_id) DO NOTHING",
    )
    if stored < len(new):
        # An id that came for another registration at the same moment.
        raise Overtaken
