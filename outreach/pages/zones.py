"""Whose clock a page about an office goes by."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from outreach.models import Region, User
from outreach.offices.territory import ZONE, assigned_to, today


def office_zone(user: User) -> ZoneInfo:
    """The zone of the widest region that the user's office looks after; Jakarta's without one."""
    return ZONE if user.office_id is None else zone_of_office(user.office_id)


def zone_of_office(office_id: int) -> ZoneInfo:
    """The zone of the widest region that an office looks after; Jakarta's without one."""
    codes = assigned_to([office_id], today(timezone.now()))[office_id]
    widest = Region.objects.filter(code__in=codes).order_by("level", "code").first()
    return ZoneInfo(widest.time_zone) if widest else ZONE


def rendered_in_office(
    request: HttpRequest, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page whose times are the office's."""
    with timezone.override(office_zone(cast("User", request.user))):
        return render(request, template, context)


def by_office_clock(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that reads what is typed as times, too, by the office's clock."""

    @wraps(view)
    def timed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(office_zone(cast("User", request.user))):
            return view(request, *args, **kwargs)

    return timed
