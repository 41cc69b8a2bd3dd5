"""Held records: found, corrected in a form and released, or dismissed; and opened again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from outreach.api.pages import rows_after
from outreach.claiming import claim, claimed_by_other, release
from outreach.drafts import record_of
from outreach.masking import HIDDEN_FIELDS, in_clear
from outreach.models import Campaign, User
from outreach.pages.disclosed_once import by_key, opened
from outreach.pages.paging import page_or_first
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import read_id, readable, reason_of, typed_reason
from outreach.pages.zones import by_office_clock, rendered_in_office
from outreach.problems import Problem
from outreach.record_problems import TEXTS
from outreach.scopes import campaigns_for, registrations_for
from sync import releasing
from sync.held import content_of, held_for, newest_held, target_of, versions_of
from sync.held_views import MOST_VERSIONS, QueueForm
from sync.models import HeldDecision, HeldDisclosure, HeldRecord
from sync.pages.held_form import fixes_of, form_of, sent_at
from sync.pages.held_words import changes_to, names_for, sent_words, stops_of
from sync.releasing import Decided

Role = User.Role
PAGE_SIZE = 50
MOST_CAMPAIGNS = 300
_DISCLOSED = "held disclosure"


class AskedForm(QueueForm):
    campaign = serializers.UUIDField(required=False)
    days = serializers.IntegerField(min_value=1, max_value=3650, required=False)


@page_for(*KEEPERS)
def held_page(request: HttpRequest) -> HttpResponse:
    """Held records by state, whoever has waited longest first."""
    user = cast("User", request.user)
    query = _asked(request.GET.dict())
    rows = newest_held(user, _with_time(query)).select_related("kader", "campaign", "decision")
    page = page_or_first(rows, query.get("cursor"), "received_at", PAGE_SIZE, lowest_first=True)
    context = {
        "query": query,
        "rows": page.results,
        "next": page.next and _address(query, cursor=page.next),
        "states": [(state, _address(query, state=state)) for state in HeldRecord.State.values],
        "codes": sorted(TEXTS),
        "told": _told(request, user),
    }
    return rendered_in_office(request, "sync/held/list.html", context)


@page_for(*KEEPERS, methods=("GET", "HEAD"))
@by_office_clock
def one_held_page(request: HttpRequest, held_id: int) -> HttpResponse:
    """What was sent, what is wrong with it, and the form to correct it."""
    return _shown(request, _seen(held_id, cast("User", request.user)))


@page_for(Role.COORDINATOR, methods=("POST",))
@by_office_clock
def release_page(request: HttpRequest, held_id: int) -> HttpResponse:
    """Correct it and make a registration of it; with what is still wrong, the form again."""
    user, now = cast("User", request.user), timezone.now()
    held = _seen(held_id, user)
    if claimed_by_other(held.record_id, user, now):
        return redirect(_own(held, "late"))
    written = {name: request.POST.getlist(name) for name in request.POST}
    reason = typed_reason(request) or _("Corrected by the office.")
    text = request.POST.get("base_revision", "")
    base = int(text) if text.isdecimal() and len(text) < 10 else None
    if _has_other_stops(request.POST, user):
        return _shown(request, held, written | {"stop": [""]}, is_elsewhere=True)
    fixes = fixes_of(content_of(held), written, held)
    try:
        releasing.release(held_id, fixes, base, user, reason, now)
    except Problem as problem:
        if problem.slug == "invalid":
            return _shown(request, held, written, problem.extra["problems"])
        return redirect(_own(held, "failed" if problem.slug == "server_fault" else "late"))
    return _onward(held, user, now)


def _has_other_stops(given: Mapping[str, str], user: User) -> bool:
    """Whether the form named another campaign than the one whose stops it had listed, so that a
    stop has to be chosen anew."""
    chosen = read_id(given.get("campaign", ""))
    if "stops_of" not in given or chosen is None or chosen == read_id(given["stops_of"]):
        return False
    return bool(given.get("stop") or stops_of(chosen, [], user).offered)


@page_for(Role.COORDINATOR, methods=("POST",))
def dismiss_page(request: HttpRequest, held_id: int) -> HttpResponse:
    """Say that it will be no registration."""
    return _decided(request, held_id, releasing.dismiss)


@page_for(Role.COORDINATOR, methods=("POST",))
def reopen_page(request: HttpRequest, held_id: int) -> HttpResponse:
    """Take a dismissal back."""
    return _decided(request, held_id, releasing.reopen)


@page_for(Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
@by_office_clock
def disclose_held_page(request: HttpRequest, held_id: int) -> HttpResponse:
    """The masked fields as they were sent, once; who saw them, when and why is kept. Looked at
    again, they are masked."""
    user, now = cast("User", request.user), timezone.now()
    held = _seen(held_id, user)
    if request.method != "POST":
        seen = HeldDisclosure.objects.filter(pk=opened(request, _DISCLOSED), held=held, user=user)
        return _shown(request, held, clear=_clear(held)) if seen.exists() else redirect(_own(held))
    reason = reason_of(request)
    if reason is None:
        return redirect(_own(held, "unsaid"))
    why = HeldDisclosure.objects.create(
        held=held, user=user, fields=list(HIDDEN_FIELDS), reason=reason, shown_at=now
    )
    return by_key(request, _DISCLOSED, why.pk)


def _clear(held: HeldRecord) -> dict[str, Any]:
    content = content_of(held)
    fields = content if isinstance(content, dict) else {}
    return {name: in_clear(fields.get(name)) for name in HIDDEN_FIELDS if name in fields}


@page_for(Role.COORDINATOR, methods=("POST",))
def take_held_over_page(request: HttpRequest, held_id: int) -> HttpResponse:
    """Claim it although somebody else is at it."""
    user = cast("User", request.user)
    held = _seen(held_id, user)
    claim(held.record_id, user, timezone.now(), take_over=True)
    return redirect(_own(held))


def _decided(
    request: HttpRequest, held_id: int, decide: Callable[[int, User, str, datetime], Decided]
) -> HttpResponse:
    user, now = cast("User", request.user), timezone.now()
    held = _seen(held_id, user)
    reason = reason_of(request)
    if reason is None:
        return redirect(_own(held, "unsaid"))
    if claimed_by_other(held.record_id, user, now):
        return redirect(_own(held, "late"))
    try:
        decided = decide(held_id, user, reason, now)
    except Problem:
        return redirect(_own(held, "late"))
    return redirect(_own(held)) if decided.state == "held" else _onward(held, user, now)


def _onward(held: HeldRecord, user: User, now: datetime) -> HttpResponse:
    """To the next one that waits, which tells what became of this one."""
    release(held.record_id, user, now)
    rows = newest_held(user, {"state": HeldRecord.State.HELD})
    place = held.received_at, held.pk
    following = (
        rows_after(rows, "received_at", *place, lowest_first=True)
        .order_by("received_at", "pk")
        .first()
    )
    address = _own(following) if following else reverse("held-page")
    return redirect(f"{address}?told={held.pk}")


def _shown(
    request: HttpRequest,
    held: HeldRecord,
    written: Mapping[str, Sequence[str]] | None = None,
    problems: Sequence[Mapping[str, str]] | None = None,
    clear: Mapping[str, Any] | None = None,
    *,
    is_elsewhere: bool = False,
) -> HttpResponse:
    user, now = cast("User", request.user), timezone.now()
    waits = held.state == HeldRecord.State.HELD and user.role == Role.COORDINATOR
    found: Sequence[Mapping[str, str]] = held.problems
    if problems is not None:
        found = [{**one, "pointer": _into_record(one["pointer"])} for one in problems]
    campaigns = campaigns_for(user).exclude(type__in=Campaign.WITHOUT_SIGNUPS)
    offered = campaigns.order_by("-starts_at", "pk").values_list("pk", "name")[:MOST_CAMPAIGNS]
    content = content_of(held)
    decisions = HeldDecision.objects.filter(held__in=versions_of(held)).select_related("actor")
    _target, stored = target_of(held)
    if stored is not None and not registrations_for(user).filter(pk=stored.pk).exists():
        stored = None
    typed = {name: next(iter(values), None) for name, values in (written or {}).items()}
    contents = [content, typed, *([record_of(stored)] if stored else [])]
    campaign = typed["campaign"] if "campaign" in typed else sent_at(content, "campaign")
    chosen = read_id(campaign) if isinstance(campaign, str) else None
    stops = stops_of(chosen, [sent_at(one, "stop") for one in contents], user)
    names = names_for(contents, {str(pk): name for pk, name in offered}, stops.named)
    context = {
        "held": held,
        "comes_back_to": _own(held) if waits else None,
        "waits": waits,
        "form": form_of(content, found, {**names, "stop": stops.offered}, written),
        "stops_of": chosen,
        "is_elsewhere": is_elsewhere,
        "is_refused": problems is not None,
        "sent": sent_words(content, names),
        "changes": changes_to(stored, content, names) if stored and waits else (),
        "claim": claim(held.record_id, user, now) if waits and request.method == "GET" else None,
        "decisions": decisions.order_by("-decided_at", "-id"),
        "versions": _versions(held, user),
        "stored": stored,
        "clear": clear,
        "is_late": "late" in request.GET,
        "is_failed": "failed" in request.GET,
        "is_unsaid": "unsaid" in request.GET,
        "told": _told(request, user),
    }
    return render(request, "sync/held/one.html", context)


def _versions(held: HeldRecord, user: User) -> list[HeldRecord]:
    """What else was sent under the same id, the newest first."""
    together = held_for(user).filter(record_id=held.record_id, kader=held.kader_id)
    return list(together.exclude(pk=held.pk).order_by("-pk")[:MOST_VERSIONS])


def _into_record(pointer: str) -> str:
    """A pointer into the record, of one into a release's body."""
    return pointer.removeprefix("/registration")


