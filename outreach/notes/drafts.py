"""Leads and attendance as a tablet sends them, before anybody judged them."""

from datetime import date
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct

from outreach.drafts import END, FieldProblem, Instant, VillageCode, with_offset
from outreach.models import Attendance, Lead
from outreach.sealing import unseal

Head = Annotated[int, Meta(ge=0, le=100_000)]
"""A number of heads."""


class LeadConsent(Struct, frozen=True):
    """On what ground somebody's contact is kept: what they agreed to and how, or that it is the
    contact of a business."""

    basis: Literal["signed", "recorded", "ticked", "spoken", "business_contact"]
    at: Instant
    notice_version: Annotated[str, Meta(min_length=1, max_length=20)] | None = None


class LeadDraft(Struct, frozen=True):
    """Somebody to come back to, on a day if one was said; `employer` names the employer or the
    project."""

    id: UUID
    campaign: UUID
    captured_at: Instant
    segment: Literal["BPU", "PU", "JAKON", "PMI"]
    full_name: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
    consent: LeadConsent
    base_revision: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    stop: UUID | None = None
    phone: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}" + END)] | None = None
    employer: Annotated[str, Meta(max_length=200)] | None = None
    village: VillageCode | None = None
    follow_up_on: date | None = None
    notes: Annotated[str, Meta(max_length=1000)] | None = None


class Segments(Struct, frozen=True):
    """Of those who came, how many are of which segment; the rest nobody asked."""

    BPU: Head = 0
    PU: Head = 0
    JAKON: Head = 0
    PMI: Head = 0

    def total(self) -> int:
        return self.BPU + self.PU + self.JAKON + self.PMI


class AttendanceDraft(Struct, frozen=True):
    """How many came to a session, as one kader counted them; `session` tells two of a day apart."""

    id: UUID
    campaign: UUID
    captured_at: Instant
    female: Head
    male: Head
    base_revision: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    stop: UUID | None = None
    session: Annotated[str, Meta(max_length=120)] | None = None
    sex_unknown: Head = 0
    segments: Segments = Segments()
    officials: Head = 0
    notes: Annotated[str, Meta(max_length=1000)] | None = None

    def total(self) -> int:
        return self.female + self.male + self.sex_unknown


NoteDraft = LeadDraft | AttendanceDraft


class SentNote(NamedTuple):
    """One note as it came: what it says, or what is wrong with it.

    `key` is the id that its verdict goes by, `digest` the SHA-256 of `content`, which is the note
    in canonical JSON without its base revision; `extra` has the fields this version of the wire
    does not know, `campaign` is the one it names, whether there is such a campaign or not.
    """

    key: UUID
    digest: bytes
    content: bytes
    draft: NoteDraft | None
    extra: dict[str, Any] | None = None
    problems: tuple[FieldProblem, ...] = ()
    campaign: UUID | None = None


def note_of(note: Lead | Attendance) -> dict[str, Any]:
    """A stored note in the wire's form, with its personal data in clear: for its owner."""
    shared = {
        "id": str(note.id),
        "base_revision": note.revision,
        "campaign": str(note.campaign_id),
        "stop": str(note.stop_id) if note.stop_id else None,
        "captured_at": with_offset(note.captured_at, note.captured_offset_min),
        "notes": note.notes or None,
    }
    extra = note.extra or {}
    if isinstance(note, Lead):
        return (
            shared
            | {
                "segment": note.segment,
                "full_name": note.full_name,
                "phone": unseal(note.phone, note.id) if note.phone else None,
                "employer": note.employer or None,
                "village": note.village_code,
                "follow_up_on": note.follow_up_on.isoformat() if note.follow_up_on else None,
                "consent": {
                    "basis": note.consent_basis,
                    "at": note.consent_at.isoformat(),
                    "notice_version": note.consent_notice,
                },
            }
            | extra
        )
    return (
        shared
        | {
            "session": note.session or None,
            "female": note.female,
            "male": note.male,
            "sex_unknown": note.sex_unknown,
            "segments": {"BPU": note.bpu, "PU": note.pu, "JAKON": note.jakon, "PMI": note.pmi},
            "officials": note.officials,
        }
        | extra
    )
