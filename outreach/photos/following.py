"""The change log followed for photos: every registration that changed is looked at once more.

Numbered as the log is, nothing is skipped, whichever of photo and record came first and whoever was
interrupted; done twice, it changes nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outreach import bulk, changes
from outreach.models import FollowedChanges
from outreach.photos import reuse
from outreach.transactions import attempt

CHANGES_AT_ONCE = 200


def follow(now: datetime) -> int:
    """Look at the next registrations that changed; gives how many changes those were."""
    since = FollowedChanges.objects.values_list("seq", flat=True).first() or 0
    rows = bulk.run(
        "SELECT seq, object_id FROM outreach_change WHERE seq > %s AND kind = 'registration'"
        " ORDER BY seq LIMIT %s",
        [since, CHANGES_AT_ONCE],
    )
    if not rows:
        return 0
    ids = sorted({UUID(one) for _, one in rows})
    declare(ids)
    attempt(lambda: _compare(ids, since, rows[-1][0], now))
    return len(rows)


def declare(ids: list[UUID]) -> None:
    """Note that registrations declare photos that came before them."""
    with transaction.atomic():
        owners = bulk.run(
            "WITH declared AS (SELECT r.id, r.kader_id, photo ->> 'sha256' AS sha256,"
            "  photo ->> 'kind' = 'id_card' AS is_id_card"
            "  FROM outreach_registration r, jsonb_array_elements(r.photos) AS photo"
            "  WHERE r.id = ANY(%s)),"
            " photo AS (SELECT p.id, bool_or(d.is_id_card) AS is_id_card,"
            "  (array_agg(d.id ORDER BY d.id))[1] AS registration"
            "  FROM outreach_photo p JOIN declared d USING (kader_id, sha256)"
            "  GROUP BY p.id ORDER BY p.id)"
            " UPDATE outreach_photo SET is_declared = true,"
            "  kind = CASE WHEN photo.is_id_card THEN 'id_card' ELSE kind END"
            " FROM photo WHERE outreach_photo.id = photo.id"
            "  AND (NOT is_declared OR photo.is_id_card AND kind <> 'id_card')"
            " RETURNING photo.registration, kader_id",
            [ids],
        )
        if owners:
            changes.settle()
            changes.log_registrations(sorted(set(owners)))


def _compare(ids: list[UUID], since: int, seen: int, now: datetime) -> None:
    moved = bulk.run(
        "INSERT INTO outreach_followedchanges AS followed (id, seq) VALUES (1, %s)"
        " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq WHERE followed.seq = %s RETURNING seq",
        [seen, since],
    )
    # Another worker has looked at these.
    if moved:
        reuse.compare(ids, now)
