"""Signing in and out, the language, and where each role begins."""

from typing import cast

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.i18n import set_language

from outreach.models import User
from outreach.pages.staff import for_staff


@for_staff
def home(request: HttpRequest) -> HttpResponse:
    """To the page where a role begins its day."""
    role = cast("User", request.user).role
    return redirect("queue-page" if role == User.Role.COORDINATOR else "own-standings-page")


urlpatterns = [
    path("", home, name="home"),
    path(
        "sign-in/",
        LoginView.as_view(template_name="outreach/sign_in.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="language"),
]
