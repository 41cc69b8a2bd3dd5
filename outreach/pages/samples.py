"""Samples of workers who are called again: all of them, a new one, and what came of one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.api.recontact import CALLING, SEEING
from outreach.api.recontact_shapes import SampleForm, told
from outreach.models import Campaign, Office, RecontactSample, User
from outreach.pages.call_outcomes import Kept, choice_of, kept_call
from outreach.pages.paging import page_or_first
from outreach.pages.staff import page_for
from outreach.pages.typed import reason_of
from outreach.pages.zones import office_zone, rendered_in_office
from outreach.problems import Problem, flattened
from outreach.recontact.calling import cases_for, waiting_for
from outreach.recontact.drawing import FLAGGED_FACTOR
from outreach.recontact.results import Estimate, results_of
from outreach.recontact.sampling import Asked, close, sample, samples_with_calls
from outreach.scopes import campaigns_for, offices_for

Role = User.Role
PAGE_SIZE = 20
USUAL_SIZE = "40"
USUAL_DAYS = 30
MOST_CAMPAIGNS = 200
MOST_OWN_CALLS = 50
_UNANSWERED = ("not_reached", "wrong_number", "refused")
_FIELDS = ("id", "office", "campaign", "first_day", "last_day", "size")


class Line(NamedTuple):
    """A line of a result: whose, its numbers, and the estimate where it may be told."""

    name: str
    is_kader: bool
    row: Mapping[str, Any]
    estimate: Estimate | None

    @property
    def unanswered(self) -> int | None:
        """Calls that brought no answer; None where one of them is withheld."""
        counts = [self.row["counts"][name] for name in _UNANSWERED]
        return None if None in counts else sum(counts)


@page_for(*CALLING, *SEEING)
def samples_page(request: HttpRequest) -> HttpResponse:
    """The samples of one's offices, the last first."""
    user = cast("User", request.user)
    rows = samples_with_calls(user).select_related("office", "campaign", "made_by")
    page = page_or_first(rows, request.GET.get("cursor", ""), "made_at", PAGE_SIZE)
    context = {
        "page": page,
        "draws": user.role == Role.COORDINATOR,
        "calls": user.role in CALLING,
    }
    return rendered_in_office(request, "outreach/calls/samples.html", context)


@page_for(Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
def new_sample_page(request: HttpRequest) -> HttpResponse:
    """Draw a sample. The form carries its id: sent twice it draws one."""
    user = cast("User", request.user)
    if request.method != "POST":
        today = timezone.localdate(timezone=office_zone(user))
        given = {
            "id": str(uuid4()),
            "office": str(user.office_id),
            "first_day": (today - timedelta(days=USUAL_DAYS)).isoformat(),
            "last_day": today.isoformat(),
            "size": USUAL_SIZE,
        }
        return _form(request, given, {})
    given = {name: value for name, value in request.POST.dict().items() if value}
    form = SampleForm(data={name: given[name] for name in _FIELDS if name in given})
    if not form.is_valid():
        return _form(request, given, {at: text for at, _code, text in flattened(form.errors)})
    fields = form.validated_data
    asked = Asked(
        fields.get("office") or cast("int", user.office_id),
        fields.get("campaign"),
        fields["first_day"],
        fields["last_day"],
        fields["size"],
    )
    try:
        made, _is_new = sample(fields["id"], asked, user, timezone.now())
    except Problem as refused:
        found = {one["pointer"]: one["detail"] for one in refused.extra.get("problems", ())}
        return _form(request, given, found or {"": str(refused.detail)})
    return redirect("sample-page", made.pk)


def _form(
    request: HttpRequest, given: Mapping[str, str], errors: Mapping[str, str]
) -> HttpResponse:
    user = cast("User", request.user)
    campaigns = campaigns_for(user).exclude(type__in=Campaign.WITHOUT_SIGNUPS)
    context = {
        "given": given,
        "errors": {pointer.strip("/") or "form": text for pointer, text in errors.items()},
        "offices": offices_for(user).order_by("-kind", "name"),
        "campaigns": campaigns.only("name").order_by("-starts_at", "pk")[:MOST_CAMPAIGNS],
        "factor": FLAGGED_FACTOR,
    }
    return rendered_in_office(request, "outreach/calls/new.html", context)


@page_for(*CALLING, *SEEING)
def sample_page(request: HttpRequest, sample_id: UUID) -> HttpResponse:
    """A sample: how far its calls are, and once it is closed what they say."""
    user, now = cast("User", request.user), timezone.now()
    found = seen_or_404(user, sample_id)
    calls = user.role in CALLING
    sees = user.role in SEEING and found.closed_at is not None
    context = {
        "sample": found,
        "lines": _lines(found, user) if sees else None,
        "closes": user.role == Role.COORDINATOR and found.closed_at is None,
        "calls": calls and found.closed_at is None,
        "waiting": waiting_for(user, found.pk, now).count() if calls else 0,
        "own": _own_calls(user, found) if calls else (),
        "after": kept_call(user, request.GET.get("after", "")),
        "left": found.drawn - found.called,
    }
    return rendered_in_office(request, "outreach/calls/sample.html", context)


def seen_or_404(user: User, sample_id: UUID) -> Any:
    """The sample with `called`, if it is one of the user's offices."""
    rows = samples_with_calls(user).select_related("office", "campaign", "made_by", "closed_by")
    found = rows.filter(pk=sample_id).first()
    if found is None:
        raise Http404
    return found


def _own_calls(user: User, found: RecontactSample) -> list[Kept]:
    own = cases_for(user).filter(sample=found, caller=user, outcome__isnull=False)
    return [
        Kept(one, choice_of(one.outcome or "")) for one in own.order_by("place")[:MOST_OWN_CALLS]
    ]


def _lines(found: RecontactSample, user: User) -> list[Line]:
    """The result as the user is told it, with names."""
    rows = told(found.pk, results_of(found), guarded=user.role == Role.SUPERVISOR)["results"]
    offices = dict(
        Office.objects.filter(pk__in={one["office"] for one in rows}).values_list("pk", "name")
    )
    kader = dict(
        User.objects.filter(pk__in={one["kader"] for one in rows}).values_list("pk", "full_name")
    )
    return [
        Line(
            kader.get(one["kader"]) or offices.get(one["office"]) or _("All"),
            one["kader"] is not None,
            one,
            _estimate(one),
        )
        for one in rows
    ]


def _estimate(row: Mapping[str, Any]) -> Estimate | None:
    """None where it is withheld."""
    if row["at_most"] is None:
        return None
    return Estimate(row["share"], row["low"], row["high"], row["at_least"], row["at_most"])


@page_for(Role.COORDINATOR, methods=("POST",))
def close_page(request: HttpRequest, sample_id: UUID) -> HttpResponse:
    """End the calls of a sample, for a reason; its result is told from then on."""
    user = cast("User", request.user)
    seen_or_404(user, sample_id)
    reason = reason_of(request)
    if reason is None:
        messages.error(request, _("Nothing was changed: say why, in a few words at least."))
    else:
        close(sample_id, user, reason, timezone.now())
    return redirect("sample-page", sample_id)


urlpatterns = [
    path("calls/", samples_page, name="calls-page"),
    path("calls/new/", new_sample_page, name="new-sample-page"),
    path("calls/<uuid:sample_id>/", sample_page, name="sample-page"),
    path("calls/<uuid:sample_id>/close/", close_page, name="close-sample-page"),
]
