"""Pages about regions: their boundary sets over each other, codes, denominators and history."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from outreach.geo.region_codes import is_region_code, lineage_of
from outreach.models import BoundaryChange, BoundarySet, Region, RegionAlias
from outreach.pages.region_maps import MOST_DRAWN, credits_of, region_map, village_map
from outreach.pages.staff import for_staff
from outreach.places.regions.aliases import resolve
from outreach.places.showing import finding as browsing
from outreach.places.showing.comparisons import known_boundaries, surroundings
from outreach.places.showing.histories import boundary_changes, boundary_sets
from outreach.places.showing.maps import map_version
from outreach.reattribution.report import Findings

LONGEST_SEARCH = 100
SETS_AT_FIRST = 8
"""Sets shown at once; a province may have one for each of its regencies."""
CHANGES_AT_FIRST = 5
EXCEPTIONS_AT_FIRST = 20


@for_staff
def regions_page(request: HttpRequest) -> HttpResponse:
    """The provinces, or the regions that a search finds; a code leads to its region at once."""
    text = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    if is_region_code(text) and Region.objects.filter(code=text).exists():
        return redirect("region-page", text)
    results = browsing.found(text) if text else []
    context: dict[str, Any] = {
        "q": text,
        "results": results[: browsing.MOST_FOUND],
        "is_cut": len(results) > browsing.MOST_FOUND,
        "children": [] if text else browsing.below(),
    }
    return render(request, "outreach/regions.html", context)


@for_staff
def region_page(request: HttpRequest, code: str) -> HttpResponse:
    """A region: of a village all boundaries over each other, of others what lies in it."""
    if not is_region_code(code):
        raise Http404
    regions = list(Region.objects.filter(code__in=lineage_of(code)).order_by("level"))
    if not regions or regions[-1].code != code:
        return _older_code_page(request, code)
    region = regions[-1]
    about = _village(region) if region.level == Region.Level.VILLAGE else _area(region)
    changes = _changes(code)
    exceptions = browsing.load_exceptions(code) if region.level > 1 else []
    shown = [entry for entry in exceptions if entry.is_open][:EXCEPTIONS_AT_FIRST]
    context = {
        "region": region,
        "regions": regions,
        "denominators": region.denominators.filter(replaced_at=None).order_by(
            "-year", "segment", "source"
        ),
        "aliases": region.aliases.order_by("system", "code"),
        "changes": changes[:CHANGES_AT_FIRST],
        "more_changes": changes[CHANGES_AT_FIRST:],
        "loads": browsing.loads(_sets_named(changes, about)),
        "since": changes[0]["change"] if changes else None,
        "exceptions": shown,
        "more_exceptions": exceptions[len(shown) :],
        **about,
    }
    template = "region_village" if region.level == Region.Level.VILLAGE else "region"
    with timezone.override(ZoneInfo(region.time_zone)):
        return render(request, f"outreach/{template}.html", context)


def _older_code_page(request: HttpRequest, code: str) -> HttpResponse:
    older = resolve(RegionAlias.System.KEMENDAGRI, [code]).get(code)
    if older is None:
        raise Http404
    successor = Region.objects.filter(code=older.region).first()
    context = {"code": code, "older": older, "successor": successor}
    return render(request, "outreach/region_older.html", context, status=404)


def _village(village: Region) -> dict[str, Any]:
    known = known_boundaries(village.code)
    reference = next((entry for entry in known if entry.is_reference), None)
    drawn = [entry.polygon for entry in known[:MOST_DRAWN] if entry.polygon]
    around = surroundings(village.code, drawn) if drawn else None
    return {
        "known": known,
        "reference": reference,
        "around": around,
        "beside": [near for near in around.neighbours if near.is_beside] if around else [],
        "most_drawn": MOST_DRAWN,
        "map": village_map(known, around.neighbours if around else []),
    }


def _area(region: Region) -> dict[str, Any]:
    sets: list[Any] = list(boundary_sets(region.code))
    version = map_version(region.code)
    drawn = region_map(region.code, version)
    with_villages = region.level >= Region.Level.REGENCY
    return {
        "children": browsing.below(region.code) if region.level < Region.Level.DISTRICT else [],
        "villages": browsing.villages_of(region.code) if with_villages else [],
        "map": drawn,
        "is_provisional": version.is_provisional and drawn is not None,
        "sources": credits_of(region.code),
        "boundary_sets": sets[:SETS_AT_FIRST],
        "more_sets": sets[SETS_AT_FIRST:],
        "more_current": sum(found.current > 0 for found in sets[SETS_AT_FIRST:]),
    }


def _sets_named(changes: list[dict[str, Any]], about: dict[str, Any]) -> set[UUID]:
    """The ids of all sets that a page names."""
    moved = {entry[side].id for entry in changes for side in ("before", "after") if entry[side]}
    known = {entry.boundary.set_id for entry in about.get("known", ())}
    shown = {found.id for name in ("boundary_sets", "more_sets") for found in about.get(name, ())}
    return moved | known | shown


def _changes(code: str) -> list[dict[str, Any]]:
    """The newest changes of the regency's current set, with both sets and what came of it."""
    changes = boundary_changes(code)
    moves = [change.regencies[code[:5]] for change in changes]
    ids = {set_id for move in moves for set_id in move.values() if set_id}
    sets = BoundarySet.objects.filter(id__in=ids).defer("report")
    named = {str(found.id): found for found in sets}
    return [
        {
            "change": change,
            "before": named.get(move["before"]),
            "after": named.get(move["after"]),
            "findings": _findings(change),
        }
        for change, move in zip(changes, moves, strict=True)
    ]


def _findings(change: BoundaryChange) -> dict[str, int] | None:
    """What became of registrations, in numbers; None as long as nothing is known of it."""
    if not change.reattributed_at or not change.report:
        return None
    report = Findings.from_json(change.report)
    return {
        "looked_at": report.looked_at,
        "changed": report.changed,
        "raised": report.raised.total(),
        "taken_back": report.taken_back.total(),
        "decided": report.decided_count,
    }


urlpatterns = [
    path("regions/", regions_page, name="regions-page"),
    path("regions/<str:code>/", region_page, name="region-page"),
]
