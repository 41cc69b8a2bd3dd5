"""The change log: numbered under a lock just before commit, so that a cursor never skips one."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from outreach import bulk
from outreach.models import Change
from outreach.offices.territory import CODES, ZONE

LOCK = 0x6A656D70
KADER_AT_ONCE = 100

IN_TERRITORY = """EXISTS (SELECT FROM unnest({codes}) AS own(region_covered)
    WHERE {village} = region_covered OR starts_with({village}, region_covered || '.'))"""
"""Whether a village lies in one of the regions."""


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
    log_own("registration", owners)


def log_own(kind: str, owners: Iterable[tuple[UUID, int]]) -> None:
    """Note that things of a kind changed for the kader each belongs to; call it after `settle`."""
    rows: Sequence[dict[str, object]] = [
        {"kind": kind, "object_id": one, "op": Change.Op.UPSERT.value, "kader_id": kader}
        for one, kader in owners
    ]
    bulk.insert(Change, rows)


def log_campaign(
    campaign: UUID, team: Collection[int], left: Collection[int], villages: Collection[str] = ()
) -> None:
    """Note a campaign's change for its team, and for who left it that it is theirs no more.

    Also for all of them the `villages` that came to it or left it, as far as they do not have them
    anyway, as part of their office's regions. Call it after `settle`.
    """
    ops = [(kader, Change.Op.UPSERT) for kader in team] + [(k, Change.Op.DELETE) for k in left]
    rows: Sequence[dict[str, object]] = [
        {"kind": "campaign", "object_id": campaign, "op": op.value, "kader_id": kader}
        for kader, op in ops
    ]
    bulk.insert(Change, rows)
    if villages:
        territory = IN_TERRITORY.format(
            # By the borders of today: others bring a new scope, and everything is pulled anew.
            codes=CODES.format(
                office="kader.office_id", day=f"(now() AT TIME ZONE '{ZONE.key}')::date"
            ),
            village="village",
        )
        bulk.run(
            "INSERT INTO outreach_change (kind, object_id, op, kader_id)"
            " SELECT 'village', village, 'upsert', kader.id"
            " FROM outreach_user AS kader, unnest(%s::text[]) AS village"
            f" WHERE kader.id = ANY(%s) AND NOT {territory} ORDER BY village, kader.id",
            [sorted(villages), [*team, *left]],
        )


def log_for_all(kind: str, ids: Iterable[str]) -> None:
    """Note that an `occupation`, a `notice`, a `village` or its `boundary`, or the rules of
    contributions changed for every kader.

    Who is told of a village depends on their territory, and of a boundary on whether they draw it.
    Call it after `settle`.
    """
    rows: Sequence[dict[str, object]] = [
        {"kind": kind, "object_id": one, "op": Change.Op.UPSERT.value} for one in sorted(ids)
    ]
    bulk.insert(Change, rows)


def log_regions(codes: Collection[str]) -> None:
    """Note that regions changed, for all villages in them; call it after `settle`."""
    bulk.run(
        "INSERT INTO outreach_change (kind, object_id, op)"
        " SELECT 'village', code, 'upsert' FROM outreach_region WHERE level = 4"
        " AND (code = ANY(%(codes)s) OR left(code, 8) = ANY(%(codes)s)"
        " OR left(code, 5) = ANY(%(codes)s) OR left(code, 2) = ANY(%(codes)s)) ORDER BY code",
        {"codes": list(codes)},
    )


def compact() -> int:
    """Forget all but the newest row of each thing for each kader; gives how many rows went.

    That row is kept for ever, so a reader of any age still learns of everything that changed. May
    run at any time: whoever still sees an older row gone sees the newer one as well.
    """
    gone = _compact("kader_id IS NULL", [])
    last = 0
    while kader := _next_kader(last):
        gone += _compact("kader_id = ANY(%s)", [kader])
        last = kader[-1]
    return gone


def _next_kader(last: int) -> list[int]:
    """The next few kader with rows in the log, each found by one step in the index."""
    rows = bulk.run(
        "WITH RECURSIVE next(id, place) AS ("
        " SELECT min(kader_id), 1 FROM outreach_change WHERE kader_id > %s UNION ALL"
        " SELECT (SELECT min(kader_id) FROM outreach_change WHERE kader_id > next.id), place + 1"
        f" FROM next WHERE id IS NOT NULL AND place < {KADER_AT_ONCE})"
        " SELECT id FROM next WHERE id IS NOT NULL ORDER BY id",
        [last],
    )
    return [kader for (kader,) in rows]


def _compact(whose: str, parameters: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_change USING (SELECT seq AS old,"
            " max(seq) OVER (PARTITION BY kader_id, kind, object_id) AS newest"
            f" FROM outreach_change WHERE {whose}) AS known WHERE seq = old AND old < newest",
            parameters,
        )
        return int(cursor.rowcount)
