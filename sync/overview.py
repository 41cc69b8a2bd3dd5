"""An office's tablets at a glance: how many are in which condition, and what is worth a look."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from outreach.flagging import CLOCK_TOLERANCE_S
from outreach.tablets import SILENT_AFTER, Held, what_is_held
from sync.clients import VERSION, judged
from sync.handing_over import WORKING, Word, word_for
from sync.models import ClientRule, Device

State = Device.State
CLIENT = "tablet"
LITTLE_STORAGE_BYTES = 200 * 1024**2

HOLDS_SOMETHING = Q(last_report__unsynced_registrations__gt=0) | Q(
    last_report__unsynced_photos__gt=0
)


def conditions(now: datetime) -> Mapping[str, Q]:
    """What tablets of `with_last_seen` are looked for by."""
    return {
        "unsynced": HOLDS_SOMETHING,
        "silent": Q(state__in=WORKING, seen_at__lt=now - SILENT_AFTER),
        "clock": Q(clock_skew_s__gt=CLOCK_TOLERANCE_S) | Q(clock_skew_s__lt=-CLOCK_TOLERANCE_S),
        "handing_over": Q(hand_over_until__isnull=False, handed_over_at=None),
        "waiting": Q(state=State.PENDING),
    }


def counts(devices: QuerySet[Device], now: datetime) -> dict[str, int]:
    """How many tablets of `with_last_seen` are in each state and condition; one statement."""
    wanted = {state: Q(state=state) for state in State.values} | dict(conditions(now))
    found: dict[str, int] = devices.aggregate(
        **{f"{name}_count": Count("pk", filter=condition) for name, condition in wanted.items()}
    )
    return {name.removesuffix("_count"): number for name, number in found.items()}


class Glance(NamedTuple):
    """A tablet with what is to be said of it.

    `held` is whether it holds what was not sent, `word` what one that has to go is told, `marks`
    name what is worth a look, and until `code_until` its enrolment code is good.
    """

    device: Device
    held: Held
    word: Word | None
    marks: list[str]
    code_until: datetime | None


def held_by(device: Device, now: datetime) -> Held:
    """Whether a tablet, with its last report, holds what was not sent."""
    report = device.last_report
    if report is None:
        return what_is_held(None, (), now)
    unsent = (report.unsynced_registrations, report.unsynced_photos)
    return what_is_held(report.received_at, unsent, now)


def at_a_glance(devices: list[Device], now: datetime) -> list[Glance]:
    """Tablets of `with_last_seen` with their kader, last report and code; one statement."""
    rule = ClientRule.objects.filter(pk=CLIENT).first()
    return [_glance(device, rule, now) for device in devices]


def _glance(device: Device, rule: ClientRule | None, now: datetime) -> Glance:
    has_version = re.fullmatch(VERSION, device.app_version) is not None
    support = judged(device.app_version, rule, now).support if rule and has_version else None
    word = word_for(device, now) if device.enrolled_at else None
    report, seen_at = device.last_report, getattr(device, "seen_at", None)
    works = device.state in WORKING
    code = getattr(device, "enrolment", None)
    code_until = code.expires_at if code and not code.used_at and code.expires_at > now else None
    found = {
        "kader_closed": not device.kader.is_active,
        "silent": works and seen_at is not None and seen_at < now - SILENT_AFTER,
        "ended": support == "ended",
        "deprecated": support == "deprecated",
        "clock": abs(device.clock_skew_s or 0) > CLOCK_TOLERANCE_S,
        "storage_low": report is not None
        and report.storage_free_bytes is not None
        and report.storage_free_bytes < LITTLE_STORAGE_BYTES,
        "storage_not_kept": report is not None and report.storage_persistent is False,
        "code_expired": device.state == State.PENDING and code_until is None,
    }
    marks = [name for name, holds in found.items() if holds]
    return Glance(device, held_by(device, now), word, marks, code_until)
