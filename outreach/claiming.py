"""Claims, so that two coordinators do not decide the same case: shown, taken over, never for long.

They keep nobody from anything in the domain: a decision is held to what was decided before it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from outreach import bulk
from outreach.models import Claim, User

LASTS = timedelta(minutes=10)
"""From when the case was last opened."""


def claim(subject: UUID, user: User, now: datetime, *, take_over: bool = False) -> Claim:
    """Claim a case, or have one's own claim last longer; gives whoever's it is then.

    Somebody else's claim stays as long as it lasts, unless it is taken over.
    """
    while True:
        bulk.run(
            "INSERT INTO outreach_claim AS old (subject, by_id, since, until)"
            " VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (subject) DO UPDATE SET by_id = excluded.by_id, until = excluded.until,"
            " since = CASE WHEN old.by_id = excluded.by_id AND old.until > excluded.since"
            " THEN old.since ELSE excluded.since END"
            " WHERE old.by_id = excluded.by_id OR old.until <= excluded.since OR %s"
            " RETURNING subject",
            [subject, user.pk, now, now + LASTS, take_over],
        )
        found = Claim.objects.select_related("by").filter(subject=subject).first()
        # Given free by its holder in between: it is there to be claimed.
        if found:
            return found


def claims_on(subjects: Collection[UUID], now: datetime) -> dict[UUID, Claim]:
    """The claims that hold, by case; one statement."""
    held = Claim.objects.filter(subject__in=subjects, until__gt=now).select_related("by")
    return {one.subject: one for one in held}


def claimed_by_other(subject: UUID, user: User, now: datetime) -> Claim | None:
    """Somebody else's claim on a case, if it holds."""
    found = claims_on([subject], now).get(subject)
    return found if found and found.by_id != user.pk else None


def release(subject: UUID, user: User, now: datetime) -> None:
    """Give a case free that one has claimed; and forget claims that are over."""
    bulk.run(
        "DELETE FROM outreach_claim WHERE subject IN (SELECT subject FROM outreach_claim"
        " WHERE (subject = %s AND by_id = %s) OR until <= %s FOR UPDATE SKIP LOCKED)"
        " RETURNING subject",
        [subject, user.pk, now],
    )
