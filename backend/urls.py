from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from backend.health import health, metrics

handler400 = "outreach.problems.bad_request"
handler403 = "outreach.problems.permission_denied"
handler404 = "outreach.problems.page_not_found"
handler500 = "outreach.problems.server_error"

urlpatterns = [
    path("api/v1/", include("sync.urls")),
    path("api/v1/", include("outreach.api.urls")),
    path("", include("outreach.pages.urls")),
    path("", include("sync.pages.urls")),
    path("", include("sync.tablet.views")),
    path("health/", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path(
        "api/schema/",
        SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]),
        name="schema",
    ),
]
