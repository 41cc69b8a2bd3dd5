"""An office's campaigns: today's first, the others by their start, and one with all its plan."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date

from outreach.activities.calendar import (
    Calendar,
    CampaignDay,
    Ramadan,
    Times,
    calendar_of,
    campaign_days,
)
from outreach.activities.figures import Figures, figures_of
from outreach.api.activities import ramadans
from outreach.api.campaigns import planned
from outreach.models import Campaign, User
from outreach.pages.paging import page_or_first
from outreach.pages.plan_villages import campaign_map
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import sought
from outreach.pages.zones import office_zone
from outreach.problems import Problem
from outreach.scopes import campaigns_for
from outreach.tablets import TeamTablets, tablets_of_campaigns
from outreach.waiting import Waits, waits_of_campaigns

STATES = ("today", "coming", "over")
MOST_TODAY = 50
NEXT_DAYS = 14
PAGE_SIZE = 25


class Asked(NamedTuple):
    """Which campaigns an address asks for."""

    text: str
    kind: str
    state: str
    first: date | None
    last: date | None

    def query(self, **more: str) -> str:
        given = {
            "q": self.text,
            "type": self.kind,
            "state": self.state,
            "from": self.first or "",
            "to": self.last or "",
            **more,
        }
        return f"?{urlencode({name: value for name, value in given.items() if value})}"

    @property
    def narrows(self) -> bool:
        return any(self)


class Row(NamedTuple):
    """A campaign in the list; `is_closed`: its calendar has it closed today."""

    campaign: Campaign
    figures: Figures
    waits: Waits
    tablets: TeamTablets | None
    is_closed: bool

    @property
    def signups(self) -> int:
        return sum(self.figures.signups.values())


@page_for(*KEEPERS)
def campaigns_page(request: HttpRequest) -> HttpResponse:
    """Campaigns that go on today, then all others, the latest start first."""
    user, now = cast("User", request.user), timezone.now()
    asked = _asked(request.GET)
    with timezone.override(office_zone(user)):
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        found = _narrowed(campaigns_for(user).select_related("office"), asked)
        is_today = Q(starts_at__lt=midnight + timedelta(days=1), ends_at__gte=midnight)
        today = list(found.filter(is_today).order_by("starts_at", "pk")[:MOST_TODAY])
        others = {
            "today": found.filter(is_today).exclude(pk__in=[one.pk for one in today]),
            "coming": found.filter(starts_at__gte=midnight + timedelta(days=1)),
            "over": found.filter(ends_at__lt=midnight),
            "": found.exclude(is_today) if len(today) < MOST_TODAY else found,
        }[asked.state]
        page = page_or_first(others, request.GET.get("cursor", ""), "starts_at", PAGE_SIZE)
        shown_today = today if asked.state in {"", "today"} and page.is_first else []
        rows = _rows([*shown_today, *page.results], now)
        context = {
            "asked": asked,
            "types": Campaign.Type.values,
            "today": rows[: len(shown_today)],
            "others": rows[len(shown_today) :],
            "next": asked.query(cursor=page.next) if page.next else None,
            "first": None if page.is_first else asked.query(),
            "now": now,
        }
        return render(request, "outreach/campaigns/campaigns.html", context)


def _asked(given: Any) -> Asked:
    kind, state = given.get("type", ""), given.get("state", "")
    return Asked(
        sought(given),
        kind if kind in Campaign.Type.values else "",
        state if state in STATES else "",
        asked_day(given.get("from", "")),
        asked_day(given.get("to", "")),
    )


def asked_day(text: str) -> date | None:
    """The day in an address; None for none and for what is no day."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2200 else None


def _narrowed(campaigns: QuerySet[Campaign], asked: Asked) -> QuerySet[Campaign]:
    zone = timezone.get_current_timezone()
    if asked.text:
        campaigns = campaigns.filter(
            Q(name__icontains=asked.text) | Q(office__name__icontains=asked.text)
        )
    if asked.kind:
        campaigns = campaigns.filter(type=asked.kind)
    if asked.first:
        campaigns = campaigns.filter(
            ends_at__gte=datetime(*asked.first.timetuple()[:3], tzinfo=zone)
        )
    if asked.last:
        day_after = asked.last + timedelta(days=1)
        campaigns = campaigns.filter(
            starts_at__lt=datetime(*day_after.timetuple()[:3], tzinfo=zone)
        )
    return campaigns


def _rows(campaigns: list[Campaign], now: datetime) -> list[Row]:
    keys = [one.pk for one in campaigns]
    figures, tablets, fasts = figures_of(keys), tablets_of_campaigns(keys, now), ramadans()
    waits = waits_of_campaigns(keys)
    return [
        Row(
            one,
            figures.get(one.pk, Figures()),
            waits.get(one.pk, Waits()),
            tablets.get(one.pk),
            not _days(one, now, 1, fasts),
        )
        for one in campaigns
    ]


def _days(campaign: Campaign, now: datetime, days: int, fasts: list[Ramadan]) -> list[CampaignDay]:
    """On which of the next days, from today, a campaign runs by its calendar."""
    zone = ZoneInfo(campaign.time_zone)
    today = now.astimezone(zone).date()
    times = Times(campaign.starts_at, campaign.ends_at, zone, calendar_of(campaign.calendar))
    return list(campaign_days(times, today, today + timedelta(days=days - 1), fasts))


@page_for(*KEEPERS)
def campaign_page(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """A campaign: its plan, its team and what it brought, in the venue's time."""
    user, now = cast("User", request.user), timezone.now()
    campaign = planned_or_404(user, campaign_id)
    calendar = calendar_of(campaign.calendar)
    figures = figures_of([campaign.pk]).get(campaign.pk, Figures())
    context = {
        "campaign": campaign,
        "row": Row(
            campaign,
            figures,
            waits_of_campaigns([campaign.pk]).get(campaign.pk, Waits()),
            tablets_of_campaigns([campaign.pk], now).get(campaign.pk),
            is_closed=False,
        ),
        "aims": _aims(figures),
        "checks": [check for items in campaign.checklist.values() for check in items],
        "map": campaign_map(campaign),
        "calendar": calendar if calendar != Calendar() else None,
        "next_days": _days(campaign, now, NEXT_DAYS, ramadans()),
        "is_over": campaign.ends_at < now,
        "now": now,
    }
    with timezone.override(ZoneInfo(campaign.time_zone)):
        return render(request, "outreach/campaigns/campaign.html", context)


class Aim(NamedTuple):
    """What a campaign is out for in a segment, and how far it is: people, or leads."""

    segment: str
    target: int | None
    reached: int


def _aims(figures: Figures) -> list[Aim]:
    people = sum(figures.people.values())
    found = {segment: sum(states.values()) for segment, states in figures.leads.items()}
    found["BPU"] = people
    return [
        Aim(segment, figures.targets.get(segment), reached)
        for segment, reached in found.items()
        if reached or segment in figures.targets
    ]


def planned_or_404(user: User, campaign_id: UUID) -> Campaign:
    try:
        return planned(user, campaign_id)
    except Problem:
        raise Http404 from None


urlpatterns = [
    path("campaigns/", campaigns_page, name="campaigns-page"),
    path("campaigns/<uuid:campaign_id>/", campaign_page, name="campaign-page"),
]
