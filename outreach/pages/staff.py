"""Who may see pages of the console, and which sections are theirs."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from structlog.contextvars import get_contextvars

from outreach.api.standings import STAFF
from outreach.models import User
from outreach.sessions import note_use

View = Callable[..., HttpResponse]


class Section(NamedTuple):
    """A part of the console in the bar at the top, for the roles that may open it; those that are
    not `daily` are folded away where the bar has many."""

    page: str
    label: str | Promise
    roles: frozenset[str]
    daily: bool = False


READING = ("GET", "HEAD")
UNSENT = "unsent"
"""In the address of a page that says that nothing came of a form."""
KEEPERS = frozenset({User.Role.COORDINATOR, User.Role.ADMINISTRATOR})
MOST_SECTIONS = 6
"""In a bar without a fold."""
SECTIONS = (
    Section("queue-page", _("Queue"), KEEPERS, daily=True),
    Section("campaigns-page", _("Campaigns"), KEEPERS, daily=True),
    Section("people-page", _("Workers"), KEEPERS, daily=True),
    Section("own-standings-page", _("Standings"), frozenset(STAFF), daily=True),
    Section("boards", _("Boards"), frozenset(STAFF), daily=True),
    Section("calls-page", _("Calls"), frozenset(STAFF)),
    Section("findings-page", _("Striking months"), KEEPERS),
    Section("finding-totals-page", _("Striking months"), frozenset({User.Role.SUPERVISOR})),
    Section("monitoring-choice", _("Monitoring"), frozenset(STAFF)),
    Section("regions-page", _("Regions"), frozenset(STAFF)),
    Section("tablets-page", _("Tablets"), KEEPERS),
    Section("crew-page", _("Accounts"), KEEPERS),
)


def page_for(*roles: str, methods: Sequence[str] = READING) -> Callable[[View], View]:
    """Signed-in users of these roles get the page; others are told that it is not theirs.

    What was sent by a form after the session had ended is not kept, and nobody can open the address
    of a form that is only sent: both lead to the page of the form, which says so.
    """

    def guarded(view: View) -> View:
        @wraps(view)
        def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                is_read = request.method in READING and request.method in methods
                return redirect_to_login(request.get_full_path() if is_read else _page_of(request))
            if request.method not in methods:
                if request.method in READING:
                    return redirect(_page_of(request))
                return HttpResponseNotAllowed(methods)
            note_use(request, timezone.now())
            role = request.user.role
            if role in roles:
                return _marked(view(request, *args, **kwargs), request)
            template = "not_for_role" if role in STAFF else "not_for_kader"
            context = {"request_id": get_contextvars().get("request_id")}
            return render(request, f"outreach/{template}.html", context, status=403)

        guard.is_page = "GET" in methods  # type: ignore[attr-defined]  # for `_page_of`
        return never_cache(guard)

    return guarded


def _marked(answer: HttpResponse, request: HttpRequest) -> HttpResponse:
    """A page that leads on to another hands on what is to be said there."""
    if isinstance(answer, HttpResponseRedirect) and request.method in READING:
        address = answer["Location"]
        if UNSENT in request.GET and UNSENT not in address:
            answer["Location"] = f"{address}{'&' if '?' in address else '?'}{UNSENT}=1"
    return answer


def _page_of(request: HttpRequest) -> str:
    """The address of the page that a form is on, the nearest above where it is sent to."""
    address = request.path
    while address != "/" and not _is_page(address):
        address = address.rstrip("/").rpartition("/")[0] + "/"
    query = request.GET.copy()
    query[UNSENT] = "1"
    return f"{address}?{query.urlencode()}"


def _is_page(address: str) -> bool:
    try:
        return bool(getattr(resolve(address).func, "is_page", False))
    except Resolver404:
        return False


for_staff = page_for(*STAFF)
