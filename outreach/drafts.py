"""A registration as a tablet captured it, before anybody judged it."""

from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct, structs

from outreach.models import Registration
from outreach.sealing import unseal

# A bare `$` would let a newline pass behind it.
END = r"(?!\n)$"
Instant = Annotated[datetime, Meta(tz=True)]
VillageCode = Annotated[str, Meta(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}" + END)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END)]
Digits = Annotated[str, Meta(pattern=r"^[0-9]{0,5}" + END)]


class Location(Struct, frozen=True):
    """A position fix: degrees WGS84, accuracy as a radius in metres."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, Meta(ge=0, le=1e7)]
    fixed_at: Instant | None = None
    accuracy_kind: Literal["p68", "p95", "unknown"] = "unknown"
    provider: Annotated[str, Meta(max_length=20)] | None = None
    is_mock: bool | None = None


class Photo(Struct, frozen=True):
    """A photo the tablet holds, declared by its SHA-256 and size in bytes.

    A consent may be a recorded voice as well: sound alone, up to 1 MiB.
    """

    kind: Literal["workplace", "person", "id_card", "consent"]
    sha256: Sha256
    size: Annotated[int, Meta(ge=1, le=50_000_000)]
    media_type: Literal[
        "image/jpeg", "image/png", "image/webp", "audio/webm", "audio/ogg", "audio/mp4"
    ]


class Consent(Struct, frozen=True):
    """What the worker agreed to and how that can be proved."""

    notice_version: Annotated[str, Meta(min_length=1, max_length=20)]
    method: Literal["signed", "recorded", "ticked"]
    at: Instant
    proof_sha256: Sha256 | None = None


class Draft(Struct, frozen=True):
    """The fields of one record, typed and bounded, exactly as on the wire."""

    id: UUID
    campaign: UUID
    captured_at: Instant
    full_name: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
    birth_date: date
    sex: Literal["female", "male"]
    domicile_village: VillageCode
    occupation: Annotated[str, Meta(min_length=1, max_length=40)]
    programmes: Annotated[list[Literal["JKK", "JKM", "JHT"]], Meta(min_length=1, max_length=3)]
    consent: Consent
    working_declaration: bool
    base_revision: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    stop: UUID | None = None
    nik: Annotated[str, Meta(pattern=r"^[0-9]{16}" + END)] | None = None
    nik_missing_reason: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    mother_name: Annotated[str, Meta(max_length=120)] | None = None
    phone: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}" + END)] | None = None
    address: Annotated[str, Meta(max_length=300)] | None = None
    rt: Digits | None = None
    rw: Digits | None = None
    postal_code: Digits | None = None
    work_village: VillageCode | None = None
    work_place: Annotated[str, Meta(max_length=200)] | None = None
    is_employer: bool = False
    monthly_income: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    months_prepaid: Literal[1, 3, 6, 12] | None = None
    payer: Literal["self", "sponsor", "village", "local_budget", "national_budget"] | None = None
    membership_kind: Literal["new", "reactivation", "second_job", "unknown"] = "unknown"
    location: Location | None = None
    location_missing_reason: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    photos: Annotated[list[Photo], Meta(max_length=20)] = []


class Capture(NamedTuple):
    """A draft with what identifies its content.

    `digest` is the SHA-256 of `content`, the record as sent in canonical JSON without its base
    revision; `extra` holds the fields this version of the wire does not know.
    """

    draft: Draft
    digest: bytes
    content: bytes
    extra: dict[str, Any] | None


def captured(draft: Draft, record: dict[str, Any], content: bytes, digest: bytes) -> Capture:
    """The capture of a record that was read as `draft`."""
    extra = {name: record[name] for name in record.keys() - known_fields()}
    return Capture(draft, digest, content, extra or None)


@cache
def known_fields() -> frozenset[str]:
    """The names of the fields that this version of the wire knows."""
    return frozenset(field.encode_name for field in structs.fields(Draft))


class FieldProblem(Struct, frozen=True):
    """Why a record cannot be stored: an RFC 6901 pointer into it and a stable code.

    `detail` is said where it is told (outreach.record_problems).
    """

    pointer: str
    code: str
    detail: str = ""


def record_of(registration: Registration) -> dict[str, Any]:
    """A stored registration in the wire's form, with its personal data in clear: for its owner."""
    row = registration
    return {
        "id": str(row.id),
        "base_revision": row.revision,
        "campaign": str(row.campaign_id),
        "stop": str(row.stop_id) if row.stop_id else None,
        "captured_at": with_offset(row.captured_at, row.captured_offset_min),
        "nik": unseal(row.nik, row.id) if row.nik else None,
        "nik_missing_reason": row.nik_missing_reason,
        "full_name": row.full_name,
        "birth_date": row.birth_date.isoformat(),
        "sex": row.sex,
        "mother_name": unseal(row.mother_name, row.id) if row.mother_name else None,
        "phone": unseal(row.phone, row.id) if row.phone else None,
        "address": row.address or None,
        "rt": row.rt or None,
        "rw": row.rw or None,
        "postal_code": row.postal_code or None,
        "domicile_village": row.domicile_code,
        "work_village": row.work_code,
        "work_place": row.work_place or None,
        "occupation": row.occupation_code,
        "is_employer": row.is_employer,
        "monthly_income": row.monthly_income,
        "programmes": row.programmes,
        "months_prepaid": row.months_prepaid,
        "payer": row.payer,
        "membership_kind": row.membership_kind,
        "location": _location_of(row),
        "location_missing_reason": row.location_missing_reason,
        "photos": row.photos,
        "consent": {
            "notice_version": row.consent_notice,
            "method": row.consent_method,
            "at": row.consent_at.isoformat(),
            "proof_sha256": row.consent_proof_sha256,
        },
        "working_declaration": row.working_declaration,
        **(row.extra or {}),
    }


def _location_of(row: Registration) -> dict[str, Any] | None:
    if row.lat is None:
        return None
    return {
        "lat": row.lat,
        "lon": row.lon,
        "accuracy_m": row.accuracy_m,
        "accuracy_kind": row.accuracy_kind,
        "provider": row.location_provider,
        "is_mock": row.location_is_mock,
        "fixed_at": row.location_fixed_at.isoformat() if row.location_fixed_at else None,
    }


def with_offset(instant: datetime, offset_min: int) -> str:
    """The instant as a tablet wrote it, with its own offset in minutes."""
    return instant.astimezone(timezone(timedelta(minutes=offset_min))).isoformat()
