"""Content of registrations that is not the current one, kept sealed and never thrown away."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from outreach import bulk
from outreach.drafts import Capture, record_of
from outreach.flagging import Doubts, Sender
from outreach.models import Registration, Revision
from outreach.sealing import seal


def keep_replaced(replaced: Sequence[tuple[Registration, Doubts]]) -> None:
    """Keep what edits are about to write over; with the doubts there were."""
    bulk.insert(
        Revision,
        [
            {
                "registration_id": old.id,
                "number": old.revision,
                "digest": bulk.bytea(old.digest),
                "content": bulk.bytea(seal(msgspec.json.encode(record_of(old)).decode(), old.id)),
                "was_held": False,
                "kader_id": old.kader_id,
                "enrolled": "unenrolled_device" not in doubts,
                "clock_skew_s": old.clock_skew_s,
                "received_at": old.received_at,
            }
            for old, doubts in replaced
        ],
        on_conflict="(registration_id, digest) DO UPDATE SET number = excluded.number",
    )


def keep_late(late: Sequence[tuple[Registration, Capture]], sender: Sender) -> None:
    """Keep content that lost to a newer revision, once, where a coordinator can find it."""
    bulk.insert(
        Revision,
        [
            {
                "registration_id": stored.id,
                "number": None,
                "digest": bulk.bytea(capture.digest),
                "content": bulk.bytea(seal(capture.content.decode(), stored.id)),
                "was_held": False,
                "kader_id": sender.kader_id,
                "enrolled": sender.enrolled,
                "clock_skew_s": sender.clock_skew_s,
                "received_at": sender.received_at,
            }
            for stored, capture in late
        ],
        on_conflict="(registration_id, digest) DO NOTHING",
    )


def keep_as_sent(registration: UUID, content: str, digest: bytes, sender: Sender) -> None:
    """Keep what a tablet sent of a registration that became one only when somebody corrected it."""
    bulk.insert(
        Revision,
        [
            {
                "registration_id": registration,
                "number": None,
                "digest": bulk.bytea(digest),
                "content": bulk.bytea(seal(content, registration)),
                "was_held": True,
                "kader_id": sender.kader_id,
                "enrolled": sender.enrolled,
                "clock_skew_s": sender.clock_skew_s,
                "received_at": sender.received_at,
            }
        ],
        on_conflict="(registration_id, digest) DO NOTHING",
    )
