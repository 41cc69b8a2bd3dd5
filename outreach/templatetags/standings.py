"""Words, numbers and small bars for the pages about standings."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django import template
from django.template.defaultfilters import floatformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from outreach.monitoring.words import COMPONENT_NAMES, FIGURES
from outreach.standings.recounting import VillageStanding, WorkingPeople
from outreach.standings.scoring import LARGE_FROM, MEDIUM_FROM, Coverage, Scored
from outreach.standings.small_cells import SMALLEST_SHOWN

register = template.Library()

KINDS = {
    "province": gettext_lazy("province"),
    "regency": gettext_lazy("regency"),
    "city": gettext_lazy("city"),
    "district": gettext_lazy("district"),
    "desa": gettext_lazy("desa"),
    "kelurahan": gettext_lazy("kelurahan"),
    "customary_village": gettext_lazy("customary village"),
    "customary": gettext_lazy("customary village"),
    "official": gettext_lazy("official"),
    "estimate": gettext_lazy("estimate"),
}
# Words of the formula's own row in the database, which is where pages take them from.
gettext_noop("No official weights are published: this project's own proposal, version 1.")
PARAMETERS = {
    "period": gettext_lazy("month"),
    "stratum": gettext_lazy("group"),
    "cursor": gettext_lazy("page"),
}
REASONS = {
    "no_denominator": gettext_lazy("The working population is not known."),
    "denominator_too_small": gettext_lazy("The working population is too small for a ranking."),
    "no_component": gettext_lazy("The formula has no component with data."),
}


class Source(NamedTuple):
    """Where a denominator comes from, and whether it is official or an estimate."""

    kind: str
    name: str
    year: int


def source_of(denominator: WorkingPeople) -> Source:
    """What a denominator rests on."""
    return Source(denominator.kind, denominator.source, denominator.year)


@register.filter
def kind_name(kind: str) -> str:
    return str(KINDS[kind])


@register.filter
def component_name(name: str) -> str:
    return str(COMPONENT_NAMES[name])


@register.filter
def figure_name(name: str) -> str:
    """A figure of a monitoring report."""
    return str(FIGURES[name]).capitalize()


@register.filter
def parameter_name(name: str) -> str:
    return str(PARAMETERS.get(name, name))


@register.filter
def reason(unranked: str) -> str:
    return str(REASONS[unranked])


def size_name(stratum: str) -> str:
    """The size class of a stratum in words."""
    medium, large = whole(MEDIUM_FROM), whole(LARGE_FROM)
    match stratum.rpartition(".")[2]:
        case "small":
            return _("small: under %(workers)s workers") % {"workers": medium}
        case "medium":
            return _("medium: from %(workers)s workers") % {"workers": medium}
        case "large":
            return _("large: from %(workers)s workers") % {"workers": large}
        case _:
            return _("size not known")


@register.filter
def stratum_name(stratum: str) -> str:
    """A stratum in words."""
    regency, kind, _size = stratum.split(".")
    return f"{KINDS[kind]} ({KINDS[regency]}), {size_name(stratum)}"


@register.filter
def whole(number: int) -> str:
    """A count with the language's separators."""
    return str(floatformat(number, "0g"))


@register.filter
def cell(count: int | None) -> str:
    """A count, or that it is too small to be shown."""
    return f"<{SMALLEST_SHOWN}" if count is None else whole(count)


@register.filter
def seen(count: int | None) -> str:
    """A count, or that it is withheld, be it small or a neighbour of small ones."""
    return _("not shown") if count is None else whole(count)


@register.filter
def percent(share: float) -> str:
    """A share as a percentage, with more digits where it is small."""
    return f"{floatformat(share * 100, '1g' if share >= 0.1 else '2g')} %"


@register.simple_tag
def sources(rows: Sequence[VillageStanding]) -> list[Source]:
    """The sources of the rows' denominators, which a page lists once for all rows."""
    return sorted({source_of(row.denominator) for row in rows if row.denominator})


@register.simple_tag
def note_number(denominator: WorkingPeople, listed: Sequence[Source]) -> int | str:
    """Which note names a denominator's source, empty where there is but one."""
    return 1 + listed.index(source_of(denominator)) if len(listed) > 1 else ""


@register.filter
def district_in(code: str, names: Mapping[str, str]) -> str:
    """The name of a village's district, empty where it goes without saying."""
    return names.get(code[:8], "")


@register.filter
def axis_end(share: float) -> str:
    """Where an axis ends, in per cent."""
    return whole(round(share * 100))


@register.simple_tag
def bounds(coverage: Coverage) -> str:
    """The likely range of a coverage, in per cent."""
    digits = "1g" if coverage.high >= 0.1 else "2g"
    low, high = (floatformat(bound * 100, digits) for bound in (coverage.low, coverage.high))
    return f"{low} – {high}"


@register.simple_tag
def movement(now: int | None, before: int | None) -> SafeString | str:
    """How many places a village went up or down since the month before."""
    if now is None or before is None:
        return ""
    if now == before:
        return format_html('<span class="same">= <span class="sr">{}</span></span>', _("unchanged"))
    css, arrow, words = ("up", "▲", _("up")) if now < before else ("down", "▼", _("down"))
    return format_html(
        '<span class="{}"><span aria-hidden="true">{}</span><span class="sr">{}</span> {}</span>',
        css,
        arrow,
        words,
        whole(abs(before - now)),
    )


class Lacked(NamedTuple):
    """Working people who were not members when a month began, and how many of them are now."""

    missing: int
    made_up: int


@register.simple_tag
def missing(row: VillageStanding) -> Lacked:
    """What the closed gap of a village is made of; for a row that has one to show."""
    assert row.denominator and row.verified is not None and row.opening_verified is not None
    working = row.denominator.value
    opening = min(row.opening_verified, working)
    return Lacked(working - opening, max(0, min(row.verified, working) - opening))


@register.simple_tag
def coverage_bar(coverage: Coverage, axis: float) -> SafeString:
    """The bounds of a coverage as a band, the coverage itself as a line in it."""
    return bar_of(
        piece("band", coverage.low, coverage.high - coverage.low, axis),
        piece("line", min(coverage.share, 1) - axis * 0.01, axis * 0.02, axis),
    )


@register.simple_tag
def gap_bar(closed: float, axis: float) -> SafeString:
    """A share of a gap closed."""
    return bar_of(piece("gap", 0, closed, axis))


@register.simple_tag
def score_bar(result: Scored, axis: float) -> SafeString:
    """What each component adds to a score, end to end."""
    shapes, start = [], 0.0
    for name, weight in result.weights.items():
        width = weight * (result.components[name] or 0)
        shapes.append(piece(name, start, width, axis))
        start += width
    return bar_of(*shapes)


@register.simple_tag
def count_bar(count: int, most: int, css: str) -> SafeString:
    """A count beside the largest one."""
    return bar_of(piece(css, 0, count, most or 1))


def bar_of(*shapes: SafeString) -> SafeString:
    """A small bar of pieces on a track."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8"/>{}</svg>',
        format_html_join("", "{}", ((shape,) for shape in shapes)),
    )


def piece(css: str, start: float, width: float, axis: float) -> SafeString:
    """A piece of a bar whose end is at `axis`."""
    x, end = (min(max(100 * at / axis, 0), 100) for at in (start, start + width))
    # Not a style attribute, which the content security policy forbids.
    return format_html(
        '<rect class="{}" x="{}" width="{}" height="8"/>', css, f"{x:.2f}", f"{end - x:.2f}"
    )
