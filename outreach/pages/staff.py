"""Who may see pages of the console, and which sections are theirs."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

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


def page_for(*roles: str, methods: Sequence[str] = ("GET", "HEAD")) -> Callable[[View], View]:
    """Signed-in users of these roles get the page; others are told that it is not theirs."""

    def guarded(view: View) -> View:
        @wraps(view)
        def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            note_use(request, timezone.now())
            role = cast("User", request.user).role
            if role in roles:
                return view(request, *args, **kwargs)
            template = "not_for_role" if role in STAFF else "not_for_kader"
            return render(request, f"outreach/{template}.html", status=403)

        return never_cache(login_required(require_http_methods(methods)(guard)))

    return guarded


for_staff = page_for(*STAFF)
