"""The ranking of a region as a map: its villages in five steps, drawn here, without map tiles."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from outreach.geo.region_codes import CODE_LENGTHS, level_of
from outreach.models import Region, User
from outreach.pages.region_maps import Drawn, credits_of, villages_picture
from outreach.pages.staff import for_staff
from outreach.pages.standings_frame import (
    asked_of,
    chain,
    regions_below,
    rendered,
    standings_address,
)
from outreach.places.showing.maps import map_version
from outreach.standings.mapping import (
    COVERAGE_LIMITS,
    STEPS,
    UNMEASURED,
    WITHHELD,
    Colouring,
    Placed,
    mapped,
    steps,
)
from outreach.standings.months import current_period
from outreach.standings.rankings import totals
from outreach.standings.small_cells import SMALLEST_SHOWN, open_regions
from outreach.templatetags.standings import percent, whole

COLOURINGS: tuple[Colouring, ...] = ("rank", "coverage")
LISTED = 60
"""Villages without a boundary that are named under a map; the ranking has them all."""
OTHER = -2
"""On the map, but not in this ranking."""


class Key(NamedTuple):
    """A line of the legend: what a colour means, and how many villages have it."""

    css: str
    label: str
    villages: int


class Part(NamedTuple):
    """A region inside the one on the map: how many of its villages are on each step."""

    code: str
    name: str
    villages: int
    bars: list[tuple[str, float, float]]
    """Of each step where its bar starts and its length, in hundredths of the villages."""


@gzip_page
@for_staff
def map_page(request: HttpRequest, code: str) -> HttpResponse:
    """The villages of a province, regency, city or district on a map."""
    regions = chain(code)
    if level_of(code) == Region.Level.VILLAGE:
        raise Http404
    now = timezone.now()
    asked = asked_of(request, now)
    colouring = next((c for c in COLOURINGS if c == request.GET.get("colour")), COLOURINGS[0])
    open_to = open_regions(cast("User", request.user))
    found = mapped(code, asked.period, asked.stratum, open_to)
    step_of = dict(
        zip((one.code for one in found.villages), steps(found.villages, colouring), strict=True)
    )
    version = map_version(code)
    picture = villages_picture(code, version)
    is_current = asked.period == current_period(now)
    query = "" if is_current else f"?period={asked.period:%Y-%m}"
    drawn = {area.code for area in picture.areas} if picture else set()
    undrawn = [one for one in found.villages if one.code not in drawn]
    stratum = asked.stratum or ""
    return rendered(
        request,
        "outreach/standings_map.html",
        regions,
        now,
        asked,
        {
            "as_of": found.frozen_at or now,
            "colouring": colouring,
            "colourings": COLOURINGS,
            "picture": picture,
            "areas": picture
            and areas(picture.areas, found.villages, step_of, colouring, "../../{}/" + query),
            "is_provisional": version.is_provisional and picture is not None,
            "sources": credits_of(code) if picture else [],
            "legend": legend(found.villages, step_of, colouring),
            "parts": _parts(code, found.villages, step_of),
            "villages": [
                (one, css_of(step_of[one.code]), value(one, colouring))
                for one in (found.villages if level_of(code) > Region.Level.PROVINCE else [])
            ],
            "undrawn": undrawn[:LISTED],
            "more_undrawn": max(0, len(undrawn) - LISTED),
            "village_query": query,
            "totals": totals(code, asked.period, asked.stratum, open_to=open_to),
            "children": regions_below(code),
            "table": standings_address(code, f"{asked.period:%Y-%m}", stratum),
        },
    )


def areas(
    drawn: Sequence[Drawn],
    villages: Sequence[Placed],
    step_of: Mapping[str, int],
    colouring: Colouring,
    address: str,
) -> SafeString:
    """Links of an SVG picture to the villages' pages, each named with its value.

    `address` has `{}` for a village's code.

    Written here: a template takes ten times as long for the villages of a province.
    """
    place = {one.code: one for one in villages}
    links = []
    for area in drawn:
        one = place.get(area.code)
        told = f", {value(one, colouring)}" if one else ""
        links.append(
            f'<a href="{address.format(area.code)}" tabindex="-1">'
            f'<path class="{css_of(step_of.get(area.code, OTHER))}" d="{area.path}">'
            f"<title>{escape(area.name + told)}</title></path></a>"
        )
    return mark_safe("".join(links))  # noqa: S308 - names are escaped, the rest is ours


def value(village: Placed, colouring: Colouring) -> str:
    """What the map shows of a village, in a word."""
    if not village.is_measured or (colouring == "rank" and village.rank is None):
        return "–"
    if colouring == "rank":
        return whole(village.rank or 0)
    return f"<{SMALLEST_SHOWN}" if village.coverage is None else percent(village.coverage)


def css_of(step: int) -> str:
    """The class of a step; of those without one a pattern."""
    return {WITHHELD: "dotted", UNMEASURED: "hatched", OTHER: "other"}.get(step, f"s{step}")


def legend(
    villages: Sequence[Placed], step_of: Mapping[str, int], colouring: Colouring
) -> list[Key]:
    """What each colour means, the best first; a pattern only where there is a village with it."""
    number = Counter(step_of.values())
    labels = _ranks(villages, step_of) if colouring == "rank" else _coverages()
    keys = [Key(css_of(step), labels[step], number[step]) for step in sorted(labels, reverse=True)]
    apart = {
        WITHHELD: _("Not shown: fewer than %(number)s verified people")
        % {"number": SMALLEST_SHOWN},
        UNMEASURED: _("Without a rank: working people not known, or too few"),
    }
    return keys + [
        Key(css_of(step), label, number[step]) for step, label in apart.items() if number[step]
    ]


def _ranks(villages: Sequence[Placed], step_of: Mapping[str, int]) -> dict[int, str]:
    """The first and last rank of each step that has a village."""
    found: dict[int, list[int]] = defaultdict(list)
    for one in villages:
        if one.rank is not None:
            found[step_of[one.code]].append(one.rank)
    if not found:
        return {1: _("No rank yet: nobody is verified")}
    return {
        step: _("Rank %(rank)s") % {"rank": whole(min(ranks))}
        if min(ranks) == max(ranks)
        else _("Rank %(first)s to %(last)s")
        % {"first": whole(min(ranks)), "last": whole(max(ranks))}
        for step, ranks in found.items()
    }


def _coverages() -> dict[int, str]:
    ends = [f"{whole(round(100 * limit))} %" for limit in COVERAGE_LIMITS]
    between = [
        _("%(low)s to under %(high)s") % {"low": low, "high": high}
        for low, high in itertools.pairwise(ends)
    ]
    labels = [
        _("under %(high)s") % {"high": ends[0]},
        *between,
        _("%(low)s and more") % {"low": ends[-1]},
    ]
    return dict(enumerate(labels, start=1))


def _parts(code: str, villages: Sequence[Placed], step_of: Mapping[str, int]) -> list[Part]:
    """The regions a level below, each with its villages by step, as bars end to end."""
    level = level_of(code) + 1
    if level == Region.Level.VILLAGE:
        return []
    counted: dict[str, Counter[int]] = defaultdict(Counter)
    for one in villages:
        counted[one.code[: CODE_LENGTHS[level - 1]]][step_of[one.code]] += 1
    named = regions_below(code).filter(code__in=counted).values_list("code", "name")
    return [_part(code, name, counted[code]) for code, name in named]


def _part(code: str, name: str, counted: Counter[int]) -> Part:
    whole_number = counted.total()
    bars, start = [], 0.0
    for step in (*range(STEPS, 0, -1), WITHHELD, UNMEASURED):
        length = 100 * counted[step] / whole_number
        if length:
            bars.append((css_of(step), round(start, 2), round(length, 2)))
        start += length
    return Part(code, name, whole_number, bars)


urlpatterns = [path("standings/<str:code>/map/", map_page, name="standings-map")]
