"""The live page of a campaign's day: what arrives, from whom, and which tablets hold more."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone

from outreach.activities.day_figures import DayFigures, Signups, day_figures
from outreach.flag_names import FLAG_NAMES
from outreach.models import Campaign, Stop, User
from outreach.pages.campaigns import asked_day, planned_or_404
from outreach.pages.staff import KEEPERS, page_for
from outreach.tablets import TeamTablets
from sync.devices import with_last_seen
from sync.handing_over import WORKING
from sync.models import Device
from sync.overview import Glance, at_a_glance

REFRESHED_EVERY_S = 10
LIVE_FOR = timedelta(days=31)
"""Tablets send what they hold days later."""


class KaderRow(NamedTuple):
    """Somebody of the team, or somebody else who registered for the campaign."""

    kader: User
    is_on_team: bool
    signups: Signups
    tablets: list[Glance]


class StopRow(NamedTuple):
    """A stop of the day; None for signups at no stop."""

    stop: Stop | None
    signups: Signups
    is_now: bool


def live_page(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """A day of a campaign; what the page itself asks for while nothing changes is 204."""
    if request.headers.get("HX-Request") and not request.user.is_authenticated:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _live_page(request, campaign_id)


@page_for(*KEEPERS)
def _live_page(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    campaign = planned_or_404(cast("User", request.user), campaign_id)
    now, zone = timezone.now(), ZoneInfo(campaign.time_zone)
    today = now.astimezone(zone).date()
    first, last = (at.astimezone(zone).date() for at in (campaign.starts_at, campaign.ends_at))
    day = asked_day(request.GET.get("day", "")) or min(max(today, first), last)
    with timezone.override(zone):
        live = render_to_string("outreach/campaigns/_live.html", _figures(campaign, day, now))
        digest = hashlib.sha256(live.encode()).hexdigest()[:16]
        if request.GET.get("shown") == digest:
            return HttpResponse(status=204)
        context = {
            "campaign": campaign,
            "day": day,
            "is_live": today - LIVE_FOR <= day <= today,
            "first": first,
            "last": last,
            "live": live,
            "digest": digest,
            "every_s": REFRESHED_EVERY_S,
        }
        template = "_refreshed" if request.headers.get("HX-Request") else "day"
        return render(request, f"outreach/campaigns/{template}.html", context)


def _figures(campaign: Campaign, day: date, now: datetime) -> dict[str, object]:
    figures = day_figures(campaign, day)
    kader = _kader_rows(campaign, day, figures, now)
    tablets = [tablet for row in kader for tablet in row.tablets]
    held = Counter(one.held for one in tablets)
    reports = [one.device.last_report for one in tablets if one.device.last_report]
    return {
        "campaign": campaign,
        "day": day,
        "now": now,
        "figures": figures,
        "kader": kader,
        "most": max((row.signups.number for row in kader), default=0) or 1,
        "stops": _stop_rows(campaign, day, figures, now),
        "flags": [(FLAG_NAMES.get(code, code), code, number) for code, number in figures.flags],
        "tablets": TeamTablets(held["something"], held["unknown"], len(tablets)),
        "unsynced": sum(report.unsynced_registrations for report in reports),
    }


def _kader_rows(
    campaign: Campaign, day: date, figures: DayFigures, now: datetime
) -> list[KaderRow]:
    team = {
        member.kader_id: member.kader
        for member in campaign.members.all()
        if member.first_day <= day <= member.last_day
    }
    others = User.objects.filter(pk__in=figures.kader.keys() - team.keys())
    everybody = [*team.values(), *others]
    devices = (
        with_last_seen(Device.objects.filter(kader__in=everybody, state__in=WORKING))
        .select_related("kader", "last_report", "enrolment")
        .order_by("label", "pk")
    )
    of_kader: dict[int, list[Glance]] = {}
    for glance in at_a_glance(list(devices), now):
        of_kader.setdefault(glance.device.kader_id, []).append(glance)
    rows = [
        KaderRow(
            one, one.pk in team, figures.kader.get(one.pk, Signups()), of_kader.get(one.pk, [])
        )
        for one in everybody
    ]
    return sorted(rows, key=lambda row: (-row.signups.number, row.kader.full_name))


def _stop_rows(
    campaign: Campaign, day: date, figures: DayFigures, now: datetime
) -> Sequence[StopRow]:
    """Stops of the day or with signups on it; nothing for a campaign without stops."""
    zone = ZoneInfo(campaign.time_zone)
    rows = [
        StopRow(stop, figures.stops.get(stop.pk, Signups()), stop.starts_at <= now < stop.ends_at)
        for stop in campaign.stops.all()
        if stop.starts_at.astimezone(zone).date() <= day <= stop.ends_at.astimezone(zone).date()
        or stop.pk in figures.stops
    ]
    if rows and None in figures.stops:
        rows.append(StopRow(None, figures.stops[None], is_now=False))
    return rows


urlpatterns = [path("campaigns/<uuid:campaign_id>/day/", live_page, name="campaign-day-page")]
