"""One's own account: the password, and where one is signed in."""

from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from outreach import sessions
from outreach.models import User
from outreach.pages.staff import page_for
from outreach.pages.zones import rendered_in_office

for_everybody = page_for(*User.Role.values)
SINGLE_KEYS = "single_keys"
to_everybody = page_for(*User.Role.values, methods=("POST",))


class NewPassword(PasswordChangeForm):
    """A new password for whoever knows the old one: guessing it locks as signing in does."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        super().__init__(cast("User", request.user), request.POST)

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        name = self.user.get_username()
        if authenticate(self.request, username=name, password=old) is None:
            raise ValidationError(_("This is not your password."))
        return old


@for_everybody
def account_page(request: HttpRequest) -> HttpResponse:
    """Who one is here, the password, and where one is signed in."""
    return _shown(request, {})


@sensitive_post_parameters()
@to_everybody
def password_page(request: HttpRequest) -> HttpResponse:
    """A new password; every other browser has to sign in with it."""
    user = cast("User", request.user)
    if user.is_demo:
        messages.error(request, _("The passwords of the demo stay as they are: others use them."))
        return redirect("account-page")
    form = NewPassword(request)
    if not form.is_valid():
        return _shown(request, {"errors": form.errors})
    form.save()
    update_session_auth_hash(request, form.user)
    sessions.end_others(user, request.session.session_key)
    messages.success(request, _("You have a new password. Other browsers were signed out."))
    return redirect("account-page")


@to_everybody
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Sign another browser out, or all others."""
    user, current = cast("User", request.user), request.session.session_key
    if request.POST.get("which") == "others":
        sessions.end_others(user, current)
        messages.success(request, _("All other browsers were signed out."))
    elif sessions.end_one(user, request.POST.get("which", ""), current):
        messages.success(request, _("The browser was signed out."))
    else:
        messages.info(request, _("That browser is signed out already."))
    return redirect("account-page")


@to_everybody
def single_keys_page(request: HttpRequest) -> HttpResponse:
    """Whether letters decide in the queue, in this browser: its script reads the cookie."""
    answer = redirect("account-page")
    if request.POST.get("keys") == "off":
        answer.set_cookie(
            SINGLE_KEYS,
            "off",
            max_age=timedelta(days=365),
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        answer.delete_cookie(SINGLE_KEYS, samesite="Lax")
    return answer


def _shown(request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
    user, now = cast("User", request.user), timezone.now()
    seen = sessions.sessions_of(user, request.session.session_key, now)
    context = {
        "sessions": seen,
        "errors": {},
        "has_single_keys": request.COOKIES.get(SINGLE_KEYS) != "off",
        "comes_back_to": reverse("account-page"),
        **more,
    }
    return rendered_in_office(request, "outreach/account.html", context)


urlpatterns = [
    path("account/", account_page, name="account-page"),
    path("account/password/", password_page, name="password-page"),
    path("account/sessions/", sessions_page, name="sessions-page"),
    path("account/keys/", single_keys_page, name="single-keys-page"),
]
