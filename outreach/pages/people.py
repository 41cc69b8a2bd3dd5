"""Workers: found by what is remembered of them, and one with all registrations and decisions."""

from datetime import datetime
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.api.disclosing import in_clear_of
from outreach.api.registrations import listed
from outreach.api.workers import Biography, biography
from outreach.finding_people import SHORTEST_NAME, TooMany, Wanted, found_people, wanted
from outreach.masking import HIDDEN_FIELDS
from outreach.models import Decision, Person, Registration, User
from outreach.pages.briefly import keep, kept
from outreach.pages.disclosed_once import shown_once, to_be_shown
from outreach.pages.paging import page_or_first
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import read_id, reason_of, sought
from outreach.pages.zones import rendered_in_office
from outreach.problems import Problem
from outreach.scopes import registrations_for

MOST_OF_ONE = 20
"""Registrations read of each person that a search found."""
_SEARCH = "people"


class Row(NamedTuple):
    """A person that was found; `main` is the registration that says who it is."""

    person: Person
    main: Registration
    number: int


class Asked(NamedTuple):
    """What a search asks for; `beside` is the person whom the one sought may be."""

    text: str
    village: str
    beside: UUID | None

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.village)

    def given(self) -> dict[str, str]:
        """The search as a form has it."""
        return {"q": self.text, "village": self.village, "with": str(self.beside or "")}

    def address(self, **more: str) -> str:
        """The search as an address. Only for one that holds no number."""
        given = {**self.given(), **more}
        return f"/people/?{urlencode({name: text for name, text in given.items() if text})}"


@page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))
def people_page(request: HttpRequest) -> HttpResponse:
    """People whom a search finds, the last registered first.

    The form is posted, as it may hold a NIK or a phone number; a search by name alone goes on at
    an address of its own, and one by a number at one with a key to it.
    """
    user, now = cast("User", request.user), timezone.now()
    if request.method == "POST":
        asked = _asked(request.POST)
        if not wanted(asked.text).is_personal:
            return redirect(asked.address())
        return redirect(f"{request.path}?found={keep(request, _SEARCH, asked.given(), now)}")
    if "found" in request.GET:
        given = kept(request, _SEARCH, request.GET["found"], now)
        if given is None:
            messages.info(request, _("This search was some time ago: please search once more."))
            return redirect("people-page")
        asked = _asked(given)
    else:
        asked = _asked(request.GET)
        if wanted(asked.text).is_personal:
            return redirect(asked._replace(text="").address())
    sought_for = wanted(asked.text)
    context: dict[str, Any] = {"asked": asked, "is_short": _is_short(sought_for)}
    if asked.beside:
        context["beside"] = known_to(user, asked.beside)
    if not asked.is_empty and not context["is_short"]:
        context |= _results(user, asked, sought_for, request.GET.get("cursor", ""))
    return rendered_in_office(request, "outreach/people/people.html", context)


def _is_short(sought_for: Wanted) -> bool:
    return bool(sought_for.name) and len(sought_for.name) < SHORTEST_NAME


def _asked(given: Any) -> Asked:
    return Asked(sought(given), sought(given, "village"), read_id(given.get("with", "")))


def _results(user: User, asked: Asked, sought_for: Wanted, cursor: str) -> dict[str, Any]:
    try:
        people = found_people(user, sought_for, asked.village)
    except TooMany:
        return {"too_many": True}
    page = page_or_first(people, cursor, "created_at")
    ids = [person.pk for person in page.results]
    seen: dict[UUID, list[Registration]] = {}
    own = listed(registrations_for(user).filter(person__in=ids)).order_by("received_at", "pk")
    for one in own[: MOST_OF_ONE * len(ids)]:
        seen.setdefault(one.person_id, []).append(one)
    rows = [
        Row(person, _main(person, seen[person.pk]), len(seen[person.pk]))
        for person in page.results
        if person.pk in seen
    ]
    goes_on = page.next and not sought_for.is_personal
    return {
        "rows": rows,
        "next": asked.address(cursor=page.next or "") if goes_on else None,
        "is_cut": bool(page.next and sought_for.is_personal),
    }


def _main(person: Person, seen: list[Registration]) -> Registration:
    return next((one for one in seen if one.pk == person.credited_id), seen[0])


class Event(NamedTuple):
    """Something that happened to a person: a registration that came in, or what was said."""

    at: datetime
    registration: Registration | None = None
    decision: Decision | None = None
    may_undo: bool = False
    about: tuple[list[Registration], ...] = ()


@page_for(*KEEPERS)
def person_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A person with all registrations that one sees, and what was said of who it is."""
    user = cast("User", request.user)
    known = known_to(user, person_id)
    if known.person.pk != person_id:
        messages.info(request, _("These registrations belong to this person by now."))
        return redirect("person-page", known.person.pk)
    return _shown(request, known, {})


def _shown(request: HttpRequest, known: Biography, more: dict[str, Any]) -> HttpResponse:
    user = cast("User", request.user)
    context = {
        "known": known,
        "person": known.person,
        "main": _main(known.person, known.registrations),
        "events": _events(known, user),
        "decides": user.role == User.Role.COORDINATOR,
        "hidden_fields": HIDDEN_FIELDS,
        **more,
    }
    return rendered_in_office(request, "outreach/people/person.html", context)


def _events(known: Biography, user: User) -> list[Event]:
    """What happened, the latest first."""
    by_id = {one.pk: one for one in known.registrations}
    others = known.seen - by_id.keys()
    by_id |= {one.pk: one for one in Registration.objects.filter(pk__in=others)}
    decides = user.role == User.Role.COORDINATOR
    events = [Event(one.received_at, registration=one) for one in known.registrations]
    for decision in known.decisions:
        sides = (decision.about or {}).get("people", ())
        about = tuple([by_id[UUID(one)] for one in side if UUID(one) in by_id] for side in sides)
        may_undo = (
            decides and decision.kind != Decision.Kind.UNDO and not hasattr(decision, "undone_by")
        )
        events.append(Event(decision.decided_at, None, decision, may_undo, about))
    return sorted(events, key=lambda event: event.at, reverse=True)


@page_for(User.Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
def disclosed_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Personal data of one registration in clear, once; who looked is kept. Looked at again, it is
    masked."""
    user = cast("User", request.user)
    known = known_to(user, person_id)
    chosen = {one.pk: one for one in known.registrations}
    if request.method != "POST":
        why = shown_once(request)
        if why is None or why.registration_id not in chosen:
            return redirect("person-page", person_id)
        values = in_clear_of(why)["values"]
        disclosed = chosen[why.registration_id]
        return _shown(request, known, {"disclosed": disclosed, "values": values})
    wanted_id = read_id(request.POST.get("registration", ""))
    registration = chosen.get(wanted_id) if wanted_id else None
    fields = [name for name in HIDDEN_FIELDS if name in request.POST.getlist("fields")]
    reason = reason_of(request)
    if registration is None or not fields or reason is None:
        messages.error(request, _("Nothing was shown: choose what you need to see, and say why."))
        return redirect("person-page", known.person.pk)
    return to_be_shown(request, registration.pk, fields, reason)


def known_to(user: User, person_id: UUID) -> Biography:
    try:
        return biography(user, person_id)
    except Problem:
        raise Http404 from None


urlpatterns = [
    path("people/", people_page, name="people-page"),
    path("people/<uuid:person_id>/", person_page, name="person-page"),
    path("people/<uuid:person_id>/disclose/", disclosed_page, name="person-disclose-page"),
]
