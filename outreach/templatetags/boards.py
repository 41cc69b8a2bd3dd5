"""Words and small bars for the boards."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outreach.activities.withholding import SEXES
from outreach.templatetags.standings import bar_of, piece, seen

register = template.Library()


@register.filter
def no_forecast(why: str, least_months: int) -> str:
    """Why a year has no forecast."""
    match why:
        case "too_few_months":
            return _("A forecast needs %(number)s whole months.") % {"number": least_months}
        case "year_over":
            return _("The year is over.")
        case "year_not_begun":
            return _("The year has not begun.")
        case _other:
            return _("not shown")


@register.simple_tag
def target_bar(row: Mapping[str, Any]) -> SafeString:
    """Verified people up to the target, with a mark at the plan until today."""
    most = max(row["target"] or 1, row["verified"] or 0)
    plan = row["plan_to_date"] or 0
    return bar_of(
        piece("coverage", 0, row["verified"] or 0, most),
        piece("tick", plan - most * 0.005, most * 0.01, most),
    )


@register.simple_tag
def forecast_bar(row: Mapping[str, Any]) -> SafeString:
    """What a year may end with as a band, the likeliest as a line, and a mark at the target."""
    told, target = row["forecast"], row["target"] or 0
    most = max(told["high"], target, 1)
    return bar_of(
        piece("band", told["low"], told["high"] - told["low"], most),
        piece("line", told["middle"] - most * 0.01, most * 0.02, most),
        piece("tick", target - most * 0.01, most * 0.01, most) if target else SafeString(),
    )


@register.simple_tag
def heads(attendance: Mapping[str, Any]) -> SafeString:
    """How many came, if nothing of it is withheld, and to how many sessions."""
    counts = [attendance[name] for name in SEXES]
    total = None if None in counts else sum(counts)
    sessions = ngettext("%(number)s session", "%(number)s sessions", attendance["sessions"]) % {
        "number": attendance["sessions"]
    }
    return format_html("<strong>{}</strong><small>{}</small>", seen(total), sessions)
