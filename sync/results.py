"""What a tablet is told about its records, worked out from what is stored."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from outreach import bulk
from outreach.contributions.quoting import Quote
from outreach.contributions.telling import quote_told
from outreach.corrections import Word, words_to_kader
from outreach.drafts import FieldProblem
from outreach.flagging import Doubts
from outreach.flags import flag_text
from outreach.photos import states as photo_states
from outreach.photos.words import refusal_text
from outreach.record_problems import problem_text
from outreach.registering import Outcome, Verdict, verdict_of
from sync.answers import (
    Correction,
    Dismissal,
    EventVillage,
    FlagTold,
    PhotoRefusal,
    Rejection,
    Result,
)
from sync.copies import server_copies

ACTIONS: dict[Verdict, Literal["drop", "show", "fix"]] = {
    "accepted": "drop",
    "review": "show",
    "duplicate": "show",
    "rejected": "fix",
    "conflict": "fix",
}


class Verdicted(NamedTuple):
    """A verdict that was given before: on which content, to whom.

    `released_as` is the registration that a coordinator made of it.
    """

    record_id: UUID
    digest: bytes
    verdict: Verdict
    revision: int | None
    kader: int
    released_as: UUID | None


class Held(NamedTuple):
    """A held version of a record; `reason` and `decided_at` are of the decision on it, if any."""

    record_id: UUID
    digest: bytes
    problems: list[dict[str, str]]
    state: str
    registration: UUID | None
    reason: str | None
    decided_at: datetime | None


class Stored(NamedTuple):
    """A registration as far as its kader is told about it."""

    id: UUID
    status: str
    revision: int
    digest: bytes
    kader: int
    person: UUID
    village: str | None
    probability: float | None
    photos: list[dict[str, Any]]
    first_registered_at: datetime | None
    quote: dict[str, Any] | None


def fresh_result(
    outcome: Outcome, photos: Sequence[str], known: Mapping[str, photo_states.Known]
) -> Result:
    """The result for a capture that was just registered; `photos` are its declared hashes."""
    return _result(
        outcome.id,
        outcome.verdict,
        replayed=outcome.replayed,
        revision=outcome.revision,
        person=outcome.person,
        village=outcome.event_village,
        doubts=outcome.doubts,
        photos=photos if outcome.verdict != "conflict" else (),
        known=known,
        problems=outcome.problems,
        first_registered_at=outcome.first_registered_at,
        server=outcome.server,
        state=outcome.state,
        quote=outcome.quote,
    )


def rejected_result(sent_id: Any, problems: Iterable[FieldProblem]) -> Result:
    """The result for a record that is held as sent."""
    problems = list(problems)
    result = _result(sent_id, "rejected", problems=problems)
    is_ours = any(problem.code == "server_fault" for problem in problems)
    return replace(result, action="retry") if is_ours else result


def replayed_results(
    verdicts: Collection[Verdicted], stored: Mapping[UUID, Stored], kader: int
) -> dict[tuple[UUID, bytes], Result]:
    """The results for contents that have a verdict already: the same verdict, told again."""
    doubts = doubts_of(stored)
    known = _known_photos(stored, kader)
    held = held_versions([v.record_id for v in verdicts if v.verdict == "rejected"])
    copies = server_copies(
        [v.record_id for v in verdicts if v.verdict == "conflict" and v.kader == kader]
    )
    results = {}
    for verdict in verdicts:
        key = (verdict.record_id, verdict.digest)
        now = stored.get(verdict.released_as or verdict.record_id)
        if verdict.verdict == "rejected" or now is None:
            result = _held_result(verdict.record_id, held.get(key))
        elif verdict.verdict != "conflict":
            result = replace(
                _stored_result(now, verdict.verdict, doubts[now.id], known),
                revision=verdict.revision,
            )
        elif bytes(now.digest) == verdict.digest:
            # It lost, and a coordinator made it the current content since.
            result = _stored_result(now, verdict_of(now.status), doubts[now.id], known)
        else:
            result = _result(
                now.id,
                "conflict",
                revision=now.revision,
                person=now.person,
                server=copies.get(now.id),
                state=now.status,
            )
        results[key] = replace(
            result, replayed=True, id=verdict.record_id, stored_as=verdict.released_as or UNSET
        )
    return results


def current_results(ids: Collection[UUID], kader: int) -> list[Result]:
    """How each of a kader's records stands now; `unknown` for ids that are not theirs."""
    versions = held_versions(ids, kader).values()
    held = {version.record_id: version for version in versions}
    released = {one.record_id: one.registration for one in versions if one.registration}
    stored = stored_registrations({*ids, *released.values()})
    doubts = doubts_of(stored)
    words = words_to_kader(stored)
    known = _known_photos(stored, kader)
    results = []
    for record_id in ids:
        registration = stored.get(released.get(record_id, record_id))
        if registration and registration.kader == kader:
            result = _current_result(
                registration, doubts[registration.id], known, words.get(registration.id)
            )
        elif record_id in held:
            result = _held_result(record_id, held[record_id])
        else:
            result = Result(record_id, "unknown", "retry")
        results.append(
            replace(result, id=record_id, replayed=True, stored_as=released.get(record_id) or UNSET)
        )
    return results


