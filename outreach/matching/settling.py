"""People, questions, flags and statuses brought in line with pairs and verdicts.

One function of what is stored, whoever asks: a push, a decision, its undoing, the sweep. First
everything is read and worked out without a lock; then what changes is locked, in the one order
(registrations by id, people by id, the change log); and under the change log's lock it is made sure
that nothing this was worked out from has changed meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.dedup.facts import Facts
from outreach.flagging import Doubts
from outreach.flags import FOUND_LATER, IDENTITY_DOUBTS
from outreach.matching import groups, questions
from outreach.matching.groups import Row, Stored
from outreach.matching.judging import Ids, Matches, Pair
from outreach.matching.keys import without
from outreach.matching.questions import Asked
from outreach.matching.records import packed_known_of
from outreach.models import Registration
from outreach.statuses import UNJUDGED, status_for


@dataclass(frozen=True, slots=True)
class Change:
    """What a transaction is about to change, beside what follows from it.

    `fresh` are registrations that are not stored yet; `own_doubts` the doubts of captures, which
    replace those stored; `decided` the statuses that somebody gives; `starts` whose people are to
    be settled anyway.
    """

    matches: Matches = field(default_factory=Matches)
    fresh: Mapping[UUID, Row] = field(default_factory=dict)
    own_doubts: Mapping[UUID, Doubts] = field(default_factory=dict)
    decided: Mapping[UUID, str] = field(default_factory=dict)
    starts: Collection[UUID] = ()


class Before(NamedTuple):
    """How a stored registration was before: as far as it may change."""

    person: UUID
    status: str
    doubts: Doubts


@dataclass(slots=True)
class Settlement:
    """What is going to be: persons, statuses and doubts of every registration looked at.

    `rows` are as before; `before` has what was stored of those that were. `new_people` come with
    the registration that each began with. `relied_on`: stored
    registrations that this was worked out from.
    """

    person: dict[UUID, UUID]
    status: dict[UUID, str]
    doubts: dict[UUID, Doubts]
    rows: dict[UUID, Row]
    before: dict[UUID, Before]
    new_people: dict[UUID, UUID]
    pairs: dict[Ids, Pair]
    stored: dict[Ids, Stored]
    asked: dict[Ids, Asked]
    proposed: dict[Ids, float]
    decided: Mapping[UUID, str]
    touched: set[UUID] = field(init=False)
    """Stored registrations of which anything changes."""

    def __post_init__(self) -> None:
        self.touched = {
            one
            for one, was in self.before.items()
            if (self.person[one], self.status[one], self.doubts[one])
            != (was.person, was.status, was.doubts)
        }

    @property
    def relied_on(self) -> set[UUID]:
        return set(self.before)

    def moved(self) -> dict[UUID, UUID]:
        """Stored registrations that go to another person, with where they are."""
        return {
            one: was.person for one, was in self.before.items() if self.person[one] != was.person
        }

    def affected_people(self) -> set[UUID]:
        """Stored people who may count otherwise afterwards."""
        found = set()
        for one, was in self.before.items():
            if self.person[one] != was.person:
                found |= {was.person, self.person[one]}
            elif one in self.decided:
                found.add(was.person)
        found |= {self.person[one] for one in self.rows if one not in self.before}
        return found - self.new_people.keys()


def settlement(change: Change) -> Settlement:
    """Work out what follows from a change; a constant number of statements, nothing locked."""
    again = _stored_again(change.matches)
    rows = groups.reached(_starts(change, again))
    stored, said = groups.pairs_with(rows), groups.said_of(rows)
    rows |= change.fresh
    pairs = _current(stored, change, again)
    for one in change.own_doubts.keys() & rows.keys():
        rows[one].status = Registration.Status.SUBMITTED.value
    for one, status in change.decided.items():
        rows[one].status = status
    person, new_people = _people(rows, pairs, said, change)
    others = groups.rows_of({one for ids in (*pairs, *stored, *said) for one in ids} - rows.keys())
    person |= _where_they_are(others)
    looked_at = rows | others
    proposed = _proposed(stored, pairs, looked_at)
    sizes = _sizes(rows, person, {row.person for row in others.values() if row.person})
    asked = questions.questions(pairs, proposed, said, looked_at, person, sizes)
    raised = _raised(asked, looked_at, others, person)
    before = _before(looked_at.keys() - change.fresh.keys())
    doubts = _doubts(looked_at, change.own_doubts, before, raised)
    return Settlement(
        person={one: person[one] for one in looked_at},
        status=_statuses(rows, others, person, doubts),
        doubts=doubts,
        rows=looked_at,
        before=before,
        new_people=new_people,
        pairs=pairs,
        stored=stored,
        asked=asked,
        proposed=proposed,
        decided=change.decided,
    )


def _stored_again(matches: Matches) -> dict[Ids, Stored]:
    """What is stored of the pairs that were judged again."""
    if not matches.looked_at:
        return {}
    pairs = sorted(matches.looked_at)
    return groups.stored_pairs(
        "(left_id, right_id) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))",
        [[left for left, _ in pairs], [right for _, right in pairs]],
    )


def _starts(change: Change, again: Mapping[Ids, Stored]) -> set[UUID]:
    """Stored registrations whose people may change."""
    matches = change.matches
    starts = {*change.starts, *change.decided, *(change.own_doubts.keys() - change.fresh.keys())}
    starts |= matches.keys.keys() - change.fresh.keys()
    for ids in matches.looked_at:
        pair, stored = matches.pairs.get(ids), again.get(ids)
        if (pair and pair.score) != (stored and stored.pair.score):
            starts.update(ids)
    for ids, pair in matches.pairs.items():
        if pair.is_same and ids not in matches.looked_at:
            starts.update(ids)
    return starts - change.fresh.keys()


def _current(
    stored: Mapping[Ids, Stored], change: Change, again: Mapping[Ids, Stored]
) -> dict[Ids, Pair]:
    """Pairs as they are after matching."""
    matches = change.matches
    arrived = matches.keys.keys()
    unchanged = {
        ids
        for ids, one in again.items()
        if ids in matches.pairs and one.pair.score == matches.pairs[ids].score
    }
    kept = {
        ids: one.pair
        for ids, one in stored.items()
        if ids in unchanged
        or (ids not in matches.looked_at and ids[0] not in arrived and ids[1] not in arrived)
    }
    return kept | {ids: pair for ids, pair in matches.pairs.items() if ids not in unchanged}


def _proposed(
    stored: Mapping[Ids, Stored], pairs: Mapping[Ids, Pair], rows: Mapping[UUID, Row]
) -> dict[Ids, float]:
    """Scores that the model in force proposes for pairs that are not its own."""
    return {
        ids: one.proposed
        for ids, one in stored.items()
        if one.proposed is not None
        and ids in pairs
        and pairs[ids].model == one.pair.model
        and groups.is_foreign(rows[ids[0]])
        and groups.is_foreign(rows[ids[1]])
    }


def _people(
    rows: Mapping[UUID, Row], pairs: Mapping[Ids, Pair], said: Mapping[Ids, bool], change: Change
) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
    """Registration → person, and the people who are new, with the registration each began with."""

    def facts_of(ids: set[UUID]) -> dict[UUID, Facts]:
        matches = change.matches
        stored = {one.bytes for one in ids - matches.facts.keys()}
        known = matches.known | packed_known_of(stored - matches.known.keys())
        facts = {
            UUID(bytes=one): without(known[one].facts, known[one].blank)
            for one in stored & known.keys()
        }
        return facts | {one: matches.facts[one] for one in ids & matches.facts.keys()}

    founders = groups.founded(groups.people_among(rows, pairs, said, facts_of), rows)
    names = {founder: groups.person_of(founder) for founder in set(founders.values())}
    person = {one: names[founder] for one, founder in founders.items()}
    return person, _new_people(names, rows)


def _new_people(names: Mapping[UUID, UUID], rows: Mapping[UUID, Row]) -> dict[UUID, UUID]:
    """Of people by their founders those that are not stored, with the founder."""
    there = {row.person for row in rows.values()}
    absent = {person: founder for founder, person in names.items() if person not in there}
    # Whoever was named after a stored registration may have been a person before.
    doubtful = [person for person, founder in absent.items() if rows[founder].person]
    if doubtful:
        known = bulk.run("SELECT id FROM outreach_person WHERE id = ANY(%s)", [doubtful])
        for (person,) in known:
            del absent[person]
    return absent


def _where_they_are(rows: Mapping[UUID, Row]) -> dict[UUID, UUID]:
    return {one: row.person for one, row in rows.items() if row.person}


def _raised(
    asked: Mapping[Ids, Asked],
    looked_at: Mapping[UUID, Row],
    others: Mapping[UUID, Row],
    person: Mapping[UUID, UUID],
) -> dict[UUID, Doubts]:
    """The doubts that open questions raise, those included that `others`, who are not settled here,
    are in with registrations that are not looked at."""
    third = _third_parties(others, looked_at.keys() - others.keys())
    beyond = groups.rows_of({one for ids in third for one in ids} - looked_at.keys())
    return questions.doubts_of(
        [*asked.values(), *(Asked(ids, one.pair, one.settles) for ids, one in third.items())],
        {**looked_at, **beyond},
        {**person, **_where_they_are(beyond)},
    )


def _third_parties(others: Collection[UUID], rows: Collection[UUID]) -> dict[Ids, Stored]:
    """Open questions of registrations that are not settled here with others that are not either."""
    if not others:
        return {}
    found = groups.stored_pairs(
        "is_open AND (left_id = ANY(%s) OR right_id = ANY(%s))", [list(others), list(others)]
    )
    here = set(rows)
    return {ids: one for ids, one in found.items() if here.isdisjoint(ids)}


def _sizes(
    rows: Mapping[UUID, Row], person: Mapping[UUID, UUID], elsewhere: Collection[UUID]
) -> dict[UUID, int]:
    """How many registrations people have."""
    sizes: dict[UUID, int] = defaultdict(int)
    for one in rows:
        sizes[person[one]] += 1
    if elsewhere:
        sizes |= dict(
            bulk.run(
                "SELECT person_id, count(*) FROM outreach_registration"
                " WHERE person_id = ANY(%s) GROUP BY 1",
                [list(elsewhere)],
            )
        )
    return sizes


def _doubts(
    looked_at: Iterable[UUID],
    own: Mapping[UUID, Doubts],
    before: Mapping[UUID, Before],
    raised: Mapping[UUID, Doubts],
) -> dict[UUID, Doubts]:
    """All doubts: a capture's own, or else those stored, and those about who it is as raised."""
    found: dict[UUID, Doubts] = {}
    for one in looked_at:
        stored = before[one].doubts if one in before else {}
        there = own.get(one, stored)
        there = there | {code: stored[code] for code in FOUND_LATER & stored.keys()}
        kept = {code: evidence for code, evidence in there.items() if code not in IDENTITY_DOUBTS}
        found[one] = kept | raised.get(one, {})
    return found


