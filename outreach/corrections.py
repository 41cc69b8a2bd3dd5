"""Corrections that coordinators asked for and that nobody has sent yet."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk


class AskedCorrection(NamedTuple):
    """What is to be put right, in the coordinator's words, and since when."""

    reason: str
    at: datetime


def open_corrections(registrations: Collection[UUID]) -> dict[UUID, AskedCorrection]:
    """The open request for each of the registrations that waits for one; one statement."""
    rows = bulk.run(
        "SELECT DISTINCT ON (d.registration_id) d.registration_id, d.reason, d.decided_at"
        " FROM outreach_decision d JOIN outreach_registration r ON r.id = d.registration_id"
        " WHERE r.id = ANY(%s) AND r.status = 'needs_correction' AND d.kind = 'request_correction'"
        " ORDER BY d.registration_id, d.decided_at DESC, d.id DESC",
        [list(registrations)],
    )
    return {row[0]: AskedCorrection(*row[1:]) for row in rows}
