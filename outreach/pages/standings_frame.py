"""What pages about standings share: what their address asks for, and what all of them say."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from outreach.api.standing_shapes import RankingQuerySerializer
from outreach.geo.region_codes import is_region_code, lineage_of
from outreach.models import Region, User
from outreach.months import later
from outreach.offices.territory import assigned_to, today
from outreach.pages.typed import readable
from outreach.standings.months import current_period
from outreach.standings.recounting import VillageStanding
from outreach.standings.scoring import COMPONENTS, present_components, weights_in_use
from outreach.standings.small_cells import SMALLEST_SHOWN
from outreach.tablets import tablets_of

MONTHS_OFFERED = 13
COUNTRY_ZONE = "Asia/Jakarta"


class Asked(NamedTuple):
    """What a page's address asks for, and the names of parameters that make no sense."""

    period: date
    stratum: str | None
    after: str | None
    unread: list[str]


def asked_of(request: HttpRequest, now: datetime) -> Asked:
    # The region is in the path.
    given = {name: value for name, value in request.GET.dict().items() if name != "within"}
    asked, unread = readable(RankingQuerySerializer, given)
    return Asked(
        asked.get("period") or current_period(now),
        asked.get("stratum"),
        asked.get("cursor"),
        unread,
    )


def chain(code: str) -> list[Region]:
    """The region with those above it, the province first. Raises Http404."""
    if not code:
        return []
    if not is_region_code(code):
        raise Http404
    codes = lineage_of(code)
    found = list(Region.objects.filter(code__in=codes).order_by("level"))
    if not found or found[-1].code != code:
        raise Http404
    return found


def regions_below(code: str) -> QuerySet[Region]:
    """What the filter of a region offers: the provinces, regencies or districts in it."""
    return Region.objects.filter(parent=code or None, level__lt=Region.Level.VILLAGE).order_by(
        "code"
    )


def territory_of(user: User) -> list[Region]:
    """The regions of the user's office that have a ranking, the widest first."""
    if user.office is None:
        return []
    codes = assigned_to([user.office.pk], today(timezone.now()))[user.office.pk]
    regions = Region.objects.filter(code__in=codes, level__lt=Region.Level.VILLAGE)
    return list(regions.order_by("level", "code"))


def standings_address(
    code: str, period: str = "", stratum: str = "", cursor: str = "", map_of: str | None = None
) -> str:
    """Of a region's ranking, or of its map coloured by `map_of`."""
    chosen = {"period": period, "stratum": stratum, "cursor": cursor, "colour": map_of}
    query = urlencode({name: value for name, value in chosen.items() if value})
    if map_of is not None:
        place = reverse("standings-map", args=[code])
    else:
        place = reverse("ranking-page", args=[code]) if code else reverse("country-page")
    return f"{place}?{query}" if query else place


def rendered_with_formula(
    request: HttpRequest,
    template: str,
    regions: list[Region],
    now: datetime,
    asked: Asked,
    rows: Sequence[VillageStanding],
    context: dict[str, Any],
) -> HttpResponse:
    """A page with the formula of its figures."""
    formula = context["ranking"].formula
    present = present_components(row.result for row in rows)
    context |= {
        "as_of": context["ranking"].frozen_at or now,
        "formula": formula,
        "weights": weights_in_use(formula, present),
        "absent": [
            name for name in COMPONENTS if name not in present and formula.weights.get(name)
        ],
    }
    return rendered(request, template, regions, now, asked, context)


def rendered(
    request: HttpRequest,
    template: str,
    regions: list[Region],
    now: datetime,
    asked: Asked,
    context: dict[str, Any],
) -> HttpResponse:
    """A page about a region in a month, in the region's own time."""
    region = regions[-1] if regions else None
    within = region.code[:8] if region else ""
    with timezone.override(ZoneInfo(region.time_zone if region else COUNTRY_ZONE)):
        return render(
            request,
            template,
            {
                "region": region,
                "regions": regions,
                "territory": territory_of(cast("User", request.user)),
                "asked": asked,
                "is_current": asked.period == current_period(now),
                "months_offered": months_until(current_period(now)),
                "smallest_shown": SMALLEST_SHOWN,
                "tablets": tablets_of(within, asked.period, now),
                **context,
            },
        )


def months_until(period: date) -> list[date]:
    """The months that a page offers, the newest first."""
    months = [period]
    while len(months) < MONTHS_OFFERED:
        months.append(later(months[-1], -1))
    return months


def axes_of(rows: list[VillageStanding]) -> dict[str, float]:
    """Where the bars of a page end: a round number not below any of them."""
    covered = [row.result.coverage.high for row in rows if row.result.coverage]
    closed = [row.result.components["gap_closed"] or 0 for row in rows]
    scores = [(row.result.score or 0) / 100 for row in rows]
    return {"coverage": _round_up(covered), "gap": _round_up(closed), "score": _round_up(scores)}


def _round_up(shares: list[float]) -> float:
    most = max(shares, default=0)
    return next(end for end in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if end >= most or end == 1)
