"""Clean records accepted together: first what that would do, then done, then undone if need be."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.api.pages import in_order
from outreach.claiming import claims_on
from outreach.foreseeing import of_acceptances
from outreach.models import Decision, User
from outreach.pages.asked import Asked, asked_of
from outreach.pages.queue_rows import with_parts
from outreach.pages.staff import page_for
from outreach.pages.told import accepted_since, bulk_decided
from outreach.pages.typed import read_id
from outreach.reviewing import decide, undo
from outreach.waiting import counted, order_of, waiting

Role = User.Role
MOST_AT_ONCE = 50


@page_for(Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
def accept_page(request: HttpRequest) -> HttpResponse:
    """Which records would be accepted, and what changes; posted: the chosen ones are.

    A form sent again is answered with what came of it the first time.
    """
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    if request.method == "POST":
        ids = _ids(request.POST.getlist("id"))
        reason = _("Looked through together: nothing speaks against them.")
        rulings = decide(Decision.Kind.VERIFY, _clean(ids, asked, user), user, reason, now)
        done = sum(ruling.decision is not None for ruling in rulings)
        own = accepted_since(request.POST.get("shown", ""), ids, user)
        at = now if done or not own else own[-1].decided_at
        left = len(ids) - max(done, len(own))
        mark = f"accepted={at:%Y-%m-%dT%H:%M:%S.%fZ}&left={left}"
        return redirect(f"{reverse('accepted-page')}{asked.query() or '?'}&{mark}")
    rows = waiting("clean", asked.seen(user, now))
    by, lowest_first = order_of("clean")
    found = list(with_parts("clean", in_order(rows, by, lowest_first=lowest_first))[:MOST_AT_ONCE])
    claims = claims_on([one.pk for one in found], now)
    free = [one for one in found if one.pk not in claims or claims[one.pk].by_id == user.pk]
    context = {
        "asked": asked,
        "rows": free,
        "shown_at": now.isoformat(),
        "count": counted(rows),
        "claimed": len(found) - len(free),
        "changes": of_acceptances(free, user),
    }
    return render(request, "outreach/queue/accept.html", context)


@page_for(Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
def accepted_page(request: HttpRequest) -> HttpResponse:
    """What was accepted together; posted: what of it can be is taken back."""
    user, now = cast("User", request.user), timezone.now()
    asked = asked_of(request.GET.dict())
    decisions = bulk_decided(request.GET, user)
    if request.method == "POST":
        for decision in decisions[:MOST_AT_ONCE]:
            undo(decision.pk, user, _("Taken back right away."), now)
        return redirect(request.get_full_path())
    context = {
        "asked": asked,
        "decisions": decisions,
        "left": request.GET.get("left", "")[:4],
        "undone": sum(hasattr(one, "undone_by") for one in decisions),
        "again": asked.query(kind="clean"),
    }
    return render(request, "outreach/queue/accepted.html", context)


def _ids(texts: list[str]) -> list[UUID]:
    return [found for text in texts[:MOST_AT_ONCE] if (found := read_id(text))]


def _clean(ids: list[UUID], asked: Asked, user: User) -> list[UUID]:
    """Those that are still clean: a doubt may have come up since they were shown."""
    rows = waiting("clean", asked.seen(user, timezone.now())).filter(pk__in=ids)
    return list(rows.order_by("pk").values_list("pk", flat=True))


urlpatterns = [
    path("queue/accept/", accept_page, name="accept-page"),
    path("queue/accepted/", accepted_page, name="accepted-page"),
]
