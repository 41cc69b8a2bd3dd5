from django.urls import path

from outreach.api import campaigns, people, regions, standings

urlpatterns = [
    path("campaigns/", campaigns.Campaigns.as_view(), name="campaigns"),
    path("campaigns/<uuid:campaign_id>/", campaigns.OneCampaign.as_view(), name="campaign"),
    path("users/", people.Users.as_view(), name="users"),
    path("offices/", people.Offices.as_view(), name="offices"),
    *regions.urlpatterns,
    *standings.urlpatterns,
]
