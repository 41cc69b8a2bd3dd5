"""What of a note is its own kind's, as its row keeps it."""

from typing import Any

from outreach.bulk import bytea
from outreach.dedup.facts import facts_of
from outreach.matching.keys import phone_key
from outreach.notes.drafts import AttendanceDraft, LeadDraft
from outreach.sealing import blind_index, seal


def lead_columns(draft: LeadDraft, village: str | None) -> dict[str, Any]:
    """A lead's columns; `village` is the one of today that it names, if there is such."""
    phone = draft.phone
    return {
        "segment": draft.segment,
        "full_name": draft.full_name,
        "phone": bytea(seal(phone, draft.id)) if phone else None,
        "phone_index": bytea(blind_index("phone", phone)) if phone else None,
        "phone_key": _phone_key(phone) if phone else None,
        "employer": draft.employer or "",
        "village_code": draft.village,
        "village_id": village,
        "follow_up_on": draft.follow_up_on,
        "consent_basis": draft.consent.basis,
        "consent_notice": draft.consent.notice_version,
        "consent_at": draft.consent.at,
    }


def _phone_key(phone: str) -> int | None:
    usable = facts_of(full_name="", phone=phone).phone
    return phone_key(usable) if usable else None


def attendance_columns(draft: AttendanceDraft) -> dict[str, Any]:
    """A session's counts."""
    return {
        "session": draft.session or "",
        "female": draft.female,
        "male": draft.male,
        "sex_unknown": draft.sex_unknown,
        "bpu": draft.segments.BPU,
        "pu": draft.segments.PU,
        "jakon": draft.segments.JAKON,
        "pmi": draft.segments.PMI,
        "officials": draft.officials,
    }
