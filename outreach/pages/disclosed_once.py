"""Personal data in clear on a page that shows it once: come back to, it is masked.

Asking for it is put on record and leads to an address with a key; the key is used up by opening it.
Only what was put on record is kept with the session, nothing that is shown.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.api.disclosing import on_record
from outreach.models import Disclosure, User
from outreach.pages.briefly import keep, kept
from outreach.problems import Problem

OPENED_WITHIN = timedelta(minutes=1)
_REGISTRATION = "disclosure"


def to_be_shown(
    request: HttpRequest, registration_id: UUID, fields: Sequence[str], reason: str
) -> HttpResponse:
    """To this address by a key that opens once, after keeping who looks and why. Raises Http404."""
    asked = {"user": request.user, "fields": fields, "reason": reason, "shown_at": timezone.now()}
    try:
        why = on_record(registration_id, asked)
    except Problem:
        raise Http404 from None
    return by_key(request, _REGISTRATION, why.pk)


def shown_once(request: HttpRequest) -> Disclosure | None:
    """What the key in the address opens; None if it was opened, or a while ago."""
    found = Disclosure.objects.select_related("registration", "user")
    return found.filter(pk=opened(request, _REGISTRATION), user=cast("User", request.user)).first()


def by_key(request: HttpRequest, what: str, row: int) -> HttpResponse:
    """To this address with a key to a row that is on record."""
    query = request.GET.copy()
    query["shown"] = keep(request, what, {"row": row}, timezone.now())
    return redirect(f"{request.path}?{query.urlencode()}")


def opened(request: HttpRequest, what: str) -> int:
    """The row that the key in the address opens, and opens no more from now on; 0 if none, which
    the next page says. HEAD shows nothing and uses up nothing."""
    key, now = request.GET.get("shown", ""), timezone.now()
    if not key or request.method == "HEAD":
        return 0
    if found := kept(request, what, key, now, once_within=OPENED_WITHIN):
        return int(found["row"])
    text = _("This was shown already, or a minute has passed: to see it again, say why once more.")
    messages.info(request, text)
    return 0
