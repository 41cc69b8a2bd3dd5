"""What tablets say of themselves: a bounded history, and the newest word on each."""

from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.db.models import Q
from msgspec import Meta, Struct

from outreach import bulk
from outreach.drafts import Instant
from sync import handing_over
from sync.clients import Support, Verdict
from sync.models import Device, DeviceReport

MOST_KEPT = 50
"""Reports of each tablet."""

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
# No control characters, and no halves of characters, which the database cannot hold.
# `$` alone lets a line's end through, and `\Z` is not known to those who read the schema.
Text = Annotated[str, Meta(max_length=40, pattern=r"^[ -~\u00a0-\ud7ff\ue000-\uffff]*$(?!\n)")]


class Unsynced(Struct, frozen=True):
    """How many registrations without a verdict, and photos not yet whole, a tablet holds."""

    registrations: Count
    photos: Count


class TabletReport(Struct, frozen=True):
    """A tablet about itself; `sent_at` by its own clock. What it leaves out is not known."""

    sent_at: Instant
    unsynced: Unsynced
    app_version: Text = ""
    platform: Text = ""
    oldest_unsynced_at: Instant | None = None
    storage_free_bytes: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    storage_persistent: bool | None = None


class ClientTold(Struct, frozen=True):
    """How the app's version stands."""

    support: Support
    minimum_version: str
    ends_at: datetime | None


class ReportAnswer(Struct, frozen=True):
    """What a tablet is told about itself; `device_action` once it has to go."""

    server_time: datetime
    clock_skew_s: float
    state: str
    state_reason: str
    device_action: handing_over.Word | None
    client: ClientTold | None


def take_report(
    report: TabletReport, device: Device, verdict: Verdict | None, now: datetime
) -> ReportAnswer:
    """Keep the report; a tablet that has to go and holds nothing more is told to erase itself."""
    skew_s = round((report.sent_at - now).total_seconds(), 3)
    _keep(report, device, skew_s, now)
    word = handing_over.word_for(device, now)
    if word and report.unsynced == Unsynced(0, 0):
        handing_over.end_hand_over(device, now)
        word = handing_over.word_for(device, now)
    return ReportAnswer(
        server_time=now,
        clock_skew_s=skew_s,
        state=device.state,
        state_reason=device.state_reason,
        device_action=word,
        client=verdict and ClientTold(verdict.support, verdict.rule.soft_minimum, verdict.ends_at),
    )


def _keep(report: TabletReport, device: Device, skew_s: float, now: datetime) -> None:
    with transaction.atomic():
        kept = DeviceReport.objects.create(
            device=device,
            received_at=now,
            clock_skew_s=skew_s,
            unsynced_registrations=report.unsynced.registrations,
            unsynced_photos=report.unsynced.photos,
            oldest_unsynced_at=report.oldest_unsynced_at,
            storage_free_bytes=report.storage_free_bytes,
            storage_persistent=report.storage_persistent,
        )
        said = {
            name: text
            for name, text in (("app_version", report.app_version), ("platform", report.platform))
            if text
        }
        # Of reports that cross each other the one that came last stays the newest.
        newest = Q(last_report=None) | Q(last_report__lt=kept.pk)
        Device.objects.filter(newest, pk=device.pk).update(
            last_report=kept, clock_skew_s=skew_s, **said
        )
        bulk.run(
            "DELETE FROM sync_devicereport WHERE device_id = %s AND id < (SELECT min(id) FROM"
            " (SELECT id FROM sync_devicereport WHERE device_id = %s ORDER BY id DESC LIMIT %s)"
            " AS kept)",
            [device.pk, device.pk, MOST_KEPT],
        )
