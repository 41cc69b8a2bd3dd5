from django.urls import path

from sync import account_views, changes_views, held_views, hint_views, tus_views, views

urlpatterns = [
    path("auth/token/", account_views.SignIn.as_view(), name="auth-token"),
    path("auth/token/refresh/", account_views.Refresh.as_view(), name="auth-token-refresh"),
    path("sync/devices/", account_views.Devices.as_view(), name="devices"),
    path("sync/devices/enrol/", account_views.Enrol.as_view(), name="devices-enrol"),
    path(
        "sync/devices/<uuid:device_id>/state/",
        account_views.DeviceState.as_view(),
        name="devices-state",
    ),
    path("sync/push/", views.Push.as_view(), name="push"),
    path("sync/receipts/", views.Receipts.as_view(), name="receipts"),
    path("sync/photos/", tus_views.Uploads.as_view(), name="photo-uploads"),
    path("sync/photos/<uuid:upload_id>/", tus_views.OneUpload.as_view(), name="photo-upload"),
    path("sync/changes/", changes_views.Changes.as_view(), name="changes"),
    path("sync/digest/", changes_views.Digest.as_view(), name="digest"),
    path("sync/hints/", hint_views.Hints.as_view(), name="hints"),
    path("sync/limits/", views.Limits.as_view(), name="limits"),
    path("held-records/", held_views.HeldRecords.as_view(), name="held-records"),
    path("held-records/<int:held_id>/", held_views.OneHeldRecord.as_view(), name="held-record"),
    path(
        "held-records/<int:held_id>/release/",
        held_views.ReleaseHeld.as_view(),
        name="held-record-release",
    ),
    path(
        "held-records/<int:held_id>/dismiss/",
        held_views.DismissHeld.as_view(),
        name="held-record-dismiss",
    ),
    path(
        "held-records/<int:held_id>/reopen/",
        held_views.ReopenHeld.as_view(),
        name="held-record-reopen",
    ),
    path(
        "held-records/<int:held_id>/disclose/",
        held_views.DiscloseHeld.as_view(),
        name="held-record-disclose",
    ),
]
