"""A file of plans to begin with: the headings, and one row that could be planned as it is."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from outreach.activities.plan_file import PLANS, ZONE_NAMES
from outreach.activities.type_words import type_name
from outreach.models import User
from outreach.scopes import offices_for


def example(user: User, zone: ZoneInfo, today: date) -> list[Sequence[str]]:
    """Headings and a row with what is the user's own: an office, its zone and one of its kader."""
    office = user.office or offices_for(user).order_by("-kind", "name").first()
    kader = User.objects.filter(office=office, role=User.Role.KADER, is_active=True)
    in_a_week = today + timedelta(days=7)
    row = {
        "type": type_name("market_drive"),
        "name": _("Example: replace this row"),
        "first_day": date_format(in_a_week, "j F Y"),
        "opens": "08:00",
        "last_day": date_format(in_a_week + timedelta(days=1), "j F Y"),
        "closes": "12:30",
        "zone": ZONE_NAMES[zone.key],
        "office": office.name if office else "",
        "team": kader.order_by("username").values_list("username", flat=True).first() or "",
        "target": "40",
    }
    return [
        [column.headings[0] for column in PLANS.columns],
        [row.get(column.name, "") for column in PLANS.columns],
    ]
