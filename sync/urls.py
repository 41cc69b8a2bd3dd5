from django.urls import path

from sync import (
    account_views,
    changes_views,
    client_views,
    day_views,
    device_views,
    held_note_views,
    held_views,
    hint_views,
    report_views,
    tus_views,
    views,
)

urlpatterns = [
    path("auth/token/", account_views.SignIn.as_view(), name="auth-token"),
    path("auth/token/refresh/", account_views.Refresh.as_view(), name="auth-token-refresh"),
    path("sync/devices/", device_views.Devices.as_view(), name="devices"),
    path("sync/devices/enrol/", device_views.Enrol.as_view(), name="devices-enrol"),
    path("sync/devices/report/", report_views.Report.as_view(), name="devices-report"),
    path("sync/devices/<uuid:device_id>/", device_views.OneDevice.as_view(), name="device"),
    path(
        "sync/devices/<uuid:device_id>/code/",
        device_views.DeviceCode.as_view(),
        name="devices-code",
    ),
    path(
        "sync/devices/<uuid:device_id>/state/",
        device_views.DeviceState.as_view(),
        name="devices-state",
    ),
    path("sync/clients/", client_views.Clients.as_view(), name="clients"),
    path("sync/clients/<slug:client>/", client_views.OneClient.as_view(), name="client"),
    path("sync/push/", views.Push.as_view(), name="push"),
    path("sync/receipts/", views.Receipts.as_view(), name="receipts"),
    path("sync/photos/", tus_views.Uploads.as_view(), name="photo-uploads"),
    path("sync/photos/<uuid:upload_id>/", tus_views.OneUpload.as_view(), name="photo-upload"),
    path("sync/changes/", changes_views.Changes.as_view(), name="changes"),
    path("sync/digest/", changes_views.Digest.as_view(), name="digest"),
    path("sync/day/", day_views.Day.as_view(), name="day"),
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
    path("held-notes/", held_note_views.HeldNotes.as_view(), name="held-notes"),
    path(
        "held-notes/<slug:note_kind>/<uuid:note_id>/release/",
        held_note_views.ReleaseNote.as_view(),
        name="held-note-release",
    ),
    path(
        "held-notes/<slug:note_kind>/<uuid:note_id>/dismiss/",
        held_note_views.DismissNote.as_view(),
        name="held-note-dismiss",
    ),
    path(
        "held-notes/<slug:note_kind>/<uuid:note_id>/reopen/",
        held_note_views.ReopenNote.as_view(),
        name="held-note-reopen",
    ),
]
