"""A village's page: why it stands where it does, its months, and where its figures are from."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from outreach.api.standing_questions import closing_text, why_text
from outreach.models import Denominator, Region, RegionAlias, User
from outreach.months import later
from outreach.pages.charts import Line, line, round_end
from outreach.pages.standings_frame import (
    asked_of,
    axes_of,
    rendered_with_formula,
    standings_address,
)
from outreach.places.regions.aliases import resolve
from outreach.scopes import campaigns_for
from outreach.standings.measures import coverage_range, measures
from outreach.standings.rankings import NotInRanking, village_standing
from outreach.standings.recounting import SEGMENT, Month
from outreach.standings.small_cells import guarded, guarded_months, open_regions
from outreach.standings.why import explain

CHART_WIDTH, CHART_HEIGHT = 600.0, 160.0
MONTHS_DRAWN = 24
LISTED = 12
"""Campaigns and figures of a village that are shown, the newest ones."""


class Chart(NamedTuple):
    """A village's months as lines, from old to new; `most` is where the axis ends."""

    lines: list[Line]
    most: int
    first: date
    last: date


def village_page(request: HttpRequest, regions: list[Region]) -> HttpResponse:
    """One village, for whoever may see standings."""
    now = timezone.now()
    asked = asked_of(request, now)
    village, user = regions[-1], cast("User", request.user)
    open_to = open_regions(user)
    try:
        detail = village_standing(village.code, asked.period)
        why = explain(village.code, asked.period, open_to)
    except NotInRanking:
        today = resolve(RegionAlias.System.KEMENDAGRI, [village.code]).get(village.code)
        if today is None or today.sure is None:
            raise Http404 from None
        return redirect(standings_address(today.sure))
    row = guarded(detail.row, open_to)
    months = guarded_months(village.code, detail.months, open_to)
    known = measures(village.code, asked.period)
    figures = Denominator.objects.filter(region=village, segment=SEGMENT)
    return rendered_with_formula(
        request,
        "outreach/village.html",
        regions,
        now,
        asked,
        [row],
        {
            "ranking": detail,
            "row": row,
            "are_officials_hidden": row.officials is None and detail.row.officials is not None,
            "why": why,
            "why_text": why_text(why),
            "parts": [part for part in why.components if detail.formula.weights.get(part.name)],
            "closings": [(closing.step, closing_text(closing)) for closing in why.closings],
            "months": months[::-1],
            "chart": chart(months, asked.period),
            "totals": _totals(months),
            "campaigns": campaigns_for(user)
            .filter(villages=village)
            .select_related("office")
            .order_by("-starts_at")[:LISTED],
            "denominators": figures.order_by("-year", "source", "-revision")[:LISTED],
            "range": coverage_range(None if row.is_withheld else row.verified, known),
            "axes": axes_of([row]),
        },
    )


def chart(months: Sequence[Month], period: date) -> Chart | None:
    """The months until a period, those without anybody too; None where there is none."""
    if not months:
        return None
    known = {month.month: month for month in months}
    first = max(months[0].month, later(period, 1 - MONTHS_DRAWN))
    drawn = [first]
    while drawn[-1] < period:
        drawn.append(later(drawn[-1], 1))
    counts = [known.get(month, Month(month, 0, 0, 0)) for month in drawn]
    most = round_end([count for month in counts for count in month[1:]])
    return Chart(
        [
            line(css, [getattr(one, css) for one in counts], most, CHART_WIDTH, CHART_HEIGHT)
            for css in ("verified", "provisional", "hosted")
        ],
        most,
        first,
        drawn[-1],
    )


def _totals(months: Sequence[Month]) -> dict[str, Any]:
    """All months together: who lives here, and who signed up here; null where a month is hidden."""
    living = [count for month in months for count in (month.verified, month.provisional)]
    hosted = [month.hosted for month in months]
    return {
        "living": None if None in living else sum(count or 0 for count in living),
        "hosted": None if None in hosted else sum(count or 0 for count in hosted),
    }
