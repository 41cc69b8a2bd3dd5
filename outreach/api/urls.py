from django.urls import path

from outreach.api import (
    campaigns,
    contributions,
    decisions,
    disclosing,
    people,
    photos,
    regions,
    registrations,
    reviews,
    revisions,
    standings,
    workers,
)

urlpatterns = [
    path("campaigns/", campaigns.Campaigns.as_view(), name="campaigns"),
    path("campaigns/<uuid:campaign_id>/", campaigns.OneCampaign.as_view(), name="campaign"),
    path("registrations/", registrations.Registrations.as_view(), name="registrations"),
    path("registrations/search/", registrations.Search.as_view(), name="registrations-search"),
    path("registrations/verify/", decisions.VerifyMany.as_view(), name="registrations-verify"),
    path(
        "registrations/<uuid:registration_id>/",
        registrations.OneRegistration.as_view(),
        name="registration",
    ),
    path(
        "registrations/<uuid:registration_id>/disclose/",
        disclosing.Disclose.as_view(),
        name="registration-disclose",
    ),
    path(
        "registrations/<uuid:registration_id>/verify/",
        decisions.Verify.as_view(),
        name="registration-verify",
    ),
    path(
        "registrations/<uuid:registration_id>/reject/",
        decisions.Reject.as_view(),
        name="registration-reject",
    ),
    path(
        "registrations/<uuid:registration_id>/request-correction/",
        decisions.RequestCorrection.as_view(),
        name="registration-request-correction",
    ),
    path(
        "registrations/<uuid:registration_id>/revisions/",
        revisions.Revisions.as_view(),
        name="registration-revisions",
    ),
    path(
        "registrations/<uuid:registration_id>/revisions/<int:revision_id>/restore/",
        revisions.Restore.as_view(),
        name="registration-revision-restore",
    ),
    path(
        "registrations/<uuid:registration_id>/revisions/<int:revision_id>/disclose/",
        revisions.DiscloseRevision.as_view(),
        name="registration-revision-disclose",
    ),
    path("decisions/<uuid:decision_id>/undo/", decisions.Undo.as_view(), name="decision-undo"),
    path("reviews/", reviews.Reviews.as_view(), name="reviews"),
    path("reviews/<uuid:review_id>/", reviews.OneReview.as_view(), name="review"),
    path(
        "reviews/<uuid:review_id>/same-person/",
        reviews.SamePerson.as_view(),
        name="review-same-person",
    ),
    path(
        "reviews/<uuid:review_id>/different-people/",
        reviews.DifferentPeople.as_view(),
        name="review-different-people",
    ),
    path("people/<uuid:person_id>/", workers.OnePerson.as_view(), name="person"),
    path("people/<uuid:person_id>/merge/", reviews.Merge.as_view(), name="person-merge"),
    path("people/<uuid:person_id>/split/", reviews.Split.as_view(), name="person-split"),
    path("photos/<str:link>/", photos.ShownPhoto.as_view(), name="photo"),
    path("users/", people.Users.as_view(), name="users"),
    path("offices/", people.Offices.as_view(), name="offices"),
    *contributions.urlpatterns,
    *regions.urlpatterns,
    *standings.urlpatterns,
]
