"""What people say about who is who: same person, different people, merged, split, and taken back.

An answer is about two whole people: it is kept as a verdict for every pair of a registration of the
one and a registration of the other, and who is who follows from all verdicts that hold. Taking an
answer back therefore works at any later time, whatever else was said since.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product
from typing import Any
from uuid import UUID, uuid4

from outreach.asking import (
    IDENTITY_KINDS,
    decisions_for,
    questions_about,
    standing_answer,
)
from outreach.matching import verdicts, watching
from outreach.matching.grounds import grounds_across, grounds_of
from outreach.matching.watching import Since
from outreach.models import Decision, PairVerdict, Registration, User
from outreach.scopes import people_for, registrations_for
from outreach.transactions import Overtaken, attempt

Kind = Decision.Kind
Pair = tuple[UUID, UUID]
MOST_REGISTRATIONS = 200
"""A person of more is no case for one answer, which is kept for each pair of registrations."""


class Refused(Exception):
    """An answer that cannot be taken: a slug of the catalogue of problems, and what belongs to it.

    not_found, own_record, already_answered (by somebody else, or otherwise), superseded (it is no
    question any more), already_undone, too_many_registrations, contradicts (what is said of them).
    """

    def __init__(self, slug: str, **extra: Any) -> None:
        super().__init__(slug)
        self.slug = slug
        self.extra = extra


class NoSplit(Exception):
    """Registrations that are not the person's, or not for the actor to see; none if it is all."""

    def __init__(self, foreign: Collection[UUID]) -> None:
        super().__init__("no split")
        self.foreign = foreign


@dataclass(frozen=True, slots=True)
class Answered:
    """The decision, and of the registrations it was about those that the actor sees, as they are
    now."""

    decision: Decision
    registrations: list[Registration]


def answer(question: UUID, kind: Kind, actor: User, reason: str, now: datetime) -> Answered:
    """Say of an open question that it is the same person, or that they are different people.

    Giving one's own answer again changes nothing. Raises Refused.
    """
    return attempt(lambda: _answer(question, kind, actor, reason, now))


def merge(person: UUID, other: UUID, actor: User, reason: str, now: datetime) -> Answered:
    """Say that two people are one; the actor sees a registration of each. Raises Refused."""
    return attempt(lambda: _merge(person, other, actor, reason, now))


def split(
    person: UUID, apart: Collection[UUID], actor: User, reason: str, now: datetime
) -> Answered:
    """Say that some registrations of a person, all seen by the actor, are somebody else's.

    Raises Refused or NoSplit.
    """
    return attempt(lambda: _split(person, set(apart), actor, reason, now))


def take_back(decision: UUID, actor: User, reason: str, now: datetime) -> Answered:
    """Undo an answer, whatever was said since. Raises Refused."""
    return attempt(lambda: _take_back(decision, actor, reason, now))


def _answer(question: UUID, kind: Kind, actor: User, reason: str, now: datetime) -> Answered:
    since = watching.begin()
    questions = questions_about(registrations_for(actor)).select_related("left", "right")
    pair = questions.filter(pk=question).first()
    if pair is None:
        raise Refused("not_found")
    asked = (pair.left_id, pair.right_id)
    if not pair.is_open:
        return _answered_before(asked, kind, actor)
    one, other = pair.left.person_id, pair.right.person_id
    owned = _owned({one, other})
    left, right = _ids_of(owned, one), _ids_of(owned, other)
    if one == other:
        # A newer model doubts a person: the answer is about these two, the others follow them.
        left, right = [asked[0]], [asked[1]]
    _check(actor, [left, right], owned)
    decision = _decision(kind, asked[0], owned, actor, reason, now)
    decision.about = {"question": str(pair.pk), **grounds_of(pair), **_people(left, right)}
    return _say(since, decision, product(left, right), is_same=kind == Kind.SAME_PERSON)


def _answered_before(asked: Pair, kind: Kind, actor: User) -> Answered:
    """One's own answer once more, as after an answer that was lost on its way."""
    earlier = standing_answer(*asked)
    if earlier is None:
        raise Refused("superseded")
    if earlier.kind != kind or earlier.actor_id != actor.pk:
        raise Refused("already_answered", decision=earlier.pk, kind=earlier.kind)
    return _told(earlier, actor)


def _merge(person: UUID, other: UUID, actor: User, reason: str, now: datetime) -> Answered:
    since = watching.begin()
    _check_seen([person, other], actor)
    owned = _owned([person, other])
    left, right = _ids_of(owned, person), _ids_of(owned, other)
    _check(actor, [left, right], owned)
    _check_nothing_contradicts(left, right)
    decision = _decision(Kind.MERGE, left[0], owned, actor, reason, now)
    decision.about = {**grounds_across(left, right), **_people(left, right)}
    return _say(since, decision, product(left, right), is_same=True)


