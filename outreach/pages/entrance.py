"""Signing in and out, the language, and where each role begins."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.i18n import set_language

from outreach.models import User
from outreach.pages.staff import for_staff
from outreach.sessions import begin

MOST_DEMO_USERS = 8


@for_staff
def home(request: HttpRequest) -> HttpResponse:
    """To the page where a role begins its day."""
    role = cast("User", request.user).role
    return redirect("queue-page" if role == User.Role.COORDINATOR else "own-standings-page")


class SignIn(LoginView):
    """Signing in, with a note of where that was; the demo says who there is."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        begin(self.request, timezone.now())
        return answer

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        users = User.objects.filter(is_demo=True, is_active=True).exclude(role=User.Role.KADER)
        shown = list(users.order_by("pk")[:MOST_DEMO_USERS]) if settings.DEMO else []
        return super().get_context_data(
            demo_users=shown, demo_password=settings.DEMO_PASSWORD, **more
        )


class SignOut(LogoutView):
    """Signing out by its button; opening its address leads home."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return redirect("home")


urlpatterns = [
    path("", home, name="home"),
    path(
        "sign-in/",
        SignIn.as_view(template_name="outreach/sign_in.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("sign-out/", SignOut.as_view(), name="logout"),
    path("language/", set_language, name="language"),
]
