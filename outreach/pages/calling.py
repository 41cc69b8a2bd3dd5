"""Calling who was drawn: the next one, shown on request, then what the call brought."""

from typing import cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from outreach.api.recontact import CALLING
from outreach.masking import masked_phone
from outreach.models import RecontactCase, User
from outreach.pages.call_outcomes import CHOICES, choice_of, kept_call
from outreach.pages.samples import seen_or_404
from outreach.pages.staff import page_for
from outreach.pages.typed import LONGEST_REASON, read_id, typed_reason
from outreach.pages.zones import office_zone, rendered_in_office
from outreach.problems import Problem
from outreach.recontact.calling import (
    Outcome,
    Shown,
    cases_for,
    is_done,
    record,
    show,
    waiting_for,
)


@page_for(*CALLING)
def next_page(request: HttpRequest, sample_id: UUID) -> HttpResponse:
    """On to whom to call next; back to the sample where there is nobody."""
    user = cast("User", request.user)
    seen_or_404(user, sample_id)
    case = waiting_for(user, sample_id, timezone.now()).first()
    if case is None:
        messages.info(request, _("Nobody of this sample waits for a call of yours just now."))
        return redirect("sample-page", sample_id)
    return redirect("call-page", case.pk)


@page_for(*CALLING)
def call_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Somebody to be called, masked: until shown, and after a call to put it right."""
    return _rendered(request, _case(cast("User", request.user), case_id))


@page_for(*CALLING, methods=("GET", "HEAD", "POST"))
def show_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Name and number, in this answer alone; who looked is kept, and others wait meanwhile."""
    user = cast("User", request.user)
    case = _case(user, case_id)
    if request.method != "POST":
        return redirect("call-page", case_id)
    try:
        shown = show(case_id, user, timezone.now())
    except Problem as refused:
        _tell(request, case, refused)
        return redirect("call-page", case_id)
    return _rendered(request, _case(user, case_id), shown=shown)


@page_for(*CALLING, methods=("POST",))
def outcome_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep what a call brought, and go on to the next; the form carries the call's id."""
    user = cast("User", request.user)
    case = _case(user, case_id)
    outcome = next((one for one in Outcome if one.value == request.POST.get("outcome")), None)
    note = typed_reason(request, "note")
    call = read_id(request.POST.get("id", ""))
    if outcome is None or call is None:
        messages.error(request, _("Nothing was kept: choose what the call brought."))
        return redirect("call-page", case_id)
    try:
        record(call, case_id, outcome, note, user, timezone.now())
    except Problem as refused:
        _tell(request, case, refused)
        return redirect("call-page", case_id)
    following = waiting_for(user, case.sample_id, timezone.now()).first()
    if following is None:
        onward = reverse("sample-page", args=[case.sample_id])
    else:
        onward = reverse("call-page", args=[following.pk])
    return redirect(f"{onward}?after={case_id}")


def _tell(request: HttpRequest, case: RecontactCase, refused: Problem) -> None:
    """Say why nothing came of a form, and who is at the case."""
    if refused.slug == "not_found":
        raise Http404
    if refused.slug == "being_called":
        case.refresh_from_db()
    if refused.slug == "being_called" and case.caller and case.held_until:
        until = timezone.localtime(case.held_until, office_zone(cast("User", request.user)))
        told = {"name": case.caller.full_name, "until": date_format(until, "H:i T")}
        text = _("%(name)s is calling just now, and has until %(until)s. Take the next one.") % told
    else:
        text = str(refused.detail)
    messages.error(request, text)


def _case(user: User, case_id: UUID) -> RecontactCase:
    """A case that the user may call. Raises Http404."""
    found = (
        cases_for(user)
        .filter(pk=case_id)
        .select_related("sample__office", "registration", "caller")
        .annotate(call_count=Count("calls"))
        .first()
    )
    if found is None:
        raise Http404
    return found


def _rendered(
    request: HttpRequest, case: RecontactCase, shown: Shown | None = None
) -> HttpResponse:
    user, now = cast("User", request.user), timezone.now()
    is_mine = case.caller_id == user.pk
    held = case.held_until if case.held_until and case.held_until > now else None
    calls: int = case.call_count  # type: ignore[attr-defined]  # annotated by `_case`
    context = {
        "case": case,
        "calls": calls,
        "shown": shown,
        "phone": masked_phone(case.registration.phone, case.registration_id),
        "choices": CHOICES,
        "new_id": uuid4(),
        "said": choice_of(case.outcome) if is_mine and case.outcome else None,
        "may_record": is_mine and case.sample.closed_at is None,
        "may_show": case.sample.closed_at is None
        and (is_mine or not (held or is_done(case, calls))),
        "held": held,
        "is_mine": is_mine,
        "after": kept_call(user, request.GET.get("after", "")),
        "longest_note": LONGEST_REASON,
    }
    return rendered_in_office(request, "outreach/calls/call.html", context)


_CASE = "calls/cases/<uuid:case_id>/"
urlpatterns = [
    path("calls/<uuid:sample_id>/next/", next_page, name="next-call-page"),
    path(_CASE, call_page, name="call-page"),
    path(f"{_CASE}show/", show_page, name="show-call-page"),
    path(f"{_CASE}outcome/", outcome_page, name="outcome-page"),
]