def _known_photos(stored: Mapping[UUID, Stored], kader: int) -> dict[str, photo_states.Known]:
    declared = (photo["sha256"] for row in stored.values() for photo in row.photos)
    return photo_states.known_photos(kader, declared)


def _current_result(
    stored: Stored,
    doubts: Doubts,
    known: Mapping[str, photo_states.Known],
    word: Word | None,
) -> Result:
    result = _stored_result(stored, verdict_of(stored.status), doubts, known)
    result = replace(result, state=stored.status)
    if word is None:
        return result
    if word.kind == "reject":
        return replace(result, rejection=Rejection(word.reason, word.at))
    return replace(result, action="fix", correction=Correction(word.reason, word.at))


def _held_result(sent_id: Any, held: Held | None) -> Result:
    """A held record as it stands: to be corrected, or dismissed and done with."""
    if held is None:
        return rejected_result(sent_id, ())
    problems = [FieldProblem(found["pointer"], found["code"]) for found in held.problems]
    result = rejected_result(sent_id, problems)
    if held.state != "dismissed" or held.reason is None or held.decided_at is None:
        return result
    dismissal = Dismissal(held.reason, held.decided_at)
    return replace(result, action="drop", state=held.state, dismissed=dismissal)


def _stored_result(
    stored: Stored, verdict: Verdict, doubts: Doubts, known: Mapping[str, photo_states.Known]
) -> Result:
    return _result(
        stored.id,
        verdict,
        revision=stored.revision,
        person=stored.person,
        village=(stored.village, stored.probability or 0.0) if stored.village else None,
        doubts=doubts,
        photos=[photo["sha256"] for photo in stored.photos],
        known=known,
        first_registered_at=stored.first_registered_at if verdict == "duplicate" else None,
        quote=msgspec.convert(stored.quote, Quote) if stored.quote else None,
    )


def _result(
    sent_id: Any,
    verdict: Verdict,
    *,
    replayed: bool = False,
    revision: int | None = None,
    person: UUID | None = None,
    village: tuple[str, float] | None = None,
    doubts: Mapping[str, Mapping[str, Any]] = {},
    photos: Sequence[str] = (),
    known: Mapping[str, photo_states.Known] = {},
    problems: Iterable[FieldProblem] = (),
    first_registered_at: datetime | None = None,
    server: dict[str, Any] | None = None,
    state: str | None = None,
    quote: Quote | None = None,
) -> Result:
    refused = [
        PhotoRefusal(one.sha256, one.refusal, refusal_text(one.refusal))
        for one in photo_states.refused(photos, known)
    ]
    return Result(
        id=sent_id,
        outcome=verdict,
        action=ACTIONS[verdict],
        replayed=replayed,
        revision=revision,
        person=person,
        event_village=EventVillage(village[0], round(village[1], 3)) if village else None,
        flags=[
            FlagTold(code, flag_text(code, evidence)) for code, evidence in sorted(doubts.items())
        ],
        missing_photos=photo_states.missing(photos, known),
        refused_photos=refused or UNSET,
        problems=[
            replace(found, detail=problem_text(found.code, found.pointer)) for found in problems
        ],
        state=state or UNSET,
        first_registered_at=first_registered_at if verdict == "duplicate" else UNSET,
        server=server if verdict == "conflict" else UNSET,
        quote=quote_told(quote) if quote else UNSET,
    )


def stored_registrations(ids: Collection[UUID]) -> dict[UUID, Stored]:
    """Registrations by id, in one statement."""
    rows = bulk.run(
        "SELECT r.id, r.status, r.revision, r.digest, r.kader_id, r.person_id, r.event_village_id,"
        " r.event_probability, r.photos, first.corrected_at, r.quote"
        " FROM outreach_registration r JOIN outreach_person p ON p.id = r.person_id"
        " LEFT JOIN outreach_registration first ON first.id = p.credited_id"
        " WHERE r.id = ANY(%s)",
        [list(ids)],
    )
    return {row[0]: Stored(*row) for row in rows}


def doubts_of(ids: Collection[UUID]) -> dict[UUID, Doubts]:
    """The flags of registrations, in one statement."""
    found: dict[UUID, Doubts] = defaultdict(dict)
    for registration, code, evidence in bulk.run(
        "SELECT registration_id, code, evidence FROM outreach_flag WHERE registration_id = ANY(%s)",
        [list(ids)],
    ):
        found[registration][code] = evidence
    return found


def held_versions(
    ids: Collection[UUID], kader: int | None = None
) -> dict[tuple[UUID, bytes], Held]:
    """Held records by id and digest, the newest last; of one kader, or of all."""
    rows = bulk.run(
        "SELECT held.record_id, held.digest, held.problems, held.state, held.registration_id,"
        " d.reason, d.decided_at FROM sync_heldrecord held"
        " LEFT JOIN sync_helddecision d ON d.id = held.decision_id"
        " WHERE held.record_id = ANY(%s) AND (%s::bigint IS NULL OR held.kader_id = %s)"
        " ORDER BY held.id",
        [list(ids), kader, kader],
    )
    return {(row[0], bytes(row[1])): Held(row[0], bytes(row[1]), *row[2:]) for row in rows}
