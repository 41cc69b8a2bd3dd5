"""Doubts and statuses of registrations that are settled, and of those they are asked about with."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from outreach import bulk
from outreach.flagging import Doubts
from outreach.flags import FOUND_LATER, IDENTITY_DOUBTS
from outreach.matching import groups, questions
from outreach.matching.groups import Row, Stored, owners_of
from outreach.matching.pairs import Ids
from outreach.matching.questions import Asked
from outreach.matching.settled import Before
from outreach.statuses import UNJUDGED, status_for


def raised_doubts(
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
        {**person, **owners_of(beyond)},
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


def all_doubts(
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


def all_statuses(
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


def stored_before(ids: Collection[UUID]) -> dict[UUID, Before]:
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
