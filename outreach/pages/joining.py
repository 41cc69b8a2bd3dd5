"""Two people joined, one split, and either taken back: what changes is shown before it is done."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach import answering
from outreach.answering import MOST_REGISTRATIONS, Answered, NoSplit, Refused
from outreach.attribution import Credit, standing_of
from outreach.dedup.scoring import probability
from outreach.matching.grounds import grounds_across
from outreach.models import Decision, MatchPair, Region, Registration, User
from outreach.pages.comparing import comparison, evidence_in
from outreach.pages.people import known_to
from outreach.pages.staff import page_for
from outreach.pages.typed import reason_of
from outreach.pages.zones import rendered_in_office
from outreach.people import credits_of
from outreach.problems import CATALOGUE
from outreach.scopes import registrations_for

MOST_COMPARED = 10
"""Of either's registrations."""
LIKELY = 0.5
"""Below this the two look like different people."""

for_coordinators = page_for(User.Role.COORDINATOR, methods=("GET", "HEAD", "POST"))


class Counting(NamedTuple):
    """How a person counts: where, and by which registration, None for one that one does not see."""

    state: str
    village: Region | None
    credited: Registration | None
    registrations: int


@for_coordinators
def merge_page(request: HttpRequest, person_id: UUID, other_id: UUID) -> HttpResponse:
    """Two people side by side, how they count now and how the one would, and then the joining."""
    user = cast("User", request.user)
    two = [known_to(user, one) for one in (person_id, other_id)]
    person, other = ids = [known.person.pk for known in two]
    if person == other:
        messages.info(request, _("These registrations belong to this person by now."))
        return redirect("person-page", person)
    reason = reason_of(request)
    if request.method == "POST" and reason:
        return _done(
            request,
            person,
            lambda: answering.merge(person, other, user, reason, timezone.now()),
        )
    credits = credits_of(ids)
    whole = [credit for owned in credits.values() for credit in owned]
    context = {
        "two": two,
        "before": _counted([credits[one] for one in ids], user),
        "after": _counted([whole], user),
        "is_wrong": request.method == "POST",
        **_beside(*(known.registrations for known in two)),
    }
    return rendered_in_office(request, "outreach/people/merge.html", context)


def _beside(one: Sequence[Registration], other: Sequence[Registration]) -> dict[str, Any]:
    """What the matching says of the two registrations that look most alike, and both in lines."""
    seen = {found.pk: found for found in (*one[:MOST_COMPARED], *other[:MOST_COMPARED])}
    keys = [[found.pk for found in side[:MOST_COMPARED]] for side in (one, other)]
    grounds = grounds_across(*keys)
    if not grounds:
        return {}
    # In the order of the page, not of the pair.
    left, right = sorted(
        (seen[UUID(grounds[side])] for side in ("left", "right")),
        key=lambda found: found.pk not in keys[0],
    )
    score = grounds["score"]
    return {
        "compared": (left, right),
        "is_chosen": len(seen) > 2,
        "lines": comparison(MatchPair(left=left, right=right), seen),
        "evidence": evidence_in(grounds),
        "score": score,
        "is_unlike": probability(score) < LIKELY,
    }


@for_coordinators
def split_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The chosen registrations beside those that stay, and then the splitting."""
    user = cast("User", request.user)
    known = known_to(user, person_id)
    given = request.POST if request.method == "POST" else request.GET
    chosen = set(given.getlist("registration")[:MOST_REGISTRATIONS])
    leaving = [one for one in known.registrations if str(one.pk) in chosen]
    staying = [one for one in known.registrations if str(one.pk) not in chosen]
    if not leaving or not (staying or known.elsewhere):
        messages.error(
            request, _("Choose the registrations that are somebody else's, and leave at least one.")
        )
        return redirect("person-page", known.person.pk)
    reason = reason_of(request)
    if request.method == "POST" and reason:
        apart = [one.pk for one in leaving]
        person = known.person.pk
        return _done(
            request, person, lambda: answering.split(person, apart, user, reason, timezone.now())
        )
    owned = credits_of([known.person.pk])[known.person.pk]
    away = {one.pk for one in leaving}
    parts = [[one for one in owned if (one.registration in away) is goes] for goes in (False, True)]
    context = {
        "known": known,
        "leaving": leaving,
        "staying": staying,
        "before": _counted([owned], user),
        "after": _counted(parts, user),
        "is_wrong": request.method == "POST",
    }
    return rendered_in_office(request, "outreach/people/split.html", context)


@page_for(User.Role.COORDINATOR, methods=("POST",))
def take_back_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """An answer about who this is, taken back."""
    user = cast("User", request.user)
    known = known_to(user, person_id)
    decision = next(
        (one for one in known.decisions if str(one.pk) == request.POST.get("decision")), None
    )
    reason = reason_of(request)
    if decision is None:
        raise Http404
    if reason is None:
        messages.error(request, _("Nothing was changed: say why, in a few words at least."))
        return redirect("person-page", known.person.pk)
    chosen = decision.pk
    return _done(
        request,
        known.person.pk,
        lambda: answering.take_back(chosen, user, reason, timezone.now()),
    )


def _done(request: HttpRequest, person: UUID, act: Callable[[], Answered]) -> HttpResponse:
    """To the person it is now, with what was done or why it was not."""
    try:
        answered = act()
    except (Refused, NoSplit) as refused:
        messages.error(request, _refusal(refused))
        return redirect("person-page", person)
    messages.success(request, _told(answered.decision.kind))
    owners = [one.person_id for one in answered.registrations]
    return redirect("person-page", person if person in owners or not owners else owners[0])


def _told(kind: str) -> str:
    match kind:
        case Decision.Kind.MERGE:
            return _("The two are one person now. You can take this back below, at any time.")
        case Decision.Kind.SPLIT:
            return _("These are two people now. You can take this back below, at any time.")
    return _("It was taken back.")


def _refusal(refused: Refused | NoSplit) -> str:
    if isinstance(refused, NoSplit):
        return _("Nothing was changed: the registrations have moved meanwhile. Look again.")
    if refused.slug != "contradicts":
        return str(CATALOGUE[refused.slug].title)
    said = Decision.objects.filter(pk__in=refused.extra.get("decisions", ())).select_related(
        "actor"
    )
    text = _("Nothing was changed: somebody said that these are different people.")
    return " ".join([text, *(f"{one.actor}: “{one.reason}”" for one in said)])


def _counted(people: Iterable[list[Credit]], user: User) -> list[Counting]:
    """How people with these registrations count; two statements."""
    standings = [(standing_of(owned), len(owned)) for owned in people]
    seen = {
        one.pk: one
        for one in registrations_for(user)
        .filter(pk__in=[standing.credited for standing, _count in standings if standing.credited])
        .select_related("campaign", "kader")
    }
    codes = [one.counted.village for one, _count in standings if one.counted]
    villages = Region.objects.in_bulk([code for code in codes if code])
    return [
        Counting(
            standing.state,
            villages.get(standing.counted.village or "") if standing.counted else None,
            seen.get(standing.credited) if standing.credited else None,
            count,
        )
        for standing, count in standings
    ]


urlpatterns = [
    path("people/<uuid:person_id>/merge/<uuid:other_id>/", merge_page, name="merge-page"),
    path("people/<uuid:person_id>/split/", split_page, name="split-page"),
    path("people/<uuid:person_id>/take-back/", take_back_page, name="take-back-page"),
]
