"""Photos on pages that stay open for longer than a link to a photo is valid."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from outreach.models import User
from outreach.pages.staff import KEEPERS, page_for
from outreach.photos.links import renewed
from outreach.problems import Problem


@page_for(*KEEPERS)
def photo_page(request: HttpRequest, link: str) -> HttpResponse:
    """To the photo by a link of this moment, which is looked at and noted when it is opened."""
    try:
        fresh = renewed(link, cast("User", request.user), timezone.now())
    except Problem:
        raise Http404 from None
    return redirect(reverse("photo", args=[fresh.signed()]))


urlpatterns = [path("queue/photos/<str:link>/", photo_page, name="photo-page")]
