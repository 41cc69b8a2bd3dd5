from django.urls import include, path

urlpatterns = [
    path("", include("outreach.pages.entrance")),
    path("", include("outreach.pages.accounts")),
    path("", include("outreach.pages.cases")),
    path("", include("outreach.pages.case_flags")),
    path("", include("outreach.pages.case_disclosing")),
    path("", include("outreach.pages.questions")),
    path("", include("outreach.pages.accepting")),
    path("", include("outreach.pages.findings")),
    path("", include("outreach.pages.samples")),
    path("", include("outreach.pages.calling")),
    path("", include("outreach.pages.campaigns")),
    path("", include("outreach.pages.planning")),
    path("", include("outreach.pages.campaign_imports")),
    path("", include("outreach.pages.people")),
    path("", include("outreach.pages.joining")),
    path("", include("outreach.pages.standings")),
    path("", include("outreach.pages.standings_map")),
    path("", include("outreach.pages.boards")),
    path("", include("outreach.pages.monitoring")),
    path("", include("outreach.pages.regions")),
]