def _statuses(
    rows: Mapping[UUID, Row],
    others: Mapping[UUID, Row],
    person: Mapping[UUID, UUID],
    doubts: Mapping[UUID, Doubts],
) -> dict[UUID, str]:
    """What becomes of statuses; those of `others` stay whether they are duplicates or not."""
    status = {one: row.status for one, row in (*rows.items(), *others.items())}
    people_rows: dict[UUID, list[Row]] = defaultdict(list)
    for one, row in rows.items():
        people_rows[person[one]].append(row)
    status |= questions.statuses(people_rows.values(), doubts)
    for one, row in others.items():
        if row.status in UNJUDGED:
            status[one] = status_for(doubts[one]).value
    return status


def _before(ids: Collection[UUID]) -> dict[UUID, Before]:
    if not ids:
        return {}
    found: dict[UUID, Before] = {}
    for one, owner, status, code, evidence in bulk.run(
        "SELECT r.id, r.person_id, r.status, flag.code, flag.evidence FROM outreach_registration r"
        " LEFT JOIN outreach_flag flag ON flag.registration_id = r.id WHERE r.id = ANY(%s)",
        [list(ids)],
    ):
        was = found.setdefault(one, Before(owner, status, {}))
        if code is not None:
            was.doubts[code] = evidence
    return found
