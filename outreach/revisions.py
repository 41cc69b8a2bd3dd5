"""Content of registrations that is not the current one, kept sealed and never thrown away."""

from collections.abc import Sequence

import msgspec

from outreach import bulk
from outreach.drafts import Capture, record_of
from outreach.flagging import Sender
from outreach.models import Registration, Revision
from outreach.sealing import seal


def keep_replaced(replaced: Sequence[Registration]) -> None:
    """Keep what edits are about to write over."""
    bulk.insert(
        Revision,
        [
            {
                "registration_id": old.id,
                "number": old.revision,
                "digest": bulk.bytea(old.digest),
                "content": bulk.bytea(seal(msgspec.json.encode(record_of(old)).decode(), old.id)),
                "kader_id": old.kader_id,
                "received_at": old.received_at,
            }
            for old in replaced
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
                "kader_id": sender.kader_id,
                "received_at": sender.received_at,
            }
            for stored, capture in late
        ],
        on_conflict="(registration_id, digest) DO NOTHING",
    )
