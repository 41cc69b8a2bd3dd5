"""Signing in and out, the language, and where each role begins."""

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.i18n import set_language

from outreach.pages.staff import for_staff


@for_staff
def home(_request: HttpRequest) -> HttpResponse:
    """To the page where a role begins its day."""
    return redirect("own-standings-page")


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
