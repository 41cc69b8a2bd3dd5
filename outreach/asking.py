"""Questions about who is who: who may see and answer them, and what was answered.

A question is a pair of registrations that waits for a person's answer. Whoever sees one of the two
registrations sees the question.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from outreach.models import Decision, MatchPair, PairVerdict, Registration, User
from outreach.scopes import registrations_for

Kind = Decision.Kind
IDENTITY_KINDS = frozenset({Kind.SAME_PERSON, Kind.DIFFERENT_PEOPLE, Kind.MERGE, Kind.SPLIT})
"""Decisions about who is who: they say something of pairs, and set no registration's status."""


_ENDS: Any = [OuterRef("left_id"), OuterRef("right_id")]


def questions_about(registrations: QuerySet[Registration]) -> QuerySet[MatchPair]:
    """Pairs, open or not, of which at least one registration is among these.

    Looked up by both ids at once, so that a page costs a page: asked side by side, the database
    lists all registrations first.
    """
    return MatchPair.objects.filter(Exists(registrations.filter(pk__in=_ENDS)))


def decisions_for(user: User) -> QuerySet[Decision]:
    """Decisions about registrations that the user sees; of those about who is who, any of them."""
    seen = registrations_for(user)
    said = PairVerdict.objects.filter(Exists(seen.filter(pk__in=_ENDS)), decision=OuterRef("pk"))
    return Decision.objects.filter(
        Exists(seen.filter(pk=OuterRef("registration_id"))) | Exists(said)
    )


def vetoes_beside(pair: MatchPair) -> list[int]:
    """What forbids joining other pairs across the two people unasked: different Veto bits, those of
    the best pair first."""
    people = {pair.left.person_id, pair.right.person_id}
    return list(
        MatchPair.objects.filter(left__person__in=people, right__person__in=people, vetoes__gt=0)
        .exclude(left__person=F("right__person"))
        .exclude(pk=pair.pk)
        .values_list("vetoes", flat=True)
        .annotate(best=Max("score"))
        .order_by("-best", "vetoes")
    )


def open_questions_of(registration: UUID) -> list[MatchPair]:
    """What is asked about one registration, the questions first whose answer settles most."""
    return list(
        MatchPair.objects.filter(Q(left=registration) | Q(right=registration), is_open=True)
        .select_related("left", "right")
        .order_by("-settles", "pk")
    )


def decisions_about(registration: UUID) -> list[Decision]:
    """What was decided about a registration, the latest first; of what was said about who is who
    and was taken back, only what begins with this registration."""
    said = PairVerdict.objects.filter(
        Q(left=registration) | Q(right=registration), is_undone=False
    ).values_list("decision_id", flat=True)
    return list(
        Decision.objects.filter(Q(registration=registration) | Q(pk__in=set(said)))
        .select_related("actor")
        .order_by("-decided_at", "-id")
    )


def questions_about_person(user: User, person: UUID, most: int) -> list[MatchPair]:
    """What is asked about a person and the user may see, the most telling questions first."""
    return list(
        questions_about(registrations_for(user))
        .filter(Q(left__person=person) | Q(right__person=person), is_open=True)
        .select_related("left", "right")
        .order_by("-settles", "pk")[:most]
    )


def answers_about(registrations: Collection[UUID], most: int) -> list[Decision]:
    """What was said of who these registrations are, with what took it back, the latest first."""
    said = PairVerdict.objects.filter(
        Q(left__in=registrations) | Q(right__in=registrations)
    ).values("decision_id")
    return list(
        Decision.objects.filter(Q(pk__in=said) | Q(undoes__in=said))
        .select_related("actor", "undone_by")
        .order_by("-decided_at", "-id")[:most]
    )


def seen_among(user: User, ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the registrations that the user sees."""
    return frozenset(registrations_for(user).filter(pk__in=ids).values_list("pk", flat=True))


def standing_answer(left: UUID, right: UUID) -> Decision | None:
    """What was said last of exactly these two, unless it was taken back."""
    verdict = (
        PairVerdict.objects.filter(left=left, right=right, is_undone=False)
        .select_related("decision__actor")
        .order_by("-pk")
        .first()
    )
    return verdict.decision if verdict else None
