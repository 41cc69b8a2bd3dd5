"""Personal data and the ID card of a case, in clear in one answer; who looked and why is kept."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.api.disclosing import DISCLOSED, disclose
from outreach.models import User
from outreach.pages.asked import asked_of
from outreach.pages.cases import shown_case
from outreach.pages.staff import page_for
from outreach.pages.typed import reason_of
from outreach.problems import Problem


@page_for(User.Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
def disclose_page(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """The case with what was asked for in clear; looked at again, it is masked."""
    query = asked_of(request.GET.dict()).query()
    masked = redirect(reverse("case-page", args=[registration_id]) + query)
    if request.method != "POST":
        return masked
    fields = [name for name in DISCLOSED if name in request.POST.getlist("fields")]
    reason = reason_of(request)
    if not fields or reason is None:
        messages.error(request, _("Nothing was shown: choose what you need to see, and say why."))
        return masked
    asked = {"user": request.user, "fields": fields, "reason": reason, "shown_at": timezone.now()}
    try:
        shown = disclose(registration_id, asked)
    except Problem:
        raise Http404 from None
    return shown_case(request, registration_id, disclosed=shown)


urlpatterns = [
    path(
        "queue/registrations/<uuid:registration_id>/disclose/",
        disclose_page,
        name="case-disclose-page",
    ),
]
