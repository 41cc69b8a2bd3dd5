"""What an office writes to its kader: to a campaign's team, or to all of an office."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.kader.messages import LONGEST_DAYS, LONGEST_TEXT, messages_for, withdraw, write
from outreach.models import Campaign, KaderMessage, Office, User
from outreach.pages.campaigns import asked_day
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import read_id
from outreach.pages.zones import zone_of_office
from outreach.problems import Problem
from outreach.scopes import campaigns_for, offices_for

SHOWN = 30
messages_form = page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))


@messages_form
def campaign_messages_page(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Messages to the team of a campaign."""
    user = cast("User", request.user)
    campaign = campaigns_for(user).filter(pk=campaign_id).first()
    if campaign is None:
        raise Http404
    return _page(request, campaign, ZoneInfo(campaign.time_zone), ())


@messages_form
def office_messages_page(request: HttpRequest, office_id: int) -> HttpResponse:
    """Messages to all kader of an office and its branches."""
    offices = list(offices_for(cast("User", request.user)).order_by("name"))
    office = next((one for one in offices if one.pk == office_id), None)
    if office is None:
        raise Http404
    return _page(request, office, zone_of_office(office.pk), offices)


@page_for(*KEEPERS)
def own_messages_page(request: HttpRequest) -> HttpResponse:
    """On to the messages of one's office; of the first for whoever has none."""
    user = cast("User", request.user)
    office = offices_for(user).order_by("name").first()
    if office is None:
        raise Http404
    return redirect("office-messages-page", user.office_id or office.pk)


def _page(
    request: HttpRequest, to: Campaign | Office, zone: ZoneInfo, offices: Sequence[Office]
) -> HttpResponse:
    now = timezone.now().astimezone(zone)
    given, errors = {"id": str(uuid4()), "text": "", "last_day": _last_day(to, now).isoformat()}, {}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in given}
        errors = _sent(cast("User", request.user), to, given, now)
        if not errors:
            messages.success(request, _("The message is on its way to the tablets."))
            return redirect(request.path)
    audience = {"campaign": to} if isinstance(to, Campaign) else {"office": to}
    written = (
        messages_for(cast("User", request.user))
        .filter(**audience)
        .select_related("author", "withdrawn_by")
        .order_by("-sent_at", "pk")[:SHOWN]
    )
    context = {
        "to": to,
        "campaign": to if isinstance(to, Campaign) else None,
        "offices": offices,
        "written": written,
        "given": given,
        "errors": errors,
        "now": now,
        "longest_text": LONGEST_TEXT,
        "longest_days": LONGEST_DAYS,
    }
    with timezone.override(zone):
        return render(request, "outreach/messages.html", context)


def _last_day(to: Campaign | Office, now: datetime) -> date:
    """Until when a message is likely meant: a campaign's through its last day."""
    if isinstance(to, Office):
        return now.date()
    end = to.ends_at.astimezone(now.tzinfo) - timedelta.resolution
    return min(max(now.date(), end.date()), now.date() + timedelta(days=LONGEST_DAYS))


def _sent(
    user: User, to: Campaign | Office, given: dict[str, str], now: datetime
) -> dict[str, str]:
    """Send it, or give what is wrong by field."""
    key = read_id(given["id"])
    if key is None:
        raise Http404
    try:
        # A browser sends each line's end as two characters.
        text = given["text"].replace("\r\n", "\n")
        write(user, key, to, text, asked_day(given["last_day"]), now)
    except Problem as refused:
        listed = refused.extra.get("problems", ())
        found = {one["pointer"].strip("/"): one["detail"] for one in listed}
        return found or {"": str(refused.detail)}
    return {}


@page_for(*KEEPERS, methods=("POST",))
def withdraw_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Take a message back."""
    try:
        message = withdraw(cast("User", request.user), message_id, timezone.now())
    except Problem:
        raise Http404 from None
    messages.success(request, _("The message is withdrawn: tablets drop it with their next sync."))
    return redirect(address_of(message))


def address_of(message: KaderMessage) -> str:
    """Where a message is listed."""
    if message.campaign_id:
        return reverse("campaign-messages-page", args=[message.campaign_id])
    return reverse("office-messages-page", args=[message.office_id])


urlpatterns = [
    path(
        "campaigns/<uuid:campaign_id>/messages/",
        campaign_messages_page,
        name="campaign-messages-page",
    ),
    path("messages/", own_messages_page, name="own-messages-page"),
    path("offices/<int:office_id>/messages/", office_messages_page, name="office-messages-page"),
    path("messages/<uuid:message_id>/withdraw/", withdraw_message, name="withdraw-message"),
]
