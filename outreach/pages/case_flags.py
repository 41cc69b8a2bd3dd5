"""The flags of a case, each answered by itself: explained, upheld, opened again."""

from collections.abc import Sequence
from typing import NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from outreach.flag_remarks import remark
from outreach.models import Flag, FlagRemark, Registration, User
from outreach.pages.asked import asked_of, case_address
from outreach.pages.judging import Standing, said_in, standing, tell_refusal
from outreach.pages.staff import page_for
from outreach.problems import Problem
from outreach.scopes import registrations_for


class Doubt(NamedTuple):
    """A flag, none where it was taken back, with what was said about it and where that stands."""

    code: str
    flag: Flag | None
    remarks: Sequence[FlagRemark]
    standing: Standing


def doubts_of(case: Registration) -> list[Doubt]:
    """A case's flags, and those taken back that something was said about; those that wait first."""
    flags: dict[str, Flag] = {flag.code: flag for flag in case.flags.all()}
    remarks: dict[str, list[FlagRemark]] = {code: [] for code in flags}
    for one in case.flag_remarks.select_related("by").order_by("pk"):
        remarks.setdefault(one.code, []).append(one)
    doubts = [
        Doubt(code, flags.get(code), said, standing(said)) for code, said in sorted(remarks.items())
    ]
    return sorted(doubts, key=lambda one: (one.flag is None, one.standing.state != "open"))


@page_for(User.Role.COORDINATOR, methods=("POST",))
def flag_page(request: HttpRequest, registration_id: UUID, code: str) -> HttpResponse:
    """Decide about one flag, and see how it stands; the registration's status stays as it is."""
    user, now = cast("User", request.user), timezone.now()
    case = registrations_for(user).filter(pk=registration_id).select_related("campaign").first()
    if case is None:
        raise Http404
    address = case_address(case, asked_of(request.GET.dict()))
    said = said_in(request)
    if said is None:
        return redirect(address)
    kind, text = said
    try:
        remark(case.pk, code, FlagRemark.Kind(kind), user, text, now)
    except Problem as problem:
        if problem.slug == "not_found":
            raise Http404 from None
        remarks = case.flag_remarks.filter(code=code).select_related("by").order_by("pk")
        tell_refusal(request, problem, remarks, ZoneInfo(case.campaign.time_zone))
        return redirect(address)
    return redirect(f"{address}#flag-{code}")


urlpatterns = [
    path(
        "queue/registrations/<uuid:registration_id>/flags/<slug:code>/",
        flag_page,
        name="case-flag-page",
    ),
]
