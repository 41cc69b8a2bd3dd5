"""The coordinators' queue: everything that waits for somebody, the most valuable first."""

from datetime import timedelta
from typing import Any, NamedTuple, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from outreach.api.pages import in_order
from outreach.finding_remarks import findings_with_decisions, in_state
from outreach.models import MonthFinding, User
from outreach.pages.asked import Asked, asked_of
from outreach.pages.paging import page_or_first
from outreach.pages.queue_rows import choices, claims_of, with_parts
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.told import just_decided
from outreach.waiting import KINDS, MOST_COUNTED, counted, order_of, waiting
from sync.held import newest_held
from sync.models import HeldRecord

Role = User.Role
AT_FIRST = 8
"""Of each kind, where all are shown."""
PAGE_SIZE = 50


class Listed(NamedTuple):
    """What waits of one kind: how many, and the rows that are shown."""

    kind: str
    asked: Asked
    number: int
    rows: list[Any]
    next: str | None = None

    @property
    def query(self) -> str:
        return self.asked.query(kind=self.kind)

    @property
    def next_query(self) -> str:
        return self.asked.query(kind=self.kind, cursor=self.next)

    @property
    def more(self) -> bool:
        return self.number > MOST_COUNTED


@page_for(*KEEPERS)
def queue_page(request: HttpRequest) -> HttpResponse:
    """What waits of every kind; or of one, page by page."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    listed = [_listed(kind, queue, asked) for kind, queue in _queues(user, asked).items()]
    shown = [one for one in listed if one.kind == asked.kind] or listed
    cases = [row for one in shown for row in one.rows]
    claims = claims_of([case for case in cases if case._meta.app_label == "outreach"], now)
    context = {
        "asked": asked,
        "listed": listed,
        "shown": [one for one in shown if one.rows or one.kind == asked.kind],
        "is_empty": not any(one.number for one in listed),
        "claims": claims,
        "choices": choices(user, asked, now),
        "accepts": user.role == Role.COORDINATOR,
        "most_counted": MOST_COUNTED,
        "all_query": asked.query(kind=None),
        "told": just_decided(request.GET, user),
    }
    return render(request, "outreach/queue/queue.html", context)


class Queue(NamedTuple):
    """What waits of a kind, what it is ordered by, and whether the lowest come first."""

    rows: QuerySet[Any]
    by: str
    lowest_first: bool


def _queues(user: User, asked: Asked) -> dict[str, Queue]:
    """What the filters leave of each kind; kinds that know nothing of a filter are left out."""
    now = timezone.now()
    seen = asked.seen(user, now)
    queues: dict[str, Queue] = {}
    for kind in KINDS:
        queues[kind] = Queue(with_parts(kind, waiting(kind, seen)), *order_of(kind))
    if not asked.filters.keys() & {"village", "flag"}:
        queues["held"] = Queue(_held(user, asked), "received_at", lowest_first=True)
    if not asked.filters.keys() & {"village", "flag", "campaign", "days"}:
        queues["findings"] = Queue(_findings(user, asked), "raised_at", lowest_first=False)
    return queues


def _held(user: User, asked: Asked) -> QuerySet[HeldRecord]:
    query = asked.filters | {"state": HeldRecord.State.HELD}
    if "days" in asked.filters:
        query["before"] = timezone.now() - timedelta(days=asked.filters["days"])
    return newest_held(user, query).select_related("kader", "campaign")


def _findings(user: User, asked: Asked) -> QuerySet[MonthFinding]:
    findings = in_state(findings_with_decisions(user).filter(taken_back_at=None), "open")
    if "kader" in asked.filters:
        findings = findings.filter(kader=asked.filters["kader"])
    rows: QuerySet[MonthFinding] = findings.select_related("kader", "office")
    return rows


def _listed(kind: str, queue: Queue, asked: Asked) -> Listed:
    rows, by, lowest_first = queue
    count = counted(rows)
    if asked.kind is None:
        ordered = in_order(rows, by, lowest_first=lowest_first)
        return Listed(kind, asked, count, list(ordered[:AT_FIRST]) if count else [])
    if asked.kind != kind:
        return Listed(kind, asked, count, [])
    page = page_or_first(rows, asked.cursor, by, PAGE_SIZE, lowest_first=lowest_first)
    return Listed(kind, asked, count, page.results, page.next)


urlpatterns = [path("queue/", queue_page, name="queue-page")]