def _split(person: UUID, apart: set[UUID], actor: User, reason: str, now: datetime) -> Answered:
    since = watching.begin()
    _check_seen([person], actor)
    owned = _owned([person])
    ids = _ids_of(owned, person)
    seen = set(registrations_for(actor).filter(pk__in=ids).values_list("pk", flat=True))
    leaving = [record for record in ids if record in apart & seen]
    staying = [record for record in ids if record not in apart]
    if len(leaving) < len(apart) or not staying:
        raise NoSplit(apart - set(leaving))
    _check(actor, [ids], owned)
    decision = _decision(Kind.SPLIT, leaving[0], owned, actor, reason, now)
    decision.about = {**grounds_across(leaving, staying), **_people(leaving, staying)}
    return _say(
        since,
        decision,
        product(leaving, staying),
        is_same=False,
        also_same=[*combinations(leaving, 2), *combinations(staying, 2)],
    )


def _take_back(decision_id: UUID, actor: User, reason: str, now: datetime) -> Answered:
    since = watching.begin()
    # Locked, so that of two who take it back at once one finds that it is done.
    decision = (
        decisions_for(actor)
        .filter(pk=decision_id, kind__in=IDENTITY_KINDS)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if decision is None:
        raise Refused("not_found")
    about = _registrations_of(decision)
    owners = Registration.objects.filter(pk__in=about).values_list("person_id", flat=True)
    owned = _owned(set(owners))
    _check_own([registration for registration in owned if registration.id in about], actor)
    if Decision.objects.filter(undoes=decision).exists():
        raise Refused("already_undone")
    undoing = _decision(Kind.UNDO, decision.registration_id, owned, actor, reason, now)
    undoing.undoes = decision
    verdicts.take_back(undoing, since)
    return _told(undoing, actor)


# What an answer is checked for.


def _check_seen(people: Collection[UUID], actor: User) -> None:
    if people_for(actor).filter(pk__in=people).count() < len(set(people)):
        raise Refused("not_found")


def _check(actor: User, sides: Iterable[Sequence[UUID]], owned: Sequence[Registration]) -> None:
    _check_own(owned, actor)
    if any(len(side) > MOST_REGISTRATIONS for side in sides):
        raise Refused("too_many_registrations", most=MOST_REGISTRATIONS)


def _check_own(registrations: Iterable[Registration], actor: User) -> None:
    """Nobody decides who the people are whom they get the credit for."""
    if any(registration.kader_id == actor.pk for registration in registrations):
        raise Refused("own_record")


def _check_nothing_contradicts(left: Sequence[UUID], right: Sequence[UUID]) -> None:
    """Nobody says "same" over somebody's "different": that is taken back first."""
    newest: dict[Pair, PairVerdict] = {}
    for verdict in PairVerdict.objects.filter(
        left__in=[*left, *right], right__in=[*left, *right], is_undone=False
    ).order_by("pk"):
        newest[verdict.left_id, verdict.right_id] = verdict
    across = {_ordered(pair) for pair in product(left, right)}
    against = {v.decision_id for pair, v in newest.items() if pair in across and not v.is_same}
    if against:
        raise Refused("contradicts", decisions=sorted(against))


# What an answer does.


def _say(
    since: Since,
    decision: Decision,
    across: Iterable[Pair],
    *,
    is_same: bool,
    also_same: Iterable[Pair] = (),
) -> Answered:
    """Keep the answer with a verdict for each pair, and settle who is who and all that follows."""
    pairs = {_ordered(pair): is_same for pair in across}
    pairs |= {_ordered(pair): True for pair in also_same}
    verdicts.say(decision, pairs, since)
    owners = dict(
        Registration.objects.filter(pk__in={one for pair in pairs for one in pair}).values_list(
            "id", "person_id"
        )
    )
    if any((owners[left] == owners[right]) != said for (left, right), said in pairs.items()):
        raise Refused("contradicts", decisions=[])
    return _told(decision, decision.actor)


def _decision(
    kind: Kind,
    record: UUID,
    owned: Iterable[Registration],
    actor: User,
    reason: str,
    now: datetime,
) -> Decision:
    statuses = {registration.id: registration.status for registration in owned}
    if record not in statuses:
        raise Overtaken
    return Decision(
        id=uuid4(),
        registration_id=record,
        kind=kind,
        actor=actor,
        reason=reason,
        status_before=statuses[record],
        decided_at=now,
    )


def _people(left: Sequence[UUID], right: Sequence[UUID]) -> dict[str, Any]:
    """Whom a decision was about, as they were then."""
    return {"people": [[str(record) for record in side] for side in (left, right)]}


def _registrations_of(decision: Decision) -> set[UUID]:
    pairs = decision.verdicts.values_list("left_id", "right_id")
    return {record for pair in pairs for record in pair}


def _told(decision: Decision, actor: User) -> Answered:
    about = _registrations_of(decision.undoes or decision)
    seen = registrations_for(actor).filter(pk__in=about).order_by("pk")
    return Answered(decision, list(seen.only("person", "status")))


def _owned(people: Collection[UUID]) -> list[Registration]:
    """All registrations of these people, by id."""
    return list(
        Registration.objects.filter(person__in=people)
        .only("person", "kader", "status")
        .order_by("id")
    )


def _ids_of(owned: Iterable[Registration], person: UUID) -> list[UUID]:
    ids = [registration.id for registration in owned if registration.person_id == person]
    if not ids:
        raise Overtaken
    return ids


def _ordered(pair: Pair) -> Pair:
    return min(pair), max(pair)
