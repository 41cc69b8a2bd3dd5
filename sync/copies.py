"""What the server has of records that are to be put right, told with their results."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from outreach import bulk
from outreach.drafts import record_of
from outreach.models import Registration
from outreach.sealing import readable_json
from sync.answers import Result

LARGEST_COPY = 16 * 1024
"""In sealed bytes: what people typed is a tenth of it."""
MOST_HELD_BYTES = 2 * 1024 * 1024
"""Of held copies in one answer, as much as a push may bring; the rest is told without."""


def with_copies(results: Iterable[Result], kader: int) -> list[Result]:
    """A kader's results, those of records to be put right with what the server has of them.

    A tablet drops what was accepted, and another of the kader's never had it; what is held was
    pushed by one of them, and each is to be able to put it right.
    """
    results = list(results)
    asked = Registration.Status.NEEDS_CORRECTION
    # What came under somebody else's id is stored under another, and only that is their own.
    places = [result.stored_as or result.id for result in results]
    copies = server_copies(
        [place for place, one in zip(places, results, strict=True) if one.state == asked]
    ) | _held_copies(
        [one.id for one in results if (one.outcome, one.action) == ("rejected", "fix")], kader
    )
    return [
        replace(result, server=copies[place])
        if place in copies and (result.state == asked or result.outcome == "rejected")
        else result
        for place, result in zip(places, results, strict=True)
    ]


def _held_copies(ids: Collection[UUID], kader: int) -> dict[UUID, dict[str, Any]]:
    """What the kader sent last of held records, as JSON has it, the newest first as far as they
    fit into an answer; nothing that is very large."""
    if not ids:
        return {}
    rows = bulk.run(
        "SELECT record_id, content FROM (SELECT *, sum(length(content)) OVER (ORDER BY id DESC)"
        " AS bytes FROM (SELECT DISTINCT ON (record_id) id, record_id, content"
        " FROM sync_heldrecord WHERE record_id = ANY(%s) AND kader_id = %s"
        " ORDER BY record_id, id DESC) AS newest WHERE length(content) <= %s) AS small"
        " WHERE bytes <= %s",
        [list(ids), kader, LARGEST_COPY, MOST_HELD_BYTES],
    )
    copies = {row[0]: readable_json(row[1], row[0]) for row in rows}
    return {place: copy for place, copy in copies.items() if isinstance(copy, dict)}


def server_copies(ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Stored registrations as records."""
    if not ids:
        return {}
    return {row.id: record_of(row) for row in Registration.objects.filter(id__in=ids)}
