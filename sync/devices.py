"""Tablets: created by a coordinator, enrolled once with a code, drained or revoked later."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from outreach.models import User
from outreach.problems import Problem
from outreach.scopes import users_for
from sync.handing_over import HAND_OVER_FOR, follow_the_kader, open_until, word_for
from sync.models import Device, DeviceChange, EnrolmentCode, TokenFamily
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


def with_last_seen(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Tablets with `seen_at`: when each last pushed, reported, refreshed or was enrolled."""
    refreshed = (
        TokenFamily.objects.filter(device=OuterRef("pk"))
        .values("device")
        .annotate(at=Max("used_at"))
    )
    return devices.annotate(
        seen_at=Greatest(
            "enrolled_at", "pushed_at", "last_report__received_at", Subquery(refreshed.values("at"))
        )
    )


def kader_to_equip(actor: User) -> QuerySet[User]:
    """Who may be given a tablet: active kader of the actor's offices."""
    return users_for(actor).filter(role=User.Role.KADER, is_active=True)


def create(
    kader: User, label: str, actor: User, now: datetime, device_id: UUID | None = None
) -> tuple[Device, EnrolmentCode, str]:
    """A pending tablet with its enrolment code, which is kept as a hash and shown only now.

    Asked for again with one `device_id` there is one tablet, with another code.
    """
    with transaction.atomic():
        device, is_new = Device.objects.get_or_create(
            pk=device_id or uuid4(),
            defaults={
                "kader": kader,
                "label": label,
                "created_by": actor,
                "created_at": now,
                "state": State.PENDING,
            },
        )
        if not is_new:
            return renew_code(device.pk, actor, now)
        return device, *_new_code(device, now)


def renew_code(device_id: UUID, actor: User, now: datetime) -> tuple[Device, EnrolmentCode, str]:
    """A new code for a tablet whose code or tokens were lost; the code before is worth nothing.

    Its tokens go on until the new code is used. Raises Problem not_found outside the actor's scope,
    and conflict for a tablet that may not be enrolled.
    """
    with transaction.atomic():
        device = _locked(device_id, actor)
        if not _may_enrol(device, now):
            revoked = _("A revoked tablet gets no new code: enrol the device as a new tablet.")
            detail = revoked if device.state == State.REVOKED else ""
            raise Problem("conflict", detail, state=device.state)
        return device, *_new_code(device, now)


def _new_code(device: Device, now: datetime) -> tuple[EnrolmentCode, str]:
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    enrolment, _ = EnrolmentCode.objects.update_or_create(
        device=device,
        defaults={"code_hash": _hash(code), "expires_at": now + CODE_VALID_FOR, "used_at": None},
    )
    return enrolment, "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def enrol(
    code: str,
    platform: str,
    app_version: str,
    now: datetime,
    installation_id: UUID | None = None,
) -> Enrolled:
    """Turn a code into an active tablet, once; one that was enrolled before keeps its state.

    The installation that used the code, and lost the answer, may use it again as long as it lives
    and nothing came from the tablet since: its tokens begin anew. Raises Problem
    enrolment_refused for a used, expired or unknown code, and when the tablet was revoked or its
    kader deactivated meanwhile, except to hand over.
    """
    code_hash = _hash(code)
    with transaction.atomic():
        # The tablet first, as everybody else who changes it. Whoever comes second waits for the
        # lock and then finds the code used.
        device = (
            Device.objects.select_for_update(of=("self",), no_key=True)
            .select_related("kader")
            .filter(enrolment__code_hash=code_hash)
            .first()
        )
        if device is None:
            raise Problem("enrolment_refused")
        enrolment = EnrolmentCode.objects.filter(device=device, code_hash=code_hash).first()
        if (
            enrolment is None
            or (enrolment.used_at and not _is_repeated(device, enrolment.used_at, installation_id))
            or enrolment.expires_at <= now
            or not _may_enrol(device, now)
        ):
            raise Problem("enrolment_refused")
        enrolment.used_at = now
        enrolment.save(update_fields=["used_at"])
        if device.state == State.PENDING:
            device.state = State.ACTIVE
        device.platform, device.app_version, device.enrolled_at = platform, app_version, now
        device.installation_id = installation_id
        device.save(
            update_fields=["state", "platform", "app_version", "enrolled_at", "installation_id"]
        )
        end_families(device, now)
        return Enrolled(device, sign_in(device.kader, device, now))


def _is_repeated(device: Device, used_at: datetime, installation_id: UUID | None) -> bool:
    """Whether the answer to a code may have been lost.

    All kader of a shared tablet have one installation: once its kader works with the tablet, the
    code would give another one their tokens.
    """
    if installation_id is None or device.installation_id != installation_id:
        return False
    seen = with_last_seen(Device.objects.filter(pk=device.pk))
    return not seen.filter(Q(seen_at__gt=used_at)).exists()


def _may_enrol(device: Device, now: datetime) -> bool:
    if device.state == State.PENDING:
        return bool(device.kader.is_active)
    follow_the_kader(device, now)
    return word_for(device, now) in {None, "hand_over"}


def change_state(
    device_id: UUID,
    state: str,
    reason: str,
    actor: User,
    now: datetime,
    *,
    hand_over: bool = True,
    seen: str | None = None,
) -> Device:
    """Let a tablet work, only send what it holds, or do nothing any more.

    A tablet that is revoked may `hand_over` what it holds, into review, for HAND_OVER_FOR; without
    that it is told to erase itself at once. Revoking it again begins the time anew, or ends it.
    Raises Problem not_found outside the actor's scope and conflict for a way there is not: a
    revoked tablet stays revoked, and only its code makes a pending one active. Whoever gives the
    state they have `seen` gets conflict too where somebody has changed it meanwhile.
    """
    with transaction.atomic():
        device = _locked(device_id, actor)
        if state not in NEXT_STATES[State(device.state)] or seen not in {None, device.state}:
            raise Problem("conflict", state=device.state)
        if state == State.REVOKED:
            was_enrolled = device.enrolled_at is not None
            until = now + HAND_OVER_FOR if hand_over and was_enrolled else None
            open_until(device, until)
            if until is None:
                end_families(device, now)
        device.state, device.state_reason = state, reason
        device.save(
            update_fields=[
                "state",
                "state_reason",
                "hand_over_until",
                "handed_over",
                "handed_over_at",
            ]
        )
        DeviceChange.objects.create(
            device=device,
            state=state,
            hands_over=device.hand_over_until is not None,
            actor=actor,
            reason=reason,
            changed_at=now,
        )
    return device


def rename(device_id: UUID, label: str, actor: User) -> None:
    """Call a tablet something else. Raises Problem not_found outside the actor's scope."""
    if not devices_for(actor).filter(pk=device_id).update(label=label):
        raise Problem("not_found")


def _locked(device_id: UUID, actor: User) -> Device:
    # Not against pushes that are under way, which only refer to it.
    device = (
        devices_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .select_related("kader")
        .filter(pk=device_id)
        .first()
    )
    if device is None:
        raise Problem("not_found")
    return device


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.upper().translate(READ_AS).encode()).digest()
