"""Words for the pages about campaigns."""

from django import template
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.activities.calendar import DayRule, OnDate, OnPasaran, OnWeekday, OnWeton
from outreach.activities.type_words import NAMES

register = template.Library()
PARTNER_ROLES = {
    "local_agency": gettext_lazy("local agency"),
    "union": gettext_lazy("union"),
    "market_manager": gettext_lazy("market manager"),
}


@register.filter
def activity_name(kind: str) -> str:
    """What a campaign of this type is called in the field."""
    return str(NAMES[kind])


@register.filter
def partner_role(role: str) -> str:
    """A partner's role in words; what people wrote themselves stays as it is."""
    return str(PARTNER_ROLES.get(role, role))


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
