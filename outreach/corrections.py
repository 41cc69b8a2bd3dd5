"""What offices say to a kader: a correction that is still open, or why it was rejected."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk


class Word(NamedTuple):
    """A decision of `kind` request_correction, refuse or reject, in its maker's words, and when."""

    kind: str
    reason: str
    at: datetime


def words_to_kader(registrations: Collection[UUID]) -> dict[UUID, Word]:
    """The newest word about each of the registrations that is rejected or waits for a correction;
    one statement."""
    rows = bulk.run(
        "SELECT DISTINCT ON (d.registration_id) d.registration_id, d.kind, d.reason, d.decided_at"
        " FROM outreach_decision d JOIN outreach_registration r ON r.id = d.registration_id"
        " WHERE r.id = ANY(%s) AND (r.status, d.kind) IN"
        " (('needs_correction', 'request_correction'), ('needs_correction', 'refuse'),"
        " ('rejected', 'reject'))"
        " ORDER BY d.registration_id, d.decided_at DESC, d.id DESC",
        [list(registrations)],
    )
    return {row[0]: Word(*row[1:]) for row in rows}
