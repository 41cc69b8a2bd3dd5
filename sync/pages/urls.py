from django.urls import include, path

urlpatterns = [
    path("", include("sync.pages.queue")),
    path("", include("sync.pages.held")),
    path("", include("sync.pages.tablets")),
    path("", include("sync.pages.campaign_day")),
    path("", include("sync.pages.crew")),
]
