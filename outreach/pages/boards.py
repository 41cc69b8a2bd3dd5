"""Boards: offices, campaigns and kader beside what they are out for."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.gzip import gzip_page

from outreach.activities.figures import Figures, figures_of, months_of
from outreach.activities.withholding import board_shown, told_by_targets
from outreach.api.targets import target_row
from outreach.kader.results import kader_years, without_small_counts
from outreach.models import Campaign, Office, User
from outreach.months import later
from outreach.offices.forecasting import LEAST_MONTHS
from outreach.offices.progress import progress
from outreach.offices.territory import today
from outreach.offices.withholding import withheld
from outreach.pages.charts import Line, line, round_end
from outreach.pages.paging import page_or_first
from outreach.pages.staff import for_staff
from outreach.pages.zones import rendered_in_office
from outreach.scopes import campaigns_for, offices_for
from outreach.standings.small_cells import SMALLEST_SHOWN

FIRST_YEAR = 2014
YEARS_OFFERED = 4
MONTHS_DRAWN = 12
CAMPAIGNS = 30
KADER = 300
"""Kader on one page; more are found by choosing an office."""
SPARK_WIDTH, SPARK_HEIGHT = 120.0, 28.0


class Board(NamedTuple):
    """Who looks at a board, at which office, and in which year."""

    user: User
    offices: Sequence[Office]
    office: Office | None
    year: int
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether small counts are shown: to everybody but those who see no records."""
        return bool(self.user.role != User.Role.SUPERVISOR)


def board_of(request: HttpRequest) -> Board:
    """What a board's address asks for. Raises Http404 for an office that is not the user's."""
    user, now = cast("User", request.user), timezone.now()
    offices = list(offices_for(user).order_by("-kind", "name"))
    year = today(now).year
    if (asked := request.GET.get("year", "")).isascii() and asked.isdigit():
        year = min(max(int(asked[:4]), FIRST_YEAR), year)
    key = request.GET.get("office") or str(user.office_id or "")
    office = next((one for one in offices if str(one.pk) == key), None)
    if key and office is None:
        raise Http404
    return Board(user, offices, office, year, now)


@for_staff
def offices_board(request: HttpRequest) -> HttpResponse:
    """An office's year beside its targets, with what it may end with."""
    board = board_of(request)
    office = board.office or next(iter(board.offices), None)
    rows: list[dict[str, Any]] = []
    if office:
        found = progress(office, board.year, board.now)
        hidden = set() if board.is_open else withheld(found.rows)
        rows = [target_row(row, found, hidden) for row in found.rows]
    branches = [one for one in board.offices if office and one.parent_id == office.pk]
    context = {
        "office": office,
        "rows": [row | {"spark": _plan_spark(row["months"])} for row in rows],
        "branches": branches,
        "least_months": LEAST_MONTHS,
    }
    return _rendered(request, board, "offices", context)


@for_staff
def campaigns_board(request: HttpRequest) -> HttpResponse:
    """Campaigns with what they brought, the latest start first."""
    board = board_of(request)
    campaigns = campaigns_for(board.user).select_related("office")
    chosen = {}
    if request.GET.get("office") and board.office:
        campaigns = campaigns.filter(office=board.office)
        chosen["office"] = str(board.office.pk)
    if (kind := request.GET.get("type", "")) in Campaign.Type.values:
        campaigns = campaigns.filter(type=kind)
        chosen["type"] = kind
    page = page_or_first(campaigns, request.GET.get("cursor", ""), "starts_at", CAMPAIGNS)
    keys = [campaign.pk for campaign in page.results]
    last = today(board.now).replace(day=1)
    drawn = [later(last, back) for back in range(1 - MONTHS_DRAWN, 1)]
    figures = figures_of(keys)
    beside = set() if board.is_open else told_by_targets(board.user, page.results)
    # Offices tell their months: beside those a campaign's could tell small ones of others.
    months = months_of(keys, drawn[0], last) if board.is_open else {}
    rows = [
        {
            "campaign": one,
            "spark": spark([months[one.pk].get(month, 0) for month in drawn]) if months else None,
            **board_shown(
                figures.get(one.pk, Figures()), is_open=board.is_open, is_beside=one.pk in beside
            ),
        }
        for one in page.results
    ]
    context = {
        "rows": rows,
        "types": Campaign.Type.values,
        "chosen": chosen,
        "drawn": drawn,
        "next": page.next and urlencode(chosen | {"cursor": page.next}),
        "is_later": not page.is_first,
        "first": urlencode(chosen),
    }
    return _rendered(request, board, "campaigns", context)


@gzip_page
@for_staff
def kader_board(request: HttpRequest) -> HttpResponse:
    """Kader beside each other, by the office of the campaigns they worked on."""
    board = board_of(request)
    office = board.office
    within = [
        one.pk for one in board.offices if office is None or office.pk in {one.pk, one.parent_id}
    ]
    years = kader_years(within, board.year)
    if not board.is_open:
        years = without_small_counts(years)
    context = {
        "office": office,
        "rows": [(one, spark(one.months) if one.months else None) for one in years[:KADER]],
        "most": max((one.verified or 0 for one in years), default=0),
        "is_cut": len(years) > KADER,
    }
    return _rendered(request, board, "kader", context)


def spark(counts: Sequence[float | None]) -> list[Line] | None:
    """A small line through months; None where there is nothing to draw."""
    if not any(counts):
        return None
    return [line("verified", counts, round_end(counts), SPARK_WIDTH, SPARK_HEIGHT)]


def _plan_spark(months: Sequence[dict[str, Any]]) -> list[Line] | None:
    """Verified people by month over their plan."""
    verified = [month["verified"] for month in months]
    plan = [month["plan"] for month in months]
    if not any(verified) and not any(plan):
        return None
    most = round_end([*verified, *plan])
    return [
        line(css, counts, most, SPARK_WIDTH, SPARK_HEIGHT)
        for css, counts in (("plan", plan), ("verified", verified))
    ]


def _rendered(
    request: HttpRequest, board: Board, name: str, context: dict[str, Any]
) -> HttpResponse:
    this_year = today(board.now).year
    context |= {
        "board": board,
        "tab": name,
        "as_of": board.now,
        "years": [this_year - back for back in range(YEARS_OFFERED)],
        "year_start": date(board.year, 1, 1),
        "smallest_shown": SMALLEST_SHOWN,
    }
    return rendered_in_office(request, f"outreach/boards/{name}.html", context)


urlpatterns = [
    path("boards/", offices_board, name="boards"),
    path("boards/campaigns/", campaigns_board, name="boards-campaigns"),
    path("boards/kader/", kader_board, name="boards-kader"),
]
