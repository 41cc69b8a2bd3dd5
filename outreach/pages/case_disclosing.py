"""Personal data and the ID card of a case, in clear in one answer; who looked and why is kept."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from outreach.api.disclosing import DISCLOSED, in_clear_of
from outreach.models import User
from outreach.pages.asked import asked_of
from outreach.pages.cases import shown_case
from outreach.pages.disclosed_once import shown_once, to_be_shown
from outreach.pages.staff import page_for
from outreach.pages.typed import reason_of


@page_for(User.Role.COORDINATOR, methods=("GET", "HEAD", "POST"))
def disclose_page(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """The case with what was asked for in clear, once; looked at again, it is masked."""
    masked = redirect(
        reverse("case-page", args=[registration_id]) + asked_of(request.GET.dict()).query()
    )
    if request.method != "POST":
        why = shown_once(request)
        if why is None or why.registration_id != registration_id:
            return masked
        return shown_case(request, registration_id, disclosed=in_clear_of(why))
    fields = [name for name in DISCLOSED if name in request.POST.getlist("fields")]
    reason = reason_of(request)
    if not fields or reason is None:
        messages.error(request, _("Nothing was shown: choose what you need to see, and say why."))
        return masked
    return to_be_shown(request, registration_id, fields, reason)


urlpatterns = [
    path(
        "queue/registrations/<uuid:registration_id>/disclose/",
        disclose_page,
        name="case-disclose-page",
    ),
]
