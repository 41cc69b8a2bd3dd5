"""Rows of the queue, and the choices of its filters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from outreach.claiming import claims_on
from outreach.flag_names import FLAG_NAMES
from outreach.flags import FLAGS
from outreach.models import Campaign, Claim, Flag, Region, Registration, User
from outreach.offices.territory import assigned_to, today
from outreach.pages.asked import DAYS_OFFERED, Asked
from outreach.scopes import campaigns_for, users_for
from outreach.waiting import Kind

MOST_CHOICES = 300
_FLAGS = Flag.objects.order_by("code")
_PARTS = ("campaign", "kader", "domicile_village")
_RECORDS = Registration.objects.select_related(*_PARTS)


def with_parts(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any]:
    """With everything a row shows, in three statements at most.

    Both registrations of a question are read once it is known which questions are shown: beside
    their wide rows the database would look for those.
    """
    if kind != "people":
        return rows.select_related(*_PARTS).prefetch_related(Prefetch("flags", _FLAGS))
    return rows.prefetch_related(*(Prefetch(side, _RECORDS) for side in ("left", "right")))


def claims_of(cases: Sequence[Any], now: datetime) -> Mapping[UUID, Claim]:
    return claims_on([case.pk for case in cases], now)


def choices(user: User, asked: Asked, now: datetime) -> dict[str, Any]:
    """What the filters offer: campaigns, kader and districts of the user's offices, flags, ages.

    What the address asks for is always among them.
    """
    campaigns = campaigns_for(user).exclude(type__in=Campaign.WITHOUT_SIGNUPS)
    kader = users_for(user).filter(role=User.Role.KADER).only("full_name")
    return {
        "campaigns": campaigns.only("name").order_by("-starts_at", "pk")[:MOST_CHOICES],
        "kader": kader.order_by("full_name", "pk")[:MOST_CHOICES],
        "districts": _districts(user, asked, now),
        "flags": sorted(
            ((code, FLAG_NAMES.get(code, code)) for code in FLAGS), key=lambda one: str(one[1])
        ),
        "days": DAYS_OFFERED,
    }


def _districts(user: User, asked: Asked, now: datetime) -> QuerySet[Region]:
    within = Q(code=asked.filters.get("village", ""))
    if user.office_id:
        for code in assigned_to([user.office_id], today(now))[user.office_id]:
            within |= Q(code__startswith=code, level=Region.Level.DISTRICT)
    else:
        within |= Q(level=Region.Level.PROVINCE)
    return Region.objects.filter(within).only("code", "name").order_by("code")[:MOST_CHOICES]
