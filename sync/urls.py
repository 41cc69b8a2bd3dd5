from django.urls import path

from sync import account_views, changes_views, views

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
    path("sync/changes/", changes_views.Changes.as_view(), name="changes"),
    path("sync/digest/", changes_views.Digest.as_view(), name="digest"),
    path("sync/limits/", views.Limits.as_view(), name="limits"),
]
