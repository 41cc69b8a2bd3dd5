"""Planning in the console: a campaign of whichever type, new or changed, in one form."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.activities.pasaran import Pasaran
from outreach.api.campaign_forms import TIME_ZONES, CampaignChangesForm, CampaignForm
from outreach.models import Campaign, CampaignTarget, Office, User
from outreach.pages.campaigns import planned_or_404
from outreach.pages.plan_form import Errors, PlanForm, plain_fault
from outreach.pages.plan_reading import PARTS, Read, lines, one, read_plan, written_of
from outreach.pages.plan_villages import (
    FIRST_RADIUS_M,
    PLACE,
    centre_of,
    placed_stops,
    read_villages,
    venue_map,
)
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import read_id
from outreach.pages.zones import office_zone
from outreach.planning import faults_of, plan
from outreach.problems import Problem, flattened
from outreach.scopes import campaigns_for, offices_for

MOST_KADER = 400
_NEEDED = {"starts_at": {"ends_at"}, "ends_at": {"starts_at"}, "office": {"team", "villages"}}
"""What cannot be judged without a field: what is stored of that would be another plan's."""


@page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))
def new_campaign_page(request: HttpRequest) -> HttpResponse:
    """A new plan. The form's address carries the campaign's id: sent twice, or come back to, it
    makes one campaign."""
    user = cast("User", request.user)
    if request.method != "POST":
        if "id" not in request.GET:
            return redirect(f"{request.path}?id={uuid4()}")
        new = _key(request.GET["id"])
        if campaigns_for(user).filter(pk=new).exists():
            messages.info(request, _("This plan is saved already: here you change it."))
            return redirect("edit-campaign-page", new)
        blank = {
            "id": [str(new)],
            "office": [str(user.office_id or "")],
            "time_zone": [str(office_zone(user))],
            "venue": ["none"],
        }
        return _form_page(request, None, blank, {})
    key = _key(one(_written(request), "id"))
    campaign = campaigns_for(user).filter(pk=key).first()
    return _posted(request, campaign and planned_or_404(user, campaign.pk), key)


