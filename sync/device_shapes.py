"""What a tablet looks like to the office that looks after it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Value
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outreach.api.named_shapes import KaderSerializer
from outreach.models import User
from outreach.scopes import users_for
from sync.handing_over import word_for
from sync.models import Delivery, Device, DeviceReport

SKEWS_SHOWN = 20


class UnsyncedSerializer(serializers.ModelSerializer[DeviceReport]):
    registrations = serializers.IntegerField(source="unsynced_registrations")
    photos = serializers.IntegerField(source="unsynced_photos")
    oldest_at = serializers.DateTimeField(source="oldest_unsynced_at", allow_null=True)
    reported_at = serializers.DateTimeField(source="received_at")

    class Meta:
        model = DeviceReport
        fields = ("registrations", "photos", "oldest_at", "reported_at")


class DeviceSerializer(serializers.ModelSerializer[Device]):
    """A tablet of `with_last_seen`, with what it last said of itself.

    The context's `neighbours` has, by installation, all kader on it whom the caller may see.
    """

    kader = KaderSerializer()
    seen_at = serializers.DateTimeField(
        allow_null=True, help_text="when it last pushed, reported, refreshed or was enrolled"
    )
    device_action = serializers.SerializerMethodField(
        help_text="what a tablet that has to go is told: hand_over, keep or wipe"
    )
    unsynced = UnsyncedSerializer(source="last_report", allow_null=True)
    storage_free_bytes = serializers.IntegerField(
        source="last_report.storage_free_bytes", allow_null=True, default=None
    )
    storage_persistent = serializers.BooleanField(
        source="last_report.storage_persistent", allow_null=True, default=None
    )
    other_kader = serializers.SerializerMethodField(help_text="who else works on this tablet")

    class Meta:
        model = Device
        fields: tuple[str, ...] = (
            "id",
            "kader",
            "label",
            "state",
            "state_reason",
            "platform",
            "app_version",
            "created_at",
            "enrolled_at",
            "pushed_at",
            "clock_skew_s",
            "seen_at",
            "device_action",
            "hand_over_until",
            "handed_over_at",
            "unsynced",
            "storage_free_bytes",
            "storage_persistent",
            "other_kader",
        )

    def get_device_action(self, device: Device) -> str | None:
        is_enrolled = device.enrolled_at is not None
        return word_for(device, timezone.now()) if is_enrolled else None

    @extend_schema_field(KaderSerializer(many=True))
    def get_other_kader(self, device: Device) -> Any:
        neighbours = self.context["neighbours"].get(device.installation_id, ())
        others = [kader for kader in neighbours if kader.pk != device.kader_id]
        return KaderSerializer(others, many=True).data


class SkewSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    skew_s = serializers.FloatField(help_text="seconds ahead of the server")
    by = serializers.ChoiceField(choices=("push", "report"))


class DeviceDetailSerializer(DeviceSerializer):
    """The same with how the clock stood, the newest first."""

    clock_skews = serializers.SerializerMethodField()

    class Meta(DeviceSerializer.Meta):
        fields = (*DeviceSerializer.Meta.fields, "clock_skews")

    @extend_schema_field(SkewSerializer(many=True))
    def get_clock_skews(self, device: Device) -> Any:
        return SkewSerializer(clock_skews(device), many=True).data


def clock_skews(device: Device) -> list[dict[str, Any]]:
    """How a tablet's clock stood at its newest pushes and reports; one statement."""
    columns = ("received_at", "clock_skew_s", "by")
    pushes = Delivery.objects.filter(device=device).annotate(by=Value("push"))
    reports = DeviceReport.objects.filter(device=device).annotate(by=Value("report"))
    rows = pushes.values_list(*columns).union(reports.values_list(*columns), all=True)
    newest = rows.order_by("-received_at")[:SKEWS_SHOWN]
    return [{"at": at, "skew_s": skew_s, "by": by} for at, skew_s, by in newest]


def neighbours_of(devices: Iterable[Device], user: User) -> Mapping[UUID, list[User]]:
    """Installation → everybody the user may see who has a tablet on it; one statement."""
    installations = {device.installation_id for device in devices if device.installation_id}
    found: dict[UUID, list[User]] = defaultdict(list)
    if installations:
        rows = Device.objects.filter(
            installation_id__in=installations, kader__in=users_for(user)
        ).select_related("kader")
        for device in rows.order_by("kader__full_name", "kader_id"):
            if device.installation_id and device.kader not in found[device.installation_id]:
                found[device.installation_id].append(device.kader)
    return found
