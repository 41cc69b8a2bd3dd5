"""What a decision will change, told before it is taken: who counts where, and who gets the credit.

Worked out by the rule that decides it afterwards (outreach.attribution.standing_of). What else may
follow, as somebody else's question that opens, is not foreseen.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from outreach.attribution import Credit, PersonStanding, first_of, standing_of
from outreach.models import Decision, MatchPair, Region, Registration, User
from outreach.people import credits_of
from outreach.reviewing import RESULT
from outreach.scopes import campaigns_for, users_for
from outreach.standings.tallies import Counted
from outreach.statuses import OUT

Kind = Decision.Kind
CHOICES = (Kind.VERIFY, Kind.REQUEST_CORRECTION, Kind.REJECT)
Of = Literal["village", "campaign", "kader"]


class Change(NamedTuple):
    """By how many people the figures of a village, campaign or kader change.

    No name for a campaign or kader of another office.
    """

    of: Of
    name: str
    verified: int
    provisional: int


class Foreseen(NamedTuple):
    """What follows from a decision.

    `later` is the registration that becomes a duplicate where two people are joined, `first` the
    one that keeps the credit.
    """

    changes: list[Change]
    first: UUID | None = None
    later: UUID | None = None


Key = tuple[Of, str | UUID | int]


def of_decisions(registration: Registration, user: User) -> dict[str, Foreseen]:
    """What follows from each way to decide about a registration."""
    credits = credits_of([registration.person_id])[registration.person_id]
    before = [standing_of(credits)]
    moves = {
        kind.value: _moved(before, [standing_of(_as_decided(credits, registration.pk, kind))])
        for kind in CHOICES
    }
    names = _names({key for moved in moves.values() for key in moved}, user)
    return {kind: Foreseen(_changes(moved, names)) for kind, moved in moves.items()}


def of_acceptances(registrations: Collection[Registration], user: User) -> list[Change]:
    """What changes where all of these are accepted, what changes most first."""
    accepted = {one.pk for one in registrations}
    credits = credits_of(sorted({one.person_id for one in registrations}))
    before = [standing_of(owned) for owned in credits.values()]
    after = [
        standing_of(
            one._replace(status=RESULT[Kind.VERIFY].value) if one.registration in accepted else one
            for one in owned
        )
        for owned in credits.values()
    ]
    moved = _moved(before, after)
    return sorted(_changes(moved, _names(moved, user)), key=lambda change: -change.verified)


def of_answers(pair: MatchPair, user: User) -> dict[str, Foreseen]:
    """What follows from each answer to a question; its registrations are loaded."""
    people = (pair.left.person_id, pair.right.person_id)
    credits = credits_of(sorted(set(people)))
    whole = [credit for owned in credits.values() for credit in owned]
    if people[0] == people[1]:
        apart = [credit for credit in whole if credit.registration != pair.right_id]
        rest = [credit for credit in whole if credit.registration == pair.right_id]
        moved = _moved([standing_of(whole)], [standing_of(apart), standing_of(rest)])
        told = {Kind.SAME_PERSON.value: Foreseen([])}
        told[Kind.DIFFERENT_PEOPLE.value] = Foreseen(_changes(moved, _names(moved, user)))
        return told
    moved = _moved([standing_of(owned) for owned in credits.values()], [standing_of(whole)])
    joined = Foreseen(_changes(moved, _names(moved, user)), *_first_and_later(pair, whole))
    return {Kind.SAME_PERSON.value: joined, Kind.DIFFERENT_PEOPLE.value: Foreseen([])}


def _as_decided(credits: Iterable[Credit], record: UUID, kind: Kind) -> list[Credit]:
    return [
        one._replace(status=RESULT[kind].value) if one.registration == record else one
        for one in credits
    ]


def _first_and_later(pair: MatchPair, whole: Sequence[Credit]) -> tuple[UUID | None, UUID | None]:
    """Which of the two is first, and which becomes a duplicate of it."""
    two = (pair.left_id, pair.right_id)
    live = [one for one in whole if one.registration in two and one.status not in OUT]
    if len(live) < 2:
        return None, None
    first = first_of(live).registration
    return first, next(one for one in two if one != first)


def _moved(
    before: Iterable[PersonStanding], after: Iterable[PersonStanding]
) -> dict[Key, tuple[int, int]]:
    """By village, campaign and kader how many more are verified and provisional."""
    counts: Counter[tuple[Key, bool]] = Counter()
    for standings, sign in ((before, -1), (after, 1)):
        for standing in standings:
            if standing.counted:
                for key in _keys(standing.counted):
                    counts[key, standing.counted.verified] += sign
    keys = dict.fromkeys(key for (key, _), number in counts.items() if number)
    return {key: (counts[key, True], counts[key, False]) for key in keys}


def _keys(counted: Counted) -> list[Key]:
    keys: list[Key] = [("campaign", counted.campaign), ("kader", counted.kader)]
    if counted.village:
        keys.insert(0, ("village", counted.village))
    return keys


def _names(keys: Iterable[Key], user: User) -> dict[Key, str]:
    """What villages, campaigns and kader are called that the user may know of; a statement for each
    of these that there is."""
    by_kind: dict[Of, list[Any]] = {}
    for of, key in keys:
        by_kind.setdefault(of, []).append(key)
    known: dict[Of, QuerySet[Any]] = {
        "village": Region.objects.values_list("pk", "name"),
        "campaign": campaigns_for(user).values_list("pk", "name"),
        "kader": users_for(user).values_list("pk", "full_name"),
    }
    return {
        (of, key): name
        for of, wanted in by_kind.items()
        for key, name in known[of].filter(pk__in=wanted)
    }


def _changes(moved: Mapping[Key, tuple[int, int]], names: Mapping[Key, str]) -> list[Change]:
    return [Change(key[0], names.get(key, ""), *by) for key, by in moved.items()]
