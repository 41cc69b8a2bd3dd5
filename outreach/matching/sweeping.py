"""The sweep: what pushes could not know, or have not done yet.

Registrations that were never matched, or whose village is another one by now; keys that became
crowded, or are crowded no more; with `everything`, all registrations. In chunks, each in a
transaction of its own, so that it can be interrupted and taken up again.

What another version of the model had judged, this one does not judge anew: nobody is moved by new
weights. With `everything`, pairs that it would judge otherwise become questions (see proposing).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from outreach import bulk, people
from outreach.dedup.blocking import MOST_HOLDERS
from outreach.dedup.scoring import shipped_model
from outreach.matching import storing, watching
from outreach.matching.arrivals import Arrival, Matches
from outreach.matching.judging import match
from outreach.matching.proposing import propose, withdraw
from outreach.matching.records import Matched, facts_of_registration, matched_before
from outreach.matching.settled import Before, Change, Settlement
from outreach.matching.settling import settlement
from outreach.models import Registration
from outreach.transactions import Overtaken, attempt

CHUNK = 500

Progress = Callable[[int], None]


@dataclass(slots=True)
class Swept:
    """How much the sweep looked at, and what it changed.

    `persons`: of registrations that are another person's than before, both people. `states`: of
    those with another person, status or doubt, a mark of what it was and one of what it is.
    `proposed` and `withdrawn` are questions that a model raised, or raises no more.
    """

    matched: int = 0
    keys: int = 0
    proposed: int = 0
    withdrawn: int = 0
    persons: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    states: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    @property
    def moved(self) -> int:
        return len(self.persons)

    @property
    def changed(self) -> int:
        return len(self.states)

    def add(self, later: "Swept") -> None:
        """What was swept in all: whoever moved on counts once, and not at all when back again."""
        for name in ("matched", "keys", "proposed", "withdrawn"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        _follow(self.persons, later.persons)
        _follow(self.states, later.states)


Was = TypeVar("Was")


def _follow(found: dict[UUID, tuple[Was, Was]], later: Mapping[UUID, tuple[Was, Was]]) -> None:
    for one, (before, after) in later.items():
        first = found[one][0] if one in found else before
        found[one] = (first, after)
        if first == after:
            del found[one]


def sweep(
    now: datetime, *, everything: bool = False, progress: Progress = lambda _matched: None
) -> Swept:
    """Bring people in line with what is stored; a second sweep right after it changes nothing."""
    whole = Swept()
    if everything:
        _find_crowded()
    _each_chunk(_all if everything else _unmatched, now, whole, progress)
    while keys := _unswept():
        for key in keys:
            _sweep_key(key, now, whole, progress)
    return whole


def _each_chunk(
    chunk: Callable[[UUID], list[UUID]], now: datetime, whole: Swept, progress: Progress
) -> None:
    last = UUID(int=0)
    while ids := chunk(last):
        whole.add(_rematched(ids, now))
        progress(whole.matched)
        last = ids[-1]


def _rematched(ids: Sequence[UUID], now: datetime) -> Swept:
    """Match these anew; half of them at a time where pushes keep getting in between."""
    try:
        return attempt(partial(_rematch, ids, now))
    except Overtaken:
        if len(ids) == 1:
            raise
    found = _rematched(ids[: len(ids) // 2], now)
    found.add(_rematched(ids[len(ids) // 2 :], now))
    return found


def _all(last: UUID) -> list[UUID]:
    return _ids("SELECT id FROM outreach_registration WHERE id > %s ORDER BY id LIMIT %s", last)


def _unmatched(last: UUID) -> list[UUID]:
    return _ids(
        "SELECT id FROM outreach_registration r WHERE id > %s AND NOT EXISTS ("
        " SELECT FROM outreach_matchrecord WHERE registration_id = r.id AND model <> '')"
        " ORDER BY id LIMIT %s",
        last,
    )


def _ids(sql: str, last: UUID) -> list[UUID]:
    return [row[0] for row in bulk.run(sql, [last, CHUNK])]


def _find_crowded() -> None:
    """Look through the whole key table: batches in flight may have crowded a key together."""
    bulk.run(
        "INSERT INTO outreach_crowdedkey (key, swept) SELECT key, false FROM outreach_matchkey"
        " GROUP BY key HAVING count(*) > %s ORDER BY key ON CONFLICT DO NOTHING",
        [MOST_HOLDERS],
    )


def _unswept() -> list[int]:
    rows = bulk.run("SELECT key FROM outreach_crowdedkey WHERE NOT swept ORDER BY key LIMIT 100")
    return [row[0] for row in rows]


def _sweep_key(key: int, now: datetime, whole: Swept, progress: Progress) -> None:
    """Match the holders of a key anew that became crowded, or is so no more.

    It counts as swept at the end, so that what was interrupted is taken up again.
    """
    whole.keys += 1
    if attempt(partial(_free, key)):
        _each_chunk(_unmatched, now, whole, progress)
        return

    def holders(last: UUID) -> list[UUID]:
        return [
            row[0]
            for row in bulk.run(
                "SELECT registration_id FROM outreach_matchkey"
                " WHERE key = %s AND registration_id > %s ORDER BY 1 LIMIT %s",
                [key, last, CHUNK],
            )
        ]

    _each_chunk(holders, now, whole, progress)
    bulk.run(
        "UPDATE outreach_crowdedkey SET swept = true WHERE key = %s AND (SELECT count(*) FROM"
        " (SELECT FROM outreach_matchkey WHERE key = %s LIMIT %s) AS held) > %s",
        [key, key, MOST_HOLDERS + 1, MOST_HOLDERS],
    )


def _free(key: int) -> bool:
    """Let a key lead somewhere again that few hold by now; its holders are to be matched anew."""
    freed = bulk.run(
        "DELETE FROM outreach_crowdedkey WHERE key = %s AND (SELECT count(*) FROM"
        " (SELECT FROM outreach_matchkey WHERE key = %s LIMIT %s) AS held) <= %s RETURNING key",
        [key, key, MOST_HOLDERS + 1, MOST_HOLDERS],
    )
    if freed:
        bulk.run(
            "UPDATE outreach_matchrecord SET model = '' WHERE registration_id IN"
            " (SELECT registration_id FROM outreach_matchkey WHERE key = %s)",
            [key],
        )
    return bool(freed)


def _rematch(ids: Sequence[UUID], now: datetime) -> Swept:
    """Match stored registrations anew, as if they were edited now."""
    since = watching.begin()
    before = matched_before(ids)
    foreign = {
        one for one, was in before.items() if was.known.model not in ("", shipped_model().version)
    }
    own = [one for one in ids if one not in foreign]
    rows = Registration.objects.in_bulk(own)
    matches = match([_arrival(rows[one], before.get(one)) for one in own])
    proposed = propose({one: before[one].known for one in foreign})
    withdrawn = withdraw(own)
    settled = settlement(Change(matches=matches, starts=ids))
    stale = _stale(matches, before)
    known = storing.move(settled, stale, now)
    storing.store_records(
        matches,
        {one: rows[one].received_at for one in own},
        {one: before[one].keys for one in own if one in before},
        are_new=False,
    )
    _, changed = watching.settle_log(since)
    watching.hold_true(settled, changed, matches)
    people.recount(known, {})
    storing.store_found(settled, now, also=stale)
    return Swept(
        matched=len(ids),
        proposed=proposed.made,
        withdrawn=proposed.withdrawn + withdrawn,
        persons={one: (was, settled.person[one]) for one, was in settled.moved().items()},
        states={one: _marks(settled, one) for one in settled.touched},
    )


def _marks(settled: Settlement, one: UUID) -> tuple[int, int]:
    """Two numbers for how a registration was and is: it takes less memory than all its doubts."""
    before = settled.before[one]
    after = Before(settled.person[one], settled.status[one], settled.doubts[one])
    was, now = (
        hash((state.person, state.status, json.dumps(state.doubts, sort_keys=True)))
        for state in (before, after)
    )
    return was, now


def _arrival(row: Registration, before: Matched | None) -> Arrival:
    return Arrival(row.id, facts_of_registration(row), before.known if before else None)


def _stale(matches: Matches, before: dict[UUID, Matched]) -> set[UUID]:
    """Those that are compared otherwise from now on: whoever is comparing them has to see it."""
    return {
        one
        for one, keys in matches.keys.items()
        if one not in before
        or before[one].keys != keys.every
        or before[one].known != (matches.raw[one], matches.blank[one], shipped_model().version)
    }
