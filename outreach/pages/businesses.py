"""The businesses that an agency drive visits: listed, and what became of each."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.serializers import Serializer

from outreach.activities import businesses as listing
from outreach.api.businesses import BusinessChangesForm, BusinessForm
from outreach.models import Campaign, SupervisedBusiness, User
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.zones import rendered_in_office
from outreach.problems import Problem, flattened
from outreach.scopes import campaigns_for

STATES = {
    "planned": gettext_lazy("to be visited"),
    "visited": gettext_lazy("visited"),
    "declined": gettext_lazy("declined"),
    "not_found": gettext_lazy("not found"),
}


@page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))
def businesses_page(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The list by name, where one more is put on it; one that is on it already stays one."""
    user, now = cast("User", request.user), timezone.now()
    campaign = _campaign(user, campaign_id)
    if request.method == "POST":
        form = BusinessForm(data=_written(request))
        if not form.is_valid():
            return _refused(request, campaign_id, form)
        try:
            listing.add(campaign_id, [form.validated_data], user, now)
        except Problem as refused:
            return _told(request, campaign_id, refused)
        messages.success(request, _("The business is on the list."))
        return redirect("businesses-page", campaign_id)
    rows = list(campaign.businesses.select_related("changed_by").order_by("name", "pk"))
    context = {
        "campaign": campaign,
        "businesses": [(one, STATES[one.state]) for one in rows],
        "states": STATES.items(),
        "visited": sum(one.state != SupervisedBusiness.State.PLANNED for one in rows),
        "registered": sum(one.registered for one in rows),
    }
    return rendered_in_office(request, "outreach/campaigns/businesses.html", context)


@page_for(*KEEPERS, methods=("POST",))
def business_page(request: HttpRequest, campaign_id: UUID, business_id: UUID) -> HttpResponse:
    """Note what became of a business."""
    user = cast("User", request.user)
    campaign = _campaign(user, campaign_id)
    given = _written(request)
    business = campaign.businesses.select_related("changed_by").filter(pk=business_id).first()
    if business is None:
        raise Http404
    is_stale = given.pop("seen", "") != business.changed_at.isoformat()
    if is_stale and business.changed_by != user:
        text = _("%(who)s noted something about %(name)s after you opened the list: look again.")
        messages.error(request, text % {"who": business.changed_by, "name": business.name})
        return redirect("businesses-page", campaign_id)
    form = BusinessChangesForm(data={"visited_day": None, **given})
    if not form.is_valid():
        return _refused(request, campaign_id, form)
    try:
        fields = form.validated_data
        changed = listing.change(campaign_id, business_id, fields, user, timezone.now())
    except Problem as refused:
        return _told(request, campaign_id, refused)
    messages.success(request, _("%(name)s: noted.") % {"name": changed.name})
    return redirect("businesses-page", campaign_id)


def _campaign(user: User, campaign_id: UUID) -> Campaign:
    """An agency drive that the user sees. Raises Http404."""
    drives = campaigns_for(user).filter(type=Campaign.Type.AGENCY_DRIVE)
    found = drives.select_related("office").filter(pk=campaign_id).first()
    if found is None:
        raise Http404
    return found


def _written(request: HttpRequest) -> dict[str, str]:
    """What a form says; what it leaves empty is not said."""
    given = {name: text for name, text in request.POST.dict().items() if text}
    given.pop("csrfmiddlewaretoken", None)
    return given


def _refused(request: HttpRequest, campaign_id: UUID, form: Serializer[object]) -> HttpResponse:
    texts = " ".join(text for _at, _code, text in flattened(form.errors))
    messages.error(request, _("Nothing was kept: %(why)s") % {"why": texts})
    return redirect("businesses-page", campaign_id)


def _told(request: HttpRequest, campaign_id: UUID, refused: Problem) -> HttpResponse:
    if refused.slug == "not_found":
        raise Http404
    texts = [one["detail"] for one in refused.extra.get("problems", ())] or [refused.detail]
    why = " ".join(map(str, texts))
    messages.error(request, _("Nothing was kept: %(why)s") % {"why": why})
    return redirect("businesses-page", campaign_id)


_LIST = "campaigns/<uuid:campaign_id>/businesses/"
urlpatterns = [
    path(_LIST, businesses_page, name="businesses-page"),
    path(f"{_LIST}<uuid:business_id>/", business_page, name="business-page"),
]
