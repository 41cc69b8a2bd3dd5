"""Words for the pages about what waits for a decision."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import template
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outreach.dedup.scoring import probability
from outreach.flags import flag_text, month_flag_text
from outreach.foreseeing import Change
from outreach.geo.venue import outside_circle_m, outside_polygon_m, polygon_of
from outreach.masking import masked_nik, masked_phone
from outreach.models import (
    Decision,
    Flag,
    MatchPair,
    MonthFinding,
    Registration,
)
from outreach.pages.case_words import WORDS
from outreach.pages.comparing import occupation_words

register = template.Library()


@register.filter
def word(code: str | None, of: str) -> str:
    """What a code is called; the code itself where it is not known, a dash for none."""
    return str(WORDS[of].get(code, code)) if code else "–"


@register.filter
def flag_words(flag: Flag) -> str:
    return flag_text(flag.code, flag.evidence, getattr(flag, "names", None) or {})


@register.filter
def finding_words(finding: MonthFinding) -> str:
    return month_flag_text(finding.code, finding.evidence)


@register.filter
def whose(finding: MonthFinding) -> str:
    """The kader or the office that a finding is about."""
    return str(finding.kader or finding.office)


@register.filter
def lasting(address: str) -> str:
    """A photo's link made anew whenever it is opened, for a page that stays open for longer."""
    return reverse("photo-page", args=[address.rstrip("/").rpartition("/")[2]])


@register.filter
def nik(record: Registration) -> str:
    return masked_nik(record.nik, record.pk) or "–"


@register.filter
def phone(record: Registration) -> str:
    return masked_phone(record.phone, record.pk) or "–"


register.filter("occupation_words", occupation_words)


@register.filter
def of_case(mapping: Mapping[Any, Any], key: UUID | str) -> Any:
    """What a mapping has for a case or code; None for nothing."""
    return mapping.get(key)


@register.filter
def waited(since: datetime) -> str:
    """For how long something has waited, in whole days or hours."""
    waiting = max(timezone.now() - since, timedelta())
    if waiting.days:
        return ngettext("%(number)s day", "%(number)s days", waiting.days) % {
            "number": waiting.days
        }
    hours = waiting.seconds // 3600
    if hours < 1:
        return _("less than an hour")
    return ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours}


@register.filter
def effect(change: Change) -> str:
    """By how much a figure changes: `+1 verified, −1 provisional`."""
    parts = [
        _("%(number)s verified") % {"number": _signed(change.verified)} if change.verified else "",
        _("%(number)s provisional") % {"number": _signed(change.provisional)}
        if change.provisional
        else "",
    ]
    return ", ".join(part for part in parts if part)


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"−{abs(number)}"


@register.filter
def likely(score: float) -> str:
    """How probable it is that two records are one person, in words and per cent."""
    share = probability(score)
    percent = floatformat(100 * min(max(share, 0.01), 0.99), "0g")
    if share >= 0.9:
        return _("very alike (%(percent)s %%)") % {"percent": percent}
    if share >= 0.5:
        return _("rather alike (%(percent)s %%)") % {"percent": percent}
    return _("little alike (%(percent)s %%)") % {"percent": percent}


@register.filter
def weight_words(weight: float) -> str:
    """How much a reason weighs, in words."""
    heavy = abs(weight)
    if heavy >= 6:
        return _("very strong")
    if heavy >= 3:
        return _("strong")
    return _("medium") if heavy >= 1 else _("weak")


@register.filter
def shown_value(value: Any) -> str:
    """A field's value as it was sent, already masked, in a line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {shown_value(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(shown_value(one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None or value == "" else str(value)


@register.filter
def asked_since(pair: MatchPair) -> str:
    """For how long a question can have been there: since the later of the two came."""
    return waited(max(pair.left.received_at, pair.right.received_at))


@register.filter
def percent_of(share: float | None) -> str:
    return "" if share is None else f"{floatformat(100 * share, '0g')} %"


@register.filter
def from_venue(record: Registration) -> float | None:
    """How many metres a position is from the venue's border, 0 inside; None if unknown."""
    if record.lat is None or record.lon is None:
        return None
    stop, campaign = record.stop, record.campaign
    if stop is not None:
        return outside_circle_m(record.lat, record.lon, stop.lat, stop.lon, stop.radius_m)
    if campaign.venue_polygon:
        return outside_polygon_m(record.lat, record.lon, polygon_of(campaign.venue_polygon))
    if campaign.venue_lat is None or campaign.venue_lon is None:
        return None
    circle = campaign.venue_lat, campaign.venue_lon, campaign.venue_radius_m or 0.0
    return outside_circle_m(record.lat, record.lon, *circle)


@register.filter
def took_back(decision: Decision) -> Decision | None:
    """What took a decision back, if anything did."""
    return getattr(decision, "undone_by", None)
