"""People, questions, flags and statuses brought in line with pairs and verdicts.

One function of what is stored, whoever asks: a push, a decision, its undoing, the sweep. First
everything is read and worked out without a lock; then what changes is locked, in the one order
(registrations by id, people by id, the change log); and under the change log's lock it is made sure
that nothing this was worked out from has changed meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from outreach import bulk
from outreach.dedup.facts import Facts
from outreach.matching import groups, questions
from outreach.matching.arrivals import Matches
from outreach.matching.doubts import all_doubts, all_statuses, raised_doubts, stored_before
from outreach.matching.groups import Row, Stored, owners_of
from outreach.matching.keys import without
from outreach.matching.pairs import Ids, Pair
from outreach.matching.records import packed_known_of
from outreach.matching.settled import Change, Settlement
from outreach.models import Registration


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
    person |= owners_of(others)
    looked_at = rows | others
    proposed = _proposed(stored, pairs, looked_at)
    sizes = _sizes(rows, person, {row.person for row in others.values() if row.person})
    asked = questions.questions(pairs, proposed, said, looked_at, person, sizes)
    raised = raised_doubts(asked, looked_at, others, person)
    before = stored_before(looked_at.keys() - change.fresh.keys())
    doubts = all_doubts(looked_at, change.own_doubts, before, raised)
    return Settlement(
        person={one: person[one] for one in looked_at},
        status=all_statuses(rows, others, person, doubts),
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