def _seen(held_id: int, user: User) -> HeldRecord:
    held = held_for(user).select_related("kader", "campaign").filter(pk=held_id).first()
    if held is None:
        raise Http404
    return held


def _own(held: HeldRecord, mark: str = "") -> str:
    return reverse("one-held-page", args=[held.pk]) + (f"?{mark}=1" if mark else "")


def _told(request: HttpRequest, user: User) -> HeldRecord | None:
    """The record that was decided about just now."""
    told = request.GET.get("told", "")
    if not told.isdecimal() or len(told) > 18:
        return None
    return held_for(user).select_related("kader").filter(pk=int(told)).first()


def _asked(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The filters that can be read; the state is always there."""
    return readable(AskedForm, parameters)[0]


def _with_time(query: dict[str, Any]) -> dict[str, Any]:
    if "days" not in query:
        return query
    return query | {"before": timezone.now() - timedelta(days=query["days"])}


def _address(query: Mapping[str, Any], **changes: str) -> str:
    chosen = {name: value for name, value in query.items() if name not in {"cursor", "limit"}}
    return f"{reverse('held-page')}?{urlencode(chosen | changes)}"


urlpatterns = [
    path("held/", held_page, name="held-page"),
    path("held/<int:held_id>/", one_held_page, name="one-held-page"),
    path("held/<int:held_id>/release/", release_page, name="release-held-page"),
    path("held/<int:held_id>/dismiss/", dismiss_page, name="dismiss-held-page"),
    path("held/<int:held_id>/reopen/", reopen_page, name="reopen-held-page"),
    path("held/<int:held_id>/disclose/", disclose_held_page, name="disclose-held-page"),
    path("held/<int:held_id>/take-over/", take_held_over_page, name="take-held-over-page"),
]
