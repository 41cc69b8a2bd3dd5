"""Words and numbers for the pages about regions and their boundaries."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import template
from django.template.defaultfilters import floatformat
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.geo.polygons.drawing import ScaleBar
from outreach.pages import boundary_reasons
from outreach.standings.small_cells import SMALLEST_SHOWN
from outreach.templatetags.standings import cell

register = template.Library()

STATUSES = {
    "definitive": gettext_lazy("definitive"),
    "indicative": gettext_lazy("indicative"),
    "unknown": gettext_lazy("not known"),
}
CHANGES = {
    "load": gettext_lazy("loaded"),
    "switch": gettext_lazy("switched"),
    "undo": gettext_lazy("undone"),
    "list": gettext_lazy("villages recoded"),
}
CONFIDENCES = {
    "high": gettext_lazy("certain"),
    "low": gettext_lazy("uncertain"),
    "none": gettext_lazy("no one successor"),
}
OUTCOMES = {
    "matched": gettext_lazy("matched"),
    "repaired": gettext_lazy("repaired"),
    "unresolved": gettext_lazy("unresolved"),
    "no_boundary": gettext_lazy("no boundary"),
    "dropped": gettext_lazy("left out"),
}
SEGMENTS = {
    "working_population": gettext_lazy("working population"),
    "population": gettext_lazy("population"),
    "male": gettext_lazy("men"),
    "female": gettext_lazy("women"),
    "households": gettext_lazy("households"),
    "ktp_age": gettext_lazy("of the age of an identity card"),
    "working_by_ktp": gettext_lazy("working according to the identity card"),
    "wage_employees": gettext_lazy("wage employees"),
    "own_account_and_casual": gettext_lazy("own-account and casual workers"),
    "farmers": gettext_lazy("farmers"),
    "fishers": gettext_lazy("fishers"),
    "traders_and_self_employed": gettext_lazy("traders and self-employed"),
    "casual_labourers": gettext_lazy("casual labourers"),
}
_AGES = re.compile(r"age_(\d{1,2})_(\d{1,2}|plus)")
SYSTEMS = {"kemendagri": "Kemendagri", "bps": "BPS"}


@register.filter
def status_name(status: str) -> str:
    return str(STATUSES[status])


@register.filter
def change_name(kind: str) -> str:
    return str(CHANGES[kind])


@register.filter
def confidence_name(confidence: str) -> str:
    return str(CONFIDENCES[confidence])


@register.filter
def outcome_name(outcome: str) -> str:
    return str(OUTCOMES.get(outcome, outcome))


@register.filter
def segment_name(segment: str) -> str:
    """Who is counted; in the words of who loaded it where they are none of the usual ones."""
    if ages := _AGES.fullmatch(segment):
        start, end = ages.groups()
        if end == "plus":
            return _("aged %(start)s and above") % {"start": start}
        return _("aged %(start)s to %(end)s") % {"start": start, "end": end}
    return str(SEGMENTS.get(segment, segment))


@register.filter
def reasons(why: str) -> SafeString:
    """What a load said of a village, in the reader's language as far as it is known."""
    return boundary_reasons.reasons(why)


@register.filter
def system_name(system: str) -> str:
    return SYSTEMS[system]


@register.filter
def km2(area: float | None) -> str:
    """An area in square kilometres, with two figures at least; a dash for none."""
    if area is None:
        return "–"
    return f"{floatformat(area, '1g' if area >= 10 else '2g')} km²"


@register.filter
def hectares(area_m2: float) -> str:
    """An area in square metres, in hectares."""
    return f"{floatformat(area_m2 / 10_000, '2g')} ha"


@register.filter
def metres(length: float) -> str:
    """A length in whole metres, or in kilometres from ten of them."""
    if length < 10_000:
        return f"{floatformat(length, '0g')} m"
    return f"{floatformat(length / 1000, '1g')} km"


@register.filter
def bar_length(bar: ScaleBar) -> str:
    """A scale bar's round length, in kilometres where it has whole ones."""
    if bar.metres % 1000:
        return f"{bar.metres} m"
    return f"{floatformat(bar.metres // 1000, '0g')} km"


@register.filter
def own(names: Mapping[Any, Any], key: Any) -> Any:
    """What a mapping has for a key, empty if nothing."""
    return names.get(key, "")


@register.filter
def short_id(key: UUID) -> str:
    """As much of a set's id as commands need."""
    return str(key)[:8]


@register.filter
def items(mapping: Mapping[Any, Any] | str) -> list[tuple[Any, Any]]:
    """The pairs of a mapping; none of an empty text."""
    return list(mapping.items()) if isinstance(mapping, Mapping) else []


@register.filter
def few(count: int) -> str:
    """A count of registrations; small ones are not told."""
    return cell(None if 0 < count < SMALLEST_SHOWN else count)


@register.filter
def certainty(share: float) -> str:
    """An area in common as a share of both."""
    return _("%(share)s %% in common") % {"share": floatformat(share * 100, "0g")}
