"""What changed for a kader, a page at a time: first how everything is, then what changes.

The log says that something changed, and the page how it is by now. So the log is always read first:
what changes after that comes again in a later page, and nothing is missed.
"""

import hashlib
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from outreach import bulk
from outreach.changes import IN_TERRITORY
from outreach.offices.territory import CODES, today
from sync.contents import Ref, Territory, told
from sync.cursors import Cursor, decoded, encoded, resync
from sync.epoch import epoch
from sync.told import ChangeTold

PAGE_SIZE = 500
LARGEST_PAGE = 1000


class ChangesAnswer(msgspec.Struct, frozen=True):
    """A page of changes; `cursor` leads on from it, at once if it `has_more`."""

    epoch: str
    changes: list[ChangeTold]
    cursor: str
    has_more: bool
    server_time: datetime


class Asked(NamedTuple):
    """What a tablet asks for: everything, or what comes after a cursor.

    `boundaries`: with outlines of the villages; None, as the cursor has it.
    """

    cursor: str = ""
    limit: int = PAGE_SIZE
    boundaries: bool | None = None


class Scope(NamedTuple):
    """What a kader is to know of, and the log's newest number when that was looked up."""

    territory: Territory
    mark: str
    head: int


class _Page(NamedTuple):
    refs: list[Ref]
    cursor: Cursor
    has_more: bool


def pull(kader: int, asked: Asked, now: datetime) -> ChangesAnswer:
    """The next page for a kader, in a constant number of statements.

    Raises Problem cursor_invalid where the tablet has to start anew.
    """
    scope = scope_of(kader, today(now))
    cursor = _cursor(asked, scope)
    page = (_changed if cursor.listed is None else _listed)(cursor, scope, asked.limit)
    return ChangesAnswer(
        epoch=cursor.epoch,
        changes=told(page.refs, scope.territory, with_boundaries=cursor.boundaries),
        cursor=encoded(page.cursor),
        has_more=page.has_more,
        server_time=now,
    )


def scope_of(kader: int, day: date) -> Scope:
    """A kader's scope. Its mark changes with the office and what that looks after on the day."""
    [(office, codes, head)] = bulk.run(
        f"SELECT office_id, {CODES.format(office='kader.office_id', day='%s::date')},"
        " (SELECT coalesce(max(seq), 0) FROM outreach_change)"
        " FROM outreach_user AS kader WHERE id = %s",
        [day, day, kader],
    )
    mark = hashlib.sha256(msgspec.json.encode((kader, office, codes))).hexdigest()[:16]
    return Scope(Territory(kader, codes), mark, head)


def _cursor(asked: Asked, scope: Scope) -> Cursor:
    """Where to go on from."""
    if not asked.cursor:
        return Cursor(epoch(), scope.mark, bool(asked.boundaries), scope.head, (0, ""))
    cursor = decoded(asked.cursor)
    if cursor.epoch != epoch() or cursor.seq > scope.head:
        raise resync("epoch")
    if cursor.scope != scope.mark or asked.boundaries not in {None, cursor.boundaries}:
        raise resync("scope")
    return cursor


_LISTED = f"""
SELECT section, kind, id FROM (
    SELECT 1 AS section, 'campaign' AS kind, campaign_id::text AS id
    FROM outreach_campaignmember WHERE kader_id = %(kader)s
    UNION ALL
    SELECT DISTINCT 2, 'village', region_id
    FROM outreach_campaign_villages JOIN outreach_campaignmember USING (campaign_id)
    WHERE kader_id = %(kader)s
    UNION ALL
    SELECT 3, 'notice', version FROM outreach_consentnotice
    UNION ALL
    SELECT 4, 'occupation', code FROM outreach_occupation
    UNION ALL
    SELECT 5, 'registration', own.id::text FROM (
        SELECT id FROM outreach_registration
        WHERE kader_id = %(kader)s AND status <> 'withdrawn'
        UNION SELECT record_id FROM sync_heldrecord AS held
        WHERE kader_id = %(kader)s AND NOT EXISTS (
            SELECT FROM outreach_registration AS made WHERE made.id = held.record_id
            AND made.kader_id = held.kader_id AND status = 'withdrawn')) AS own
    UNION ALL
    SELECT 6, 'village', code FROM outreach_region
    WHERE level = 4 AND {IN_TERRITORY.format(codes="%(codes)s::text[]", village="code")}
    UNION ALL
    SELECT 7, 'lead', id::text FROM outreach_lead
    WHERE kader_id = %(kader)s AND erased_at IS NULL
    UNION ALL
    SELECT 8, 'attendance', id::text FROM outreach_attendance WHERE kader_id = %(kader)s
    UNION ALL
    SELECT 9, 'contribution_rules', 'current'
) AS everything
WHERE (section, id COLLATE "C") > (%(section)s, %(last)s)
ORDER BY section, id COLLATE "C" LIMIT %(limit)s"""
"""Everything a kader is to know of, the own area first.

A village that is in both sections comes twice: it may move between them while they are listed.
"""


def _listed(cursor: Cursor, scope: Scope, limit: int) -> _Page:
    """How things are, whenever they are looked at: what changed since `cursor.seq` comes later."""
    section, last = cursor.listed or (0, "")
    rows = bulk.run(
        _LISTED,
        {**scope.territory._asdict(), "section": section, "last": last, "limit": limit},
    )
    refs = [Ref(kind, one) for _, kind, one in rows]
    if len(rows) == limit:
        section, _, last = rows[-1]
        return _Page(refs, msgspec.structs.replace(cursor, listed=(section, last)), has_more=True)
    return _Page(
        refs,
        msgspec.structs.replace(cursor, listed=None),
        has_more=scope.head > cursor.seq,
    )


_CHANGED = f"""
SELECT seq, kind, object_id FROM (
    (SELECT seq, kind, object_id FROM outreach_change
    WHERE kader_id = %(kader)s AND seq > %(seq)s AND seq <= %(head)s
    ORDER BY seq LIMIT %(limit)s)
    UNION ALL
    (SELECT seq, kind, object_id FROM outreach_change
    WHERE kader_id IS NULL AND seq > %(seq)s AND seq <= %(head)s
    AND (kind NOT IN ('village', 'boundary')
        OR {IN_TERRITORY.format(codes="%(codes)s::text[]", village="object_id")}
        OR object_id IN (
            SELECT region_id FROM outreach_campaign_villages
            JOIN outreach_campaignmember USING (campaign_id) WHERE kader_id = %(kader)s))
    AND (kind <> 'boundary' OR %(boundaries)s)
    ORDER BY seq LIMIT %(limit)s)
) AS changed
ORDER BY seq LIMIT %(limit)s"""


def _changed(cursor: Cursor, scope: Scope, limit: int) -> _Page:
    """What changed after `cursor.seq`, up to the head: nothing before that is yet to commit."""
    parameters: dict[str, Any] = {
        **scope.territory._asdict(),
        "seq": cursor.seq,
        "head": scope.head,
        "boundaries": cursor.boundaries,
        "limit": limit,
    }
    rows = bulk.run(_CHANGED, parameters)
    is_full = len(rows) == limit
    return _Page(
        [Ref("village" if kind == "boundary" else kind, one) for _, kind, one in rows],
        msgspec.structs.replace(cursor, seq=rows[-1][0] if is_full else scope.head),
        has_more=is_full,
    )
