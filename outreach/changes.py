"""The change log: numbered under a lock just before commit, so that a cursor never skips one."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from outreach import bulk
from outreach.models import Change

LOCK = 0x6A656D70


def settle(seeing: str = "SELECT NULL") -> tuple[Any, ...]:
    """Enter the last part of a transaction: nothing commits between here and our own commit.

    Foreign keys are checked before the lock is taken, so that it is held as briefly as possible.
    Whoever holds it must not wait for a row that another transaction may hold. Gives the one row
    that the query `seeing` finds under the lock, in the same round trip.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"
            f" SELECT pg_advisory_xact_lock({LOCK}); {seeing}"
        )
        for _ in range(3):
            cursor.nextset()
        return tuple(cursor.fetchone())


def log_registrations(owners: Iterable[tuple[UUID, int]]) -> None:
    """Note that registrations changed for the kader they belong to; call it after `settle`."""
    rows: Sequence[dict[str, object]] = [
        {
            "kind": "registration",
            "object_id": registration,
            "op": Change.Op.UPSERT.value,
            "kader_id": kader,
        }
        for registration, kader in owners
    ]
    bulk.insert(Change, rows)


def log_campaign(campaign: UUID, team: Collection[int], left: Collection[int]) -> None:
    """Note a campaign's change for its team, and for who left it that it is theirs no more.

    Call it after `settle`.
    """
    ops = [(kader, Change.Op.UPSERT) for kader in team] + [(k, Change.Op.DELETE) for k in left]
    rows: Sequence[dict[str, object]] = [
        {"kind": "campaign", "object_id": campaign, "op": op.value, "kader_id": kader}
        for kader, op in ops
    ]
    bulk.insert(Change, rows)
