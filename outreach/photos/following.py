"""The change log followed for photos: every registration that changed is looked at once more.

Numbered as the log is, nothing is skipped, whichever of photo and record came first and whoever was
interrupted; done twice, it changes nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outreach import bulk
from outreach.models import FollowedChanges
from outreach.photos import reuse
from outreach.photos.declaring import declare
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
    with transaction.atomic():
        declare(ids)
    attempt(lambda: _compare(ids, since, rows[-1][0], now))
    return len(rows)


def _compare(ids: list[UUID], since: int, seen: int, now: datetime) -> None:
    moved = bulk.run(
        "INSERT INTO outreach_followedchanges AS followed (id, seq) VALUES (1, %s)"
        " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq WHERE followed.seq = %s RETURNING seq",
        [seen, since],
    )
    # Another worker has looked at these.
    if moved:
        reuse.compare(ids, now)