@page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))
def edit_campaign_page(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The plan of a campaign, to be changed."""
    campaign = planned_or_404(cast("User", request.user), campaign_id)
    if request.method == "POST":
        return _posted(request, campaign, campaign.pk)
    return _form_page(request, campaign, written_of(campaign), {})


def _written(request: HttpRequest) -> dict[str, Sequence[str]]:
    return dict(request.POST.lists())


def _key(text: str) -> UUID:
    if key := read_id(text):
        return key
    raise Http404


def _posted(request: HttpRequest, campaign: Campaign | None, key: UUID) -> HttpResponse:
    user, now = cast("User", request.user), timezone.now()
    given = _written(request)
    office = one(given, "office")
    office_id = (
        int(office) if office.isdecimal() and office.isascii() and len(office) < 10 else None
    )
    written, errors = placed_stops(given, office_id, now)
    read = read_plan(written)
    codes, wrong = read_villages(lines(written, "villages"), office_id, now)
    read.plan["villages"] = codes
    if wrong:
        errors["villages"] = wrong
    if "locate" in written:
        centre = centre_of(codes)
        if centre is None and not errors:
            errors["villages"] = [_("Where these villages lie is not known: write the numbers.")]
        return _form_page(request, campaign, _located(written, centre), errors)
    if "more" in written:
        return _form_page(request, campaign, written, errors)
    if campaign and one(written, "seen") != _digest(campaign):
        changed = _(
            "Somebody changed this plan after you opened it. Your entries are below: saving"
            " them replaces what was changed."
        )
        return _form_page(request, campaign, written, {"": [changed]})
    form = (CampaignChangesForm if campaign else CampaignForm)(data=read.plan)
    if form.is_valid() and not errors:
        try:
            kept = _kept(form.validated_data, user, campaign, key)
        except Problem as refused:
            _add(errors, _told(refused), read, written)
        else:
            text = _("The plan is saved. The team's tablets get it with their next sync.")
            messages.success(request, text)
            return redirect("campaign-page", kept.pk)
    else:
        _add(errors, list(flattened(form.errors)), read, written)
        _add(errors, _faults_beside(form.errors, read.plan, user, campaign), read, written)
    return _form_page(request, campaign, written, errors)


def _faults_beside(
    errors: Mapping[str, Any], given: Mapping[str, Any], user: User, campaign: Campaign | None
) -> Sequence[tuple[str, str, str]]:
    """What else does not fit together of the fields that are sound, so that all is told at once."""
    unsound = set(errors)
    for needed, together in _NEEDED.items():
        if needed in errors:
            unsound |= together
    sound = {name: value for name, value in given.items() if name not in unsound}
    form = CampaignChangesForm(data=sound)
    if not form.is_valid():
        return []
    try:
        fields, now = form.validated_data, timezone.now()
        return faults_of(fields, user, now, campaign.pk if campaign else None)
    except Problem as refused:
        return _told(refused)


def _told(refused: Problem) -> list[tuple[str, str, str]]:
    told = [(found["pointer"], "", found["detail"]) for found in refused.extra.get("problems", ())]
    return told or [("", "", str(refused.detail))]


def _kept(fields: Any, user: User, campaign: Campaign | None, key: UUID) -> Campaign:
    try:
        return plan(fields, user, timezone.now(), campaign.pk if campaign else None, new_id=key)
    except IntegrityError:
        # The same form came in twice at once, or the id is another office's.
        return planned_or_404(user, key)


def _located(
    written: Mapping[str, Sequence[str]], centre: tuple[float, float] | None
) -> Mapping[str, Sequence[str]]:
    """The form with its circle there."""
    if centre is None:
        return written
    radius_m = one(written, "radius_m") or FIRST_RADIUS_M
    circle = {"lat": [str(centre[0])], "lon": [str(centre[1])], "radius_m": [radius_m]}
    return {**written, "venue": ["circle"], **circle}


def _add(
    errors: Errors,
    told: Sequence[tuple[str, str, str]],
    read: Read,
    written: Mapping[str, Sequence[str]],
) -> None:
    """Errors by the fields of the form that they are about; others by an empty name."""
    for pointer, code, text in told:
        name = _field_at(pointer, read)
        if not (name.endswith(PLACE) and f"{name.rpartition('-')[0]}-village" in errors):
            errors.setdefault(name, []).append(plain_fault(written, name, code, text))


def _field_at(pointer: str, read: Read) -> str:
    steps = pointer.split("/")[1:]
    for length in range(len(steps), 0, -1):
        place = read.places.get("/" + "/".join(steps[:length]))
        if place is not None:
            rest = steps[length : length + 1]
            is_row = place.split("-")[0] in {"stops", "partners", "team"} or not place
            return "-".join(filter(None, [place, *rest])) if is_row else place
    return steps[0] if steps else ""


def _digest(campaign: Campaign) -> str:
    told = json.dumps(written_of(campaign), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _form_page(
    request: HttpRequest,
    campaign: Campaign | None,
    written: Mapping[str, Sequence[str]],
    errors: Errors,
) -> HttpResponse:
    user, now = cast("User", request.user), timezone.now()
    offices = list(offices_for(user).order_by("-kind", "name"))
    office = next((found for found in offices if str(found.pk) == one(written, "office")), None)
    read = read_plan(written)
    codes = read_villages(lines(written, "villages"), office.pk if office else None, now)[0]
    new_again = f"{request.path}?id={one(written, 'id')}"
    context = {
        "campaign": campaign,
        "comes_back_to": request.path if campaign else new_again,
        "form": PlanForm(written, errors),
        "seen": campaign and _digest(campaign),
        "offices": offices,
        "types": Campaign.Type.values,
        "zones": TIME_ZONES,
        "segments": CampaignTarget.Segment.values,
        "parts": PARTS,
        "weekdays": range(1, 8),
        "pasaran": [day.value for day in Pasaran],
        "kader": _kader(office, campaign),
        "chosen_office": office,
        "map": venue_map(codes, read.plan),
    }
    return render(request, "outreach/campaigns/form.html", context)


def _kader(office: Office | None, campaign: Campaign | None) -> list[User]:
    """Who can be on the team: active kader of the office and its branches, and who is on it."""
    members = [member.kader_id for member in campaign.members.all()] if campaign else []
    of_office = Q(pk__in=members)
    if office:
        of_office |= Q(office=office) | Q(office__parent=office)
    found = User.objects.filter(of_office, Q(is_active=True) | Q(pk__in=members), role="kader")
    return list(found.select_related("office").order_by("full_name", "pk")[:MOST_KADER])


urlpatterns = [
    path("campaigns/new/", new_campaign_page, name="new-campaign-page"),
    path("campaigns/<uuid:campaign_id>/edit/", edit_campaign_page, name="edit-campaign-page"),
]
