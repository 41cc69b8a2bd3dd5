"""What others change while a settlement is worked out: see settling for the order."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from outreach import bulk, changes
from outreach.dedup.blocking import MOST_HOLDERS
from outreach.matching.arrivals import Matches
from outreach.matching.keys import without
from outreach.matching.pairs import Ids, ids_of, judged_pairs
from outreach.matching.records import known_of
from outreach.matching.settled import Settlement
from outreach.transactions import LANE, Overtaken


class Since(NamedTuple):
    """The newest change that was committed when reading began, and the database's clock then."""

    change: int
    clock: datetime


def begin() -> Since:
    """To be called before anything is read that a settlement is worked out from, and before any
    lock: it waits for whoever was overtaken too often."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_advisory_xact_lock_shared({LANE});"
            " SELECT (SELECT coalesce(max(seq), 0) FROM outreach_change), clock_timestamp()"
        )
        cursor.nextset()
        return Since(*cursor.fetchone())


def settle_log(since: Since, seeing: str = "SELECT NULL") -> tuple[Any, set[UUID]]:
    """Enter the last part of the transaction: what `seeing` sees, and what changed since."""
    seen, changed = changes.settle(
        f"SELECT ({seeing}), (SELECT array_agg(DISTINCT object_id) FROM outreach_change"
        f" WHERE seq > {since.change} AND kind = 'registration')"
    )
    return seen, {UUID(one) for one in changed or ()}


def still_stands(settled: Settlement, since: Since) -> None:
    """Raise Overtaken where somebody has changed already what the settlement was worked out from.

    Whoever waited for a lock that another batch about the same people held finds out here, before
    it writes what would be thrown away. Only `hold_true` is sure.
    """
    if not settled.relied_on:
        return
    [(changed,)] = bulk.run(
        "SELECT array_agg(DISTINCT object_id::uuid) FROM outreach_change"
        " WHERE seq > %s AND kind = 'registration'",
        [since.change],
    )
    if not changed:
        return
    if not settled.relied_on.isdisjoint(changed) or _met(set(changed), settled.relied_on):
        raise Overtaken


def hold_true(
    settled: Settlement, changed: Collection[UUID], matches: Matches | None = None
) -> None:
    """Raise Overtaken where somebody else changed what the settlement was worked out from, or
    stored somebody whom it should have seen. Under the change log's lock."""
    if not settled.relied_on.isdisjoint(changed):
        raise Overtaken
    strangers = set(changed) - (matches.keys.keys() if matches else set())
    if not strangers:
        return
    if settled.relied_on and _met(strangers, settled.relied_on):
        raise Overtaken
    if matches:
        _look_out(strangers, matches)


def _met(strangers: Collection[UUID], relied_on: Collection[UUID]) -> bool:
    """Whether one of the strangers is, or may be, the same person as somebody relied on."""
    [row] = bulk.run(
        "SELECT EXISTS (SELECT FROM outreach_matchpair"
        " WHERE left_id = ANY(%s) AND right_id = ANY(%s)"
        " OR right_id = ANY(%s) AND left_id = ANY(%s))",
        [list(strangers), list(relied_on)] * 2,
    )
    return bool(row[0])


def _look_out(strangers: Collection[UUID], matches: Matches) -> None:
    """Raise Overtaken where one of the strangers may be the same as one of ours."""
    ours: dict[int, list[UUID]] = {}
    numbers = set()
    for one, keys in matches.keys.items():
        for key in keys.every:
            ours.setdefault(key, []).append(one)
        numbers.update(keys.numbers)
    theirs: dict[int, int] = {}
    pairs: set[Ids] = set()
    for stranger, keys in bulk.run(
        "SELECT registration_id, keys FROM outreach_matchrecord WHERE registration_id = ANY(%s)",
        [list(strangers)],
    ):
        for key in ours.keys() & set(keys) - matches.crowded:
            theirs[key] = theirs.get(key, 0) + 1
            if key in numbers or matches.counts[key] + theirs[key] > MOST_HOLDERS:
                raise Overtaken
            pairs.update(ids_of(stranger, one) for one in ours[key])
    if not pairs:
        return
    known = known_of(strangers)
    facts = {one: without(it.facts, it.blank) for one, it in known.items()}
    facts |= matches.facts
    if judged_pairs(facts, pairs):
        raise Overtaken
