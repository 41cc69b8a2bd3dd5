"""Tablets: created by a coordinator, enrolled once with a code, drained or revoked later."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from outreach.models import User
from outreach.problems import Problem
from outreach.scopes import users_for
from sync.models import Device, EnrolmentCode
from sync.tokens import end_families, sign_in

State = Device.State
CODE_VALID_FOR = timedelta(hours=24)
CODE_LENGTH = 16
# Crockford's: no letter that is read as another or as a digit. 16 of them are 80 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
READ_AS = str.maketrans("OIL", "011", "- ")

NEXT_STATES = {
    State.PENDING: {State.REVOKED},
    State.ACTIVE: {State.ACTIVE, State.DRAIN_ONLY, State.REVOKED},
    State.DRAIN_ONLY: {State.ACTIVE, State.DRAIN_ONLY, State.REVOKED},
    State.REVOKED: {State.REVOKED},
}


@dataclass(frozen=True)
class Enrolled:
    """A tablet that has just been enrolled, with its first tokens."""

    device: Device
    tokens: dict[str, str]


def devices_for(user: User) -> QuerySet[Device]:
    """The tablets of the kader the user looks after; a kader's own."""
    return Device.objects.filter(kader__in=users_for(user))


def create(
    kader: User, label: str, actor: User, now: datetime
) -> tuple[Device, EnrolmentCode, str]:
    """A pending tablet with its enrolment code, which is kept as a hash and shown only now."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    with transaction.atomic():
        device = Device.objects.create(
            kader=kader, label=label, created_by=actor, created_at=now, state=State.PENDING
        )
        enrolment = EnrolmentCode.objects.create(
            device=device, code_hash=_hash(code), expires_at=now + CODE_VALID_FOR
        )
    return device, enrolment, "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def enrol(code: str, platform: str, app_version: str, now: datetime) -> Enrolled:
    """Turn a code into an active tablet, once.

    Raises Problem enrolment_refused for a used, expired or unknown code, and when the tablet was
    revoked or its kader deactivated meanwhile.
    """
    with transaction.atomic():
        # Whoever comes second waits for the lock and then finds the code used.
        enrolment = (
            EnrolmentCode.objects.select_for_update(of=("self", "device"))
            .select_related("device__kader")
            .filter(code_hash=_hash(code))
            .first()
        )
        if (
            enrolment is None
            or enrolment.used_at
            or enrolment.expires_at <= now
            or enrolment.device.state != State.PENDING
            or not enrolment.device.kader.is_active
        ):
            raise Problem("enrolment_refused")
        enrolment.used_at = now
        enrolment.save(update_fields=["used_at"])
        device = enrolment.device
        device.state = State.ACTIVE
        device.platform, device.app_version, device.enrolled_at = platform, app_version, now
        device.save(update_fields=["state", "platform", "app_version", "enrolled_at"])
        return Enrolled(device, sign_in(device.kader, device, now))


def change_state(device_id: UUID, state: str, reason: str, actor: User, now: datetime) -> Device:
    """Let a tablet work, only send what it holds, or do nothing any more.

    Raises Problem not_found outside the actor's scope and conflict for a way there is not: a
    revoked tablet stays revoked, and only its code makes a pending one active.
    """
    with transaction.atomic():
        device = (
            devices_for(actor)
            .select_for_update(of=("self",))
            .select_related("kader")
            .filter(pk=device_id)
            .first()
        )
        if device is None:
            raise Problem("not_found")
        if state not in NEXT_STATES[State(device.state)]:
            raise Problem("conflict", state=device.state)
        device.state, device.state_reason = state, reason
        device.save(update_fields=["state", "state_reason"])
        if state == State.REVOKED:
            end_families(device, now)
    return device


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.upper().translate(READ_AS).encode()).digest()
