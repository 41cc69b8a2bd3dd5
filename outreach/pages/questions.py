"""A question about who is who: two records side by side, and the answer."""

from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach import answering
from outreach.answering import Refused
from outreach.api.registrations import NAMES
from outreach.api.reviews import MOST_OTHERS
from outreach.asking import questions_about, seen_among, standing_answer, vetoes_beside
from outreach.claiming import claim, claimed_by_other, release
from outreach.foreseeing import of_answers
from outreach.matching.why_asked import why_asked, why_text
from outreach.models import Decision, Flag, MatchPair, Registration, User
from outreach.pages.asked import asked_of, beside, case_address
from outreach.pages.case_maps import case_map
from outreach.pages.cases import around, history_of, onward, shown_photos, with_mark
from outreach.pages.comparing import comparison, evidence_of, vetoes_of
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import SHORTEST_REASON, typed_reason
from outreach.scopes import registrations_for

Role = User.Role
Kind = Decision.Kind
ANSWERS = (Kind.SAME_PERSON, Kind.DIFFERENT_PEOPLE)
_FLAGS = Flag.objects.annotate(names=NAMES).order_by("code")
_PARTS = (
    "campaign__office",
    "stop",
    "kader",
    "domicile_village",
    "event_village",
    "occupation",
)


@page_for(*KEEPERS)
def question_page(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Both records with what speaks for one person and what against it."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    pair = _question(review_id, user)
    two = [pair.left, pair.right]
    others = _others(pair)
    seen = seen_among(user, {one.pk for one in [*two, *others]})
    own = [one for one in two if one.pk in seen]
    waits = pair.is_open and user.role == Role.COORDINATOR
    vetoed = vetoes_beside(pair)
    context = {
        "pair": pair,
        "two": two,
        "seen": seen,
        "others": others,
        "compared": comparison(pair, seen),
        "evidence": evidence_of(pair),
        "vetoes": vetoes_of([pair.vetoes]),
        "vetoes_beside": vetoes_of(vetoed),
        "why": why_text(why_asked(pair, vetoed)) if pair.is_open else "",
        "waits": waits,
        "claim": claim(pair.pk, user, now) if waits and request.method == "GET" else None,
        "foreseen": of_answers(pair, user) if pair.is_open else {},
        "placed": own,
        "map": case_map(own),
        "photos": shown_photos(own, user, now),
        "histories": [
            (kader, history_of(kader.pk)) for kader in dict.fromkeys(one.kader for one in own)
        ],
        "standing_word": None if pair.is_open else standing_answer(pair.left_id, pair.right_id),
        **around(request, pair, asked),
    }
    with timezone.override(ZoneInfo(own[0].campaign.time_zone)):
        return render(request, "outreach/queue/question.html", context)


@page_for(Role.COORDINATOR, methods=("POST",))
def answer_page(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Say who is who, and go on to the next question."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    pair = _question(review_id, user)
    kind = next((one for one in ANSWERS if one.value == request.POST.get("answer")), None)
    reason = typed_reason(request)
    if kind == Kind.DIFFERENT_PEOPLE and not reason:
        reason = _("Compared side by side: different people.")
    if kind is None or len(reason) < SHORTEST_REASON:
        return redirect(with_mark(case_address(pair, asked), "unsaid"))
    if claimed_by_other(pair.pk, user, now):
        return redirect(with_mark(case_address(pair, asked), "late"))
    following = beside(pair, asked, user)
    try:
        answered = answering.answer(pair.pk, kind, user, reason, now)
    except Refused:
        return redirect(with_mark(case_address(pair, asked), "late"))
    release(pair.pk, user, now)
    return redirect(onward(following, asked, answered.decision.pk))


def _question(review_id: UUID, user: User) -> MatchPair:
    sides = [f"{side}__{part}" for side in ("left", "right") for part in _PARTS]
    pair = (
        questions_about(registrations_for(user))
        .filter(pk=review_id)
        .select_related(*sides)
        .prefetch_related(Prefetch("left__flags", _FLAGS), Prefetch("right__flags", _FLAGS))
        .first()
    )
    if pair is None:
        raise Http404
    return pair


def _others(pair: MatchPair) -> list[Registration]:
    """What else is registered of the two people: the answer holds for it too."""
    people = {pair.left.person_id, pair.right.person_id}
    return list(
        Registration.objects.filter(person__in=people)
        .exclude(pk__in=(pair.left_id, pair.right_id))
        .select_related("campaign__office", "domicile_village")
        .order_by("received_at", "pk")[:MOST_OTHERS]
    )


urlpatterns: list[Any] = [
    path("queue/questions/<uuid:review_id>/", question_page, name="question-page"),
    path("queue/questions/<uuid:review_id>/answer/", answer_page, name="answer-page"),
]
