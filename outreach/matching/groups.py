"""Which registrations are one person: connected groups, settled one by one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import NamedTuple
from uuid import UUID, uuid5

from outreach import bulk
from outreach.dedup.clustering import MOST_TOGETHER, Connection, groups
from outreach.dedup.facts import Facts
from outreach.dedup.overruling import overruled
from outreach.dedup.scoring import shipped_model
from outreach.matching.pairs import Ids, Pair, ids_of, judged_apart

MOST_REACHED = 50_000
"""More registrations than this are not settled at once; a mistake somewhere ties them together."""

_PEOPLE = UUID("5c1c4ab9-6a7b-4f0f-9b7e-2f0a7c3d1e58")

ROWS = """
    SELECT row.* FROM ({ids}) AS wanted(id) CROSS JOIN LATERAL (
        SELECT r.id, r.person_id, r.status, r.kader_id, coalesce(m.arrived_at, r.received_at),
            m.model
        FROM outreach_registration r
        LEFT JOIN outreach_matchrecord m ON m.registration_id = r.id
        WHERE r.id = wanted.id LIMIT 1
    ) AS row
"""
"""One look-up each: how many there are is nothing that a planner could guess."""


Arrived = tuple[bool, int, datetime, int]


@dataclass(slots=True)
class Row:
    """A registration as far as people and questions go; no person yet if it is new.

    Of two, the one with the smaller (`arrived_at`, `position`) arrived first; a new one after all
    stored ones, at its place in the batch.
    """

    id: UUID
    person: UUID | None
    status: str
    kader: int
    arrived_at: datetime
    model: str | None
    position: int = -1

    @property
    def arrival(self) -> Arrived:
        return (self.position >= 0, self.position, self.arrived_at, self.id.int)


class Stored(NamedTuple):
    """A MatchPair as it is stored."""

    id: UUID
    pair: Pair
    is_open: bool
    settles: float
    proposed: float | None


def reached(starts: Collection[UUID]) -> dict[UUID, Row]:
    """Everybody whose person could change with these: connected by pairs, verdicts or person."""
    if not starts:
        return {}
    rows = bulk.run(
        """
        WITH RECURSIVE reach(id) AS (
            SELECT unnest(%s::uuid[])
            UNION
            SELECT near.id FROM reach CROSS JOIN LATERAL (
                SELECT right_id AS id FROM outreach_matchpair WHERE left_id = reach.id AND is_same
                UNION ALL
                SELECT left_id FROM outreach_matchpair WHERE right_id = reach.id AND is_same
                UNION ALL
                SELECT right_id FROM outreach_pairverdict
                WHERE left_id = reach.id AND is_same AND NOT is_undone
                UNION ALL
                SELECT left_id FROM outreach_pairverdict
                WHERE right_id = reach.id AND is_same AND NOT is_undone
                UNION ALL
                SELECT other.id FROM outreach_registration own
                JOIN outreach_registration other ON other.person_id = own.person_id
                WHERE own.id = reach.id
            ) AS near
        )"""
        + ROWS.format(ids="SELECT id FROM reach LIMIT %s"),
        [list(starts), MOST_REACHED],
    )
    return {row[0]: Row(*row) for row in rows}


def rows_of(ids: Collection[UUID]) -> dict[UUID, Row]:
    """Registrations by id; one statement."""
    if not ids:
        return {}
    rows = bulk.run(ROWS.format(ids="SELECT unnest(%s::uuid[])"), [list(ids)])
    return {row[0]: Row(*row) for row in rows}


def owners_of(rows: Mapping[UUID, Row]) -> dict[UUID, UUID]:
    """Registration → person, of those that have one."""
    return {one: row.person for one, row in rows.items() if row.person}


def stored_pairs(condition: str, parameters: Sequence[object]) -> dict[Ids, Stored]:
    """Pairs with what is stored of them; one statement."""
    rows = bulk.run(
        "SELECT left_id, right_id, id, score, vetoes, model, is_same, same_nik, is_open, settles,"
        f" proposed FROM outreach_matchpair WHERE {condition}",
        parameters,
    )
    return {(row[0], row[1]): Stored(row[2], Pair(*row[3:8]), *row[8:]) for row in rows}


def pairs_with(ids: Collection[UUID]) -> dict[Ids, Stored]:
    """The stored pairs of registrations; one statement."""
    if not ids:
        return {}
    return stored_pairs("left_id = ANY(%s) OR right_id = ANY(%s)", [list(ids), list(ids)])


def said_of(ids: Collection[UUID]) -> dict[Ids, bool]:
    """What people said of pairs with one of these registrations, the newest word on each."""
    if not ids:
        return {}
    rows = bulk.run(
        "SELECT DISTINCT ON (left_id, right_id) left_id, right_id, is_same"
        " FROM outreach_pairverdict"
        " WHERE (left_id = ANY(%s) OR right_id = ANY(%s)) AND NOT is_undone"
        " ORDER BY left_id, right_id, id DESC",
        [list(ids), list(ids)],
    )
    return {(left, right): is_same for left, right, is_same in rows}


def people_among(
    rows: Mapping[UUID, Row],
    pairs: Mapping[Ids, Pair],
    said: Mapping[Ids, bool],
    facts_of: Callable[[set[UUID]], Mapping[UUID, Facts]],
) -> list[tuple[UUID, ...]]:
    """The people that all these registrations make, those alone included; each sorted by id.

    `facts_of` gives the facts, without blank numbers, of records where they are needed.
    """
    here = {ids: pair for ids, pair in pairs.items() if ids[0] in rows and ids[1] in rows}
    words = {ids: same for ids, same in said.items() if ids[0] in rows and ids[1] in rows}
    connections = [Connection(*ids, pair.score) for ids, pair in here.items() if pair.is_same]
    joins = [*connections, *(Connection(*ids, 0.0) for ids, same in words.items() if same)]
    together = [group for group in groups(joins) if 2 < len(group) <= MOST_TOGETHER]
    apart, alike = _apart(together, rows, here, facts_of)
    found = overruled(connections, apart, alike, words, shipped_model().runner_up_margin)
    placed = {one for people in found.people for one in people}
    return [*found.people, *((one,) for one in rows if one not in placed)]


def _apart(
    together: Iterable[set[UUID]],
    rows: Mapping[UUID, Row],
    pairs: Mapping[Ids, Pair],
    facts_of: Callable[[set[UUID]], Mapping[UUID, Facts]],
) -> tuple[set[Ids], set[Ids]]:
    """The pairs within groups that are apart, and the alike ones of these."""
    within = [ids_of(*two) for group in together for two in combinations(group, 2)]
    judged = {ids for ids in within if ids in pairs and not _is_proposal(pairs[ids], ids, rows)}
    apart = {ids for ids in judged if pairs[ids].is_apart}
    alike = {ids for ids in apart if pairs[ids].score >= shipped_model().same_at}
    unknown = [ids for ids in within if ids not in judged]
    facts = facts_of({one for ids in unknown for one in ids}) if unknown else {}
    to_judge = []
    for ids in unknown:
        if ids[0] not in facts or ids[1] not in facts:
            continue
        left, right = rows[ids[0]], rows[ids[1]]
        if is_foreign(left) and is_foreign(right):
            # Another model joined them, or did not: this one takes nothing apart by itself.
            apart |= {ids} if left.person != right.person else set()
        elif _share_a_number(facts[ids[0]], facts[ids[1]]):
            # They were held against each other, and nobody is to be asked about them.
            apart.add(ids)
        else:
            to_judge.append(ids)
    more_apart, more_alike = judged_apart(facts, to_judge)
    return apart | more_apart, alike | more_alike


def _is_proposal(pair: Pair, ids: Ids, rows: Mapping[UUID, Row]) -> bool:
    """Whether only a model that compared neither record keeps the pair: to be asked about."""
    return all(is_foreign(rows[one]) and rows[one].model != pair.model for one in ids)


def is_foreign(row: Row) -> bool:
    """Whether another model compared it: the one in force only proposes."""
    return row.model not in (None, "", shipped_model().version)


def _share_a_number(one: Facts, other: Facts) -> bool:
    return one.nik == other.nik != "" or one.phone == other.phone != ""


def founded(people: Iterable[tuple[UUID, ...]], rows: Mapping[UUID, Row]) -> dict[UUID, UUID]:
    """Registration → the one of its people that arrived first, which their person is named after.

    So persons follow from who is together and nothing else: whatever is taken back, the same people
    are the same persons as before.
    """
    return {
        one: founder
        for group in people
        for founder in [min(group, key=lambda one: rows[one].arrival)]
        for one in group
    }


def person_of(founder: UUID) -> UUID:
    """The id of the person whose first registration this is."""
    return uuid5(_PEOPLE, str(founder))
