"""Where villages stand: a region's ranking and one village's months."""

from collections.abc import Iterable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.gzip import gzip_page

from outreach.api.standing_shapes import PAGE_SIZE
from outreach.geo.region_codes import level_of
from outreach.models import Region, User
from outreach.pages.staff import for_staff
from outreach.pages.standings_frame import (
    Asked,
    asked_of,
    axes_of,
    chain,
    regions_below,
    rendered_with_formula,
    standings_address,
    territory_of,
)
from outreach.pages.village_standing import village_page
from outreach.standings.rankings import (
    BEFORE_THE_UNRANKED,
    NotInRanking,
    Ranking,
    totals,
    village_standings,
)
from outreach.standings.recounting import VillageStanding
from outreach.standings.small_cells import guarded, open_regions


@for_staff
def own_ranking_page(request: HttpRequest) -> HttpResponse:
    """To the standings of the first region of the user's office."""
    territory = territory_of(cast("User", request.user))
    return redirect(standings_address(territory[0].code if territory else ""))


@gzip_page
@for_staff
def ranking_page(request: HttpRequest, code: str = "") -> HttpResponse:
    """The villages of a region, or one village."""
    if not code and "within" in request.GET:
        chosen = {name: request.GET.get(name, "") for name in ("within", "period", "stratum")}
        region = chain(chosen.pop("within"))[-1:]
        if region and request.GET.get("as") == "map":
            chosen |= {"map_of": request.GET.get("colour", "")}
        return redirect(standings_address(region[0].code if region else "", **chosen))
    regions = chain(code)
    if level_of(code) == Region.Level.VILLAGE:
        return village_page(request, regions)
    now = timezone.now()
    asked, ranking = _asked_ranking(code, asked_of(request, now))
    open_to = open_regions(cast("User", request.user))
    rows = [guarded(row, open_to) for row in ranking.rows]
    return rendered_with_formula(
        request,
        "outreach/ranking.html",
        regions,
        now,
        asked,
        rows,
        {
            "ranking": ranking,
            "ranked": [row for row in rows if row.result.unranked is None],
            "unranked": [row for row in rows if row.result.unranked is not None],
            "totals": totals(code, asked.period, asked.stratum, open_to=open_to),
            "children": regions_below(code),
            "districts": _district_names(rows) if len(code) < 8 else {},
            "axes": axes_of(rows),
            "pages": _pages(code, asked, ranking),
            "map": code
            and standings_address(code, f"{asked.period:%Y-%m}", asked.stratum or "", map_of=""),
        },
    )


def _asked_ranking(code: str, asked: Asked) -> tuple[Asked, Ranking]:
    """The asked page of a ranking, or its first where there is none after that village."""
    try:
        return asked, village_standings(
            code, asked.period, asked.stratum, limit=PAGE_SIZE, after=asked.after
        )
    except NotInRanking:
        asked = asked._replace(after=None, unread=[*asked.unread, "cursor"])
        return asked, village_standings(code, asked.period, asked.stratum, limit=PAGE_SIZE)


def _pages(code: str, asked: Asked, ranking: Ranking) -> dict[str, str | None]:
    """Addresses of the first and next page and of the unranked villages."""
    period, stratum = f"{asked.period:%Y-%m}", asked.stratum or ""
    return {
        "first": standings_address(code, period, stratum) if asked.after else None,
        "next": standings_address(code, period, stratum, ranking.next) if ranking.next else None,
        "unranked": standings_address(code, period, stratum, BEFORE_THE_UNRANKED),
    }


def _district_names(rows: Iterable[VillageStanding]) -> dict[str, str]:
    districts = Region.objects.filter(code__in={row.code[:8] for row in rows})
    return dict(districts.values_list("code", "name"))


urlpatterns = [
    path("standings/", ranking_page, name="country-page"),
    path("standings/own/", own_ranking_page, name="own-standings-page"),
    path("standings/<str:code>/", ranking_page, name="ranking-page"),
]
