"""Striking months of kader and offices: a list, one with what it rests on, and totals."""

from calendar import monthrange
from collections.abc import Sequence
from typing import NamedTuple, cast

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.api.findings import FindingsForm, TotalsForm, counts_told
from outreach.api.remark_shapes import REMARK_STATES
from outreach.detecting.totals import totals_of
from outreach.finding_remarks import findings_with_decisions, in_state, remark
from outreach.flags import shown
from outreach.models import FindingRemark, MonthFinding, Registration, User
from outreach.months import later
from outreach.pages.judging import said_in, standing, tell_refusal
from outreach.pages.paging import page_or_first
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.standings_frame import months_until
from outreach.pages.typed import readable
from outreach.pages.zones import office_zone, rendered_in_office
from outreach.problems import Problem
from outreach.scopes import offices_for
from outreach.standings.months import current_period
from outreach.standings.small_cells import SMALLEST_SHOWN

Role = User.Role
EVIDENCE = {
    "last": gettext_lazy("Registrations on its last days"),
    "whole": gettext_lazy("Registrations of the whole month"),
    "days": gettext_lazy("Last days that are looked at"),
    "most": gettext_lazy("Most on as many days before"),
    "over": gettext_lazy("Months just over the threshold"),
    "near": gettext_lazy("Months near the threshold"),
    "threshold": gettext_lazy("Threshold of the incentive"),
    "chance_percent": gettext_lazy("By chance that is so, in per cent"),
    "false_alarms_percent": gettext_lazy("False alarms put up with, in per cent"),
    "rule": gettext_lazy("Thresholds that hold since"),
}


class Day(NamedTuple):
    """A day of a month as a bar of a picture 100 wide and 40 high."""

    number: int
    captured: int
    x: float
    width: float
    height: float
    is_last: bool


@page_for(*KEEPERS)
def findings_page(request: HttpRequest) -> HttpResponse:
    """Striking months that stand in one way, the newest first."""
    user = cast("User", request.user)
    asked, _unread = readable(FindingsForm, request.GET.dict())
    state = asked.get("state", "open")
    found = findings_with_decisions(user).filter(taken_back_at=None)
    rows = in_state(found, state).select_related("kader__office", "office")
    page = page_or_first(rows, request.GET.get("cursor", ""), "raised_at")
    context = {"page": page, "state": state, "states": REMARK_STATES}
    return rendered_in_office(request, "outreach/findings/findings.html", context)


@page_for(*KEEPERS)
def finding_page(request: HttpRequest, finding_id: int) -> HttpResponse:
    """A striking month: what it rests on, what was said about it, and what may be."""
    user = cast("User", request.user)
    finding = _finding(user, finding_id)
    remarks = _remarks(finding)
    context = {
        "finding": finding,
        "evidence": [
            (label, shown(finding.evidence[name]))
            for name, label in EVIDENCE.items()
            if name in finding.evidence
        ],
        "days": _days(finding),
        "remarks": remarks,
        "standing": standing(remarks),
        "answers": user.role == Role.COORDINATOR,
        "decides": finding.office_id is None or finding.office_id != user.office_id,
    }
    return rendered_in_office(request, "outreach/findings/finding.html", context)


@page_for(*KEEPERS, methods=("POST",))
def say_page(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Answer or decide about a striking month; nothing else follows from it."""
    user = cast("User", request.user)
    finding = _finding(user, finding_id)
    said = said_in(request)
    if said is None:
        return redirect("finding-page", finding_id)
    kind, text = FindingRemark.Kind(said[0]), said[1]
    if kind == FindingRemark.Kind.ANSWER and user.role != Role.COORDINATOR:
        messages.error(request, _("Coordinators answer."))
        return redirect("finding-page", finding_id)
    try:
        remark(finding_id, kind, user, text, timezone.now())
    except Problem as problem:
        tell_refusal(request, problem, _remarks(finding), office_zone(user))
    return redirect("finding-page", finding_id)


def _finding(user: User, finding_id: int) -> MonthFinding:
    """Raises Http404."""
    seen = findings_with_decisions(user).select_related("kader__office", "office")
    found: MonthFinding | None = seen.filter(pk=finding_id).first() if finding_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _remarks(finding: MonthFinding) -> list[FindingRemark]:
    return list(finding.remarks.select_related("by").order_by("pk"))


def _days(finding: MonthFinding) -> Sequence[Day]:
    """What a kader captured on each day of the month; nothing for an office's finding."""
    if finding.kader_id is None:
        return ()
    of_days = Registration.objects.filter(
        kader=finding.kader_id,
        local_day__gte=finding.month,
        local_day__lt=later(finding.month, 1),
    )
    counts = dict(of_days.values_list("local_day").annotate(Count("pk")))
    last = monthrange(finding.month.year, finding.month.month)[1]
    most = max(counts.values(), default=1)
    step = 100 / last
    days = []
    for number in range(1, last + 1):
        count = counts.get(finding.month.replace(day=number), 0)
        height = round(40 * count / most, 2)
        is_last = number > last - finding.evidence.get("days", 0)
        x = round((number - 1) * step, 2)
        days.append(Day(number, count, x, round(step * 0.8, 2), height, is_last))
    return days


@page_for(*KEEPERS, Role.SUPERVISOR)
def totals_page(request: HttpRequest) -> HttpResponse:
    """A month's doubts by office and kind; for supervisors without small counts."""
    user, now = cast("User", request.user), timezone.now()
    newest = current_period(now)
    months = months_until(newest)
    asked, _unread = readable(TotalsForm, request.GET.dict())
    month = asked.get("period") or newest
    offices = dict(offices_for(user).values_list("pk", "name"))
    guarded = user.role == Role.SUPERVISOR
    rows = [counts_told(row, guarded=guarded) for row in totals_of(offices, month)]
    context = {
        "rows": [row | {"name": offices[row["office"]]} for row in rows],
        "month": month,
        "months": months if month in months else [month, *months],
        "guarded": guarded,
        "smallest_shown": SMALLEST_SHOWN,
        "lists": user.role in KEEPERS,
        "states": REMARK_STATES,
    }
    return rendered_in_office(request, "outreach/findings/totals.html", context)


urlpatterns = [
    path("findings/", findings_page, name="findings-page"),
    path("findings/totals/", totals_page, name="finding-totals-page"),
    path("findings/<int:finding_id>/", finding_page, name="finding-page"),
    path("findings/<int:finding_id>/say/", say_page, name="say-finding-page"),
]
