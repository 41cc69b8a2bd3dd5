"""The pack for a monitoring meeting: a page to print, a workbook and a map as files."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page

from outreach.imports.writing import XLSX
from outreach.models import Region, User
from outreach.monitoring import pack as packs
from outreach.monitoring.reporting import DEFINITIONS, VERSION
from outreach.pages.region_maps import credits_of, villages_picture
from outreach.pages.staff import for_staff
from outreach.pages.standings_frame import asked_of, chain, months_until, rendered, territory_of
from outreach.pages.standings_map import areas, legend
from outreach.pages.zones import rendered_in_office
from outreach.places.showing.maps import map_version
from outreach.standings.mapping import Placed, steps
from outreach.standings.months import current_period
from outreach.standings.small_cells import SMALLEST_SHOWN, open_regions

FORMS = {
    "zip": (packs.zipped, "application/zip"),
    "xlsx": (packs.workbook, XLSX),
    "geojson": (packs.geojson, "application/geo+json"),
}
REGENCY = Region.Level.REGENCY


@for_staff
def choose_page(request: HttpRequest) -> HttpResponse:
    """Which regency and which month."""
    regions = {one.code: one for one in Region.objects.filter(level=REGENCY).order_by("code")}
    if (code := request.GET.get("region", "")) in regions:
        period = request.GET.get("period", "")
        query = f"?period={period}" if period.replace("-", "").isdecimal() else ""
        return redirect(reverse("monitoring-page", args=[code]) + query)
    territory = [region.code for region in territory_of(cast("User", request.user))]
    own = [one for one in regions.values() if any(_overlaps(one.code, code) for code in territory)]
    context = {
        "own": own,
        "regions": [one for one in regions.values() if one not in own],
        "months": months_until(current_period(timezone.now())),
    }
    return rendered_in_office(request, "outreach/monitoring/choose.html", context)


def _overlaps(regency: str, code: str) -> bool:
    """Whether one of two regions lies in the other, or they are the same."""
    return f"{regency}.".startswith(f"{code}.") or f"{code}.".startswith(f"{regency}.")


@gzip_page
@for_staff
def pack_page(request: HttpRequest, code: str) -> HttpResponse:
    """A regency's report with its map, to be read and printed."""
    regions = _regency(code)
    now = timezone.now()
    asked = asked_of(request, now)
    pack = packs.pack_of(regions[-1], asked.period, open_regions(cast("User", request.user)), now)
    placed = [
        Placed(
            row.code,
            row.name,
            row.result.unranked is None,
            row.rank,
            row.result.coverage.share if row.result.coverage else None,
        )
        for row in pack.villages
    ]
    step_of = dict(zip((one.code for one in placed), steps(placed, "coverage"), strict=True))
    picture = villages_picture(code, map_version(code))
    address = f"../../standings/{{}}/?period={asked.period:%Y-%m}"
    context: dict[str, Any] = {
        "as_of": pack.as_of,
        "pack": pack,
        "report": pack.report,
        "picture": picture,
        "areas": picture and areas(picture.areas, placed, step_of, "coverage", address),
        "legend": legend(placed, step_of, "coverage"),
        "sources": credits_of(code) if picture else [],
        "definitions": list(DEFINITIONS.items()),
        "version": VERSION,
        "smallest_shown": SMALLEST_SHOWN,
        "undrawn": len(step_of.keys() - {area.code for area in picture.areas}) if picture else 0,
    }
    return rendered(request, "outreach/monitoring/pack.html", regions, now, asked, context)


@for_staff
def pack_file(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The pack, or one part of it, as a file."""
    if form not in FORMS:
        raise Http404
    region = _regency(code)[-1]
    now = timezone.now()
    period = asked_of(request, now).period
    pack = packs.pack_of(region, period, open_regions(cast("User", request.user)), now)
    written, kind = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="{pack.name}.{form}"'}
    return HttpResponse(written(pack), content_type=kind, headers=headers)


def _regency(code: str) -> list[Region]:
    """A regency or city below its province. Raises Http404 for anything else."""
    regions = chain(code)
    if not regions or regions[-1].level != REGENCY:
        raise Http404
    return regions


urlpatterns = [
    path("monitoring/", choose_page, name="monitoring-choice"),
    path("monitoring/<str:code>/", pack_page, name="monitoring-page"),
    path("monitoring/<str:code>/pack.<str:form>", pack_file, name="monitoring-file"),
]
