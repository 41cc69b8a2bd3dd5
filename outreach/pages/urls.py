from django.urls import include, path

urlpatterns = [
    path("", include("outreach.pages.entrance")),
    path("", include("outreach.pages.standings")),
    path("", include("outreach.pages.standings_map")),
    path("", include("outreach.pages.boards")),
    path("", include("outreach.pages.regions")),
]
