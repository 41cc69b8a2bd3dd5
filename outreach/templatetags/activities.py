"""Words for the pages about campaigns."""

from django import template
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.activities.calendar import DayRule, OnDate, OnPasaran, OnWeekday, OnWeton

register = template.Library()

TYPES = {
    "market_drive": gettext_lazy("market drive"),
    "mobile_car": gettext_lazy("service car"),
    "trade_center_drive": gettext_lazy("trade centre drive"),
    "kader_penggerak": gettext_lazy("kader in their neighbourhood"),
    "awareness_session": gettext_lazy("awareness session"),
    "aware_village": gettext_lazy("aware village drive"),
    "service_counter": gettext_lazy("service counter"),
    "agency_drive": gettext_lazy("drive with a local agency"),
    "monev": gettext_lazy("monitoring meeting"),
    "benefit_handover": gettext_lazy("handing over a benefit"),
}


@register.filter
def activity_name(kind: str) -> str:
    """What a campaign of this type is called in the field."""
    return str(TYPES[kind])


@register.filter
def weekday_name(number: int) -> str:
    """The day of the week; 1 is Monday."""
    return str(WEEKDAYS[number - 1])


@register.filter
def rule_words(rule: DayRule) -> str:
    """A rule of a calendar in words: Monday, Monday Legi, every Legi, 25 Dec 2026."""
    match rule:
        case OnDate(date=named):
            return date_format(named, "j M Y")
        case OnWeekday(weekday=weekday):
            return weekday_name(weekday)
        case OnPasaran(pasaran=pasaran):
            return _("every %(day)s") % {"day": pasaran.value.title()}
        case OnWeton(weekday=weekday, pasaran=pasaran):
            return f"{weekday_name(weekday)} {pasaran.value.title()}"
