from django.urls import path

from sync import (
    account_views,
    changes_views,
    client_views,
    device_views,
    hint_views,
    report_views,
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
    path("sync/changes/", changes_views.Changes.as_view(), name="changes"),
    path("sync/digest/", changes_views.Digest.as_view(), name="digest"),
    path("sync/hints/", hint_views.Hints.as_view(), name="hints"),
    path("sync/limits/", views.Limits.as_view(), name="limits"),
]
