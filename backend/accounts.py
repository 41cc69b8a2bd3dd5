"""Who may sign in, for pages and tokens alike, and where a request comes from."""

import ipaddress
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from outreach.problems import in_form, problem, retry_after

LOCKED_FOR_S = int(settings.AXES_COOLOFF_TIME.total_seconds())


def may_sign_in(user: Any) -> bool:
    """Active users may; the demo's users, whose password is public, only in the demo."""
    return bool(user and user.is_active and (settings.DEMO or not user.is_demo))


class AccountBackend(ModelBackend):
    """Password sign-in and sessions under the rule of `may_sign_in`."""

    def user_can_authenticate(self, user: Any) -> bool:
        return may_sign_in(user)


def client_address(request: HttpRequest) -> str:
    """The address our outermost proxy saw, or the peer's; what a client claims is not used."""
    peer: str = request.META.get("REMOTE_ADDR", "")
    claimed = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not 0 < settings.PROXIES <= len(claimed):
        return peer
    try:
        return str(ipaddress.ip_address(claimed[-settings.PROXIES].strip()))
    except ValueError:
        return peer


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """The answer after too many wrong passwords for one user name from one address."""
    del response, credentials
    detail = _("Too many wrong passwords for this user name. Try again in %(minutes)s minutes.")
    answer = problem(
        "throttled",
        detail % {"minutes": LOCKED_FOR_S // 60},
        headers=retry_after(LOCKED_FOR_S),
    )
    return in_form(request, answer)
