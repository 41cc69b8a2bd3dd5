"""Assignment letters: which are in force, which run out, and doubts that a late one settles."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from django.db.models import Max, QuerySet

from outreach import bulk, changes
from outreach.flags import ASSIGNMENT_EXPIRED
from outreach.models import AssignmentLetter, Registration, User

SOON = timedelta(days=30)

State = Literal["valid", "ends_soon", "expired", "not_yet", "none"]


class Assignment(NamedTuple):
    """How a kader's letters stand on a day; `until` is the last day of the newest."""

    state: State
    until: date | None


def assignment_of(letters: Iterable[AssignmentLetter], day: date) -> Assignment:
    """How these letters of one kader stand on a day."""
    letters = list(letters)
    if not letters:
        return Assignment("none", None)
    until = max(letter.valid_to for letter in letters)
    if until < day:
        return Assignment("expired", until)
    if not any(letter.valid_from <= day <= letter.valid_to for letter in letters):
        return Assignment("not_yet", until)
    return Assignment("ends_soon" if until < day + SOON else "valid", until)


def running_out(kader: QuerySet[User], day: date) -> QuerySet[User]:
    """Those of them who work and whose last letter has ended, or ends soon, the first to end first.

    Each with `until`, its last day.
    """
    return (
        kader.filter(role=User.Role.KADER, is_active=True)
        .annotate(until=Max("letters__valid_to"))
        .filter(until__lt=day + SOON)
        .order_by("until", "pk")
    )


def take_back_doubts(kader: Collection[int], now: datetime) -> int:
    """Take back the doubts about kader's days that a letter covers by now; gives how many went.

    In the caller's transaction, which ends with it.
    """
    rows = bulk.run(
        """
        WITH covered AS (
            SELECT flag.id FROM outreach_flag AS flag
            JOIN outreach_registration AS own ON own.id = flag.registration_id
            WHERE flag.code = %(code)s AND own.kader_id = ANY(%(kader)s) AND EXISTS (
                SELECT FROM outreach_assignmentletter AS letter
                WHERE letter.kader_id = own.kader_id
                    AND own.local_day BETWEEN letter.valid_from AND letter.valid_to)
        ), taken AS (
            DELETE FROM outreach_flag USING covered WHERE outreach_flag.id = covered.id
            RETURNING registration_id, code, evidence, raised_at
        )
        INSERT INTO outreach_pastflag
            (registration_id, code, evidence, raised_at, taken_back_at)
        SELECT registration_id, code, evidence, raised_at, %(now)s FROM taken
        RETURNING registration_id
        """,
        {"code": ASSIGNMENT_EXPIRED, "kader": list(kader), "now": now},
    )
    if not rows:
        return 0
    ids = sorted(registration for (registration,) in rows)
    bulk.run(
        """
        UPDATE outreach_registration AS own SET status = 'submitted'
        WHERE id = ANY(%s) AND status = 'flagged' AND NOT EXISTS (
            SELECT FROM outreach_flag WHERE registration_id = own.id)
        """,
        [ids],
    )
    owners = Registration.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "kader_id")
    told = list(owners)
    changes.settle()
    changes.log_registrations(told)
    return len(ids)
