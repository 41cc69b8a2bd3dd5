"""Registering a batch: one transaction, a constant number of statements whatever its size.

Locks are taken in one order, so that simultaneous batches and decisions never deadlock:
registrations that exist (by id), people (by identity key), new registrations (by id), and last
`changes.settle`, after which nothing waits for anybody.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from outreach import bulk, changes, duplicates, people, revisions
from outreach.attribution import Credit, first_of, standing_of
from outreach.capturing import Prepared
from outreach.drafts import Capture, FieldProblem, record_of
from outreach.duplicates import Newcomer
from outreach.flagging import Doubts, Sender
from outreach.flags import IDENTITY_DOUBTS
from outreach.models import Flag, Person, Registration
from outreach.people import Claim, Known
from outreach.places.village_index import NEWEST_VERSION
from outreach.placing import Event
from outreach.statuses import UNDECIDED, status_for
from outreach.transactions import Overtaken

Verdict = Literal["accepted", "review", "duplicate", "rejected", "conflict"]
Status = Registration.Status


class Outcome(msgspec.Struct, frozen=True):
    """What became of one capture."""

    id: UUID
    verdict: Verdict
    revision: int | None = None
    person: UUID | None = None
    event_village: tuple[str, float] | None = None
    doubts: Doubts = {}
    first_registered_at: datetime | None = None
    replayed: bool = False
    server: dict[str, Any] | None = None
    problems: tuple[FieldProblem, ...] = ()


UNKNOWN_CAMPAIGN = FieldProblem("/campaign", "campaign_unknown", "There is no such campaign.")
ID_TAKEN = FieldProblem("/id", "id_taken", "This id belongs to another record.")


@dataclass(slots=True)
class Entry:
    """A capture on its way into the table; `is_new`: nobody was known to be this person."""

    prepared: Prepared
    replaces: Registration | None
    person: UUID
    is_new: bool
    is_duplicate: bool
    doubts: Doubts
    status: str = ""

    @property
    def id(self) -> UUID:
        return self.prepared.capture.draft.id

    @property
    def revision(self) -> int:
        return self.replaces.revision + 1 if self.replaces else 1

    def settle_status(self) -> bool:
        """Set the status that duplicate and doubts amount to; True if it changed."""
        before = self.status
        self.status = (Status.DUPLICATE if self.is_duplicate else status_for(self.doubts)).value
        return self.status != before


@dataclass(slots=True)
class Plan:
    """A batch sorted by what has to be done with each capture."""

    fresh: list[Prepared] = field(default_factory=list)
    edits: list[tuple[Registration, Prepared]] = field(default_factory=list)
    late: list[tuple[Registration, Capture]] = field(default_factory=list)
    outcomes: dict[UUID, Outcome] = field(default_factory=dict)

    def work(self) -> list[tuple[Registration | None, Prepared]]:
        return [*((None, prepared) for prepared in self.fresh), *self.edits]


def verdict_of(status: str) -> Verdict:
    """A stored registration's status in the words of the wire."""
    if status == Status.CONFLICT:
        return "review"
    return "duplicate" if status == Status.DUPLICATE else "accepted"


def register(
    batch: Sequence[tuple[Capture, Prepared | None]], sender: Sender
) -> dict[UUID, Outcome]:
    """Store captures of different ids and tell what became of each.

    Runs in the caller's transaction, so that receipts commit with what they acknowledge. Raises
    Overtaken when a record was stored by somebody else meanwhile, or the boundaries are others than
    those it was placed by: start over, from preparing, and see it.
    """
    plan = _plan(batch, sender)
    claims = _claims(plan)
    known = people.claim(claims, sender.received_at)
    created = {
        wanted.new_id: wanted
        for wanted in claims
        if known[wanted.identity_key].id == wanted.new_id and wanted.standing.credited
    }
    entries = _entries(plan, known, created)
    _insert([entry for entry in entries if not entry.replaces])
    _replace([entry for entry in entries if entry.replaces])
    revisions.keep_late(plan.late, sender)
    newest = changes.settle(seeing=NEWEST_VERSION)
    if any(entry.prepared.event.version != newest for entry in entries):
        raise Overtaken
    credits = _recount(entries, known, created)
    _doubt_identities(entries)
    _log(entries, sender)
    for entry in entries:
        plan.outcomes[entry.id] = _outcome(entry, credits)
    return plan.outcomes


def _plan(batch: Sequence[tuple[Capture, Prepared | None]], sender: Sender) -> Plan:
    existing = _existing([capture.draft.id for capture, _ in batch])
    plan = Plan()
    for capture, prepared in batch:
        record_id = capture.draft.id
        stored = existing.get(record_id)
        if stored and bytes(stored.digest) == capture.digest:
            plan.outcomes[record_id] = Outcome(
                record_id,
                verdict_of(stored.status),
                revision=stored.revision,
                person=stored.person_id,
                replayed=True,
            )
        elif stored and stored.kader_id != sender.kader_id:
            plan.outcomes[record_id] = Outcome(record_id, "rejected", problems=(ID_TAKEN,))
        elif prepared is None:
            plan.outcomes[record_id] = Outcome(record_id, "rejected", problems=(UNKNOWN_CAMPAIGN,))
        elif stored is None:
            plan.fresh.append(prepared)
        elif stored.revision == capture.draft.base_revision and stored.status in UNDECIDED:
            plan.edits.append((stored, prepared))
        else:
            plan.late.append((stored, capture))
            plan.outcomes[record_id] = conflict_with(stored)
    return plan


def _existing(ids: Sequence[UUID]) -> dict[UUID, Registration]:
    """Those of the registrations that are there, locked; most batches have none."""
    found = bulk.run(
        "SELECT id FROM outreach_registration WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(ids)],
    )
    if not found:
        return {}
    return Registration.objects.select_related("person").in_bulk([row[0] for row in found])


def conflict_with(stored: Registration) -> Outcome:
    """The outcome for content that came too late: the server's copy goes back with it."""
    return Outcome(
        stored.id,
        "conflict",
        revision=stored.revision,
        person=stored.person_id,
        server=record_of(stored),
    )


def _claims(plan: Plan) -> list[Claim]:
    """Everybody the batch is about, and everybody an edit may take a registration away from.

    Somebody who is found by an edit counts only once the registration has moved.
    """
    same: dict[bytes, list[Prepared]] = defaultdict(list)
    for _, prepared in plan.work():
        same[prepared.identity.key].append(prepared)
    edited = {prepared.identity.key for _, prepared in plan.edits}
    new_ids = _random_ids(len(same) + len(plan.edits))
    claims = {
        key: Claim(
            next(new_ids),
            key,
            group[0].identity.nik_index,
            group[0].identity.name_index,
            standing_of(prepared.credit for prepared in group if key not in edited),
        )
        for key, group in same.items()
    }
    for stored, _ in plan.edits:
        person = stored.person
        key = bytes(person.identity_key)
        if key not in claims:
            claims[key] = Claim(next(new_ids), key, None, bytes(person.name_index), standing_of([]))
    return list(claims.values())


def _random_ids(number: int) -> Iterator[UUID]:
    """Version 4 UUIDs from one read of the system's randomness."""
    noise = os.urandom(16 * number)
    return (UUID(bytes=noise[at : at + 16], version=4) for at in range(0, len(noise), 16))


def _entries(
    plan: Plan, known: Mapping[bytes, Known], created: Mapping[UUID, Claim]
) -> list[Entry]:
    met: set[UUID] = set()
    entries = []
    for stored, prepared in plan.work():
        person = known[prepared.identity.key]
        if stored and stored.person_id == person.id:
            is_new, is_duplicate = False, stored.status == Status.DUPLICATE
        else:
            was_there = person.id not in created and person.state != Person.State.NONE
            is_duplicate = was_there or person.id in met
            is_new = not is_duplicate
            met.add(person.id)
        entry = Entry(prepared, stored, person.id, is_new, is_duplicate, dict(prepared.doubts))
        entry.settle_status()
        entries.append(entry)
    return entries


def _row(entry: Entry) -> dict[str, Any]:
    """The whole row. It is completed in place: a copy of sixty columns a record would cost."""
    row = entry.prepared.row
    row["person_id"] = entry.person
    row["status"] = entry.status
    row["revision"] = entry.revision
    return row


def _insert(entries: Sequence[Entry]) -> None:
    stored = bulk.insert(
        Registration,
        [_row(entry) for entry in entries],
        order_by="id",
        on_conflict="(id) DO NOTHING",
    )
    if stored < len(entries):
        raise Overtaken


def _replace(entries: Sequence[Entry]) -> None:
    """Write edits over what they edit; the replaced content and identity doubts stay known."""
    if not entries:
        return
    replaced = [entry.replaces for entry in entries if entry.replaces]
    revisions.keep_replaced(replaced)
    bulk.update(Registration, [_row(entry) for entry in entries])
    dropped: dict[UUID, Doubts] = defaultdict(dict)
    for registration, code, evidence in bulk.run(
        "DELETE FROM outreach_flag WHERE registration_id = ANY(%s)"
        " RETURNING registration_id, code, evidence",
        [[old.id for old in replaced]],
    ):
        dropped[registration][code] = evidence
    for entry in entries:
        if entry.replaces and entry.replaces.person_id == entry.person:
            entry.doubts |= {
                code: evidence
                for code, evidence in dropped[entry.id].items()
                if code in IDENTITY_DOUBTS
            }


def _recount(
    entries: Sequence[Entry], known: Mapping[bytes, Known], created: Mapping[UUID, Claim]
) -> dict[UUID, list[Credit]]:
    """Count new people, and people who were there anew; gives every person's registrations."""
    credits = people.recount(
        [person for person in known.values() if person.id not in created],
        {entry.id: people.credit_of(entry.replaces) for entry in entries if entry.replaces},
        [claim.standing.counted for claim in created.values() if claim.standing.counted],
    )
    for entry in entries:
        if entry.person in created:
            credits[entry.person].append(entry.prepared.credit)
    return credits


def _doubt_identities(entries: Sequence[Entry]) -> None:
    """Look for people who may be the same, and put those registrations into review."""
    found = duplicates.doubts(
        [
            Newcomer(entry.id, entry.person, entry.prepared.identity)
            for entry in entries
            if entry.is_new
        ]
    )
    changed = []
    for entry in entries:
        entry.doubts |= found.get(entry.id, {})
        if entry.settle_status():
            changed.append({"id": entry.id, "status": entry.status})
    bulk.update(Registration, changed)


def _log(entries: Sequence[Entry], sender: Sender) -> None:
    bulk.insert(
        Flag,
        [
            {
                "registration_id": entry.id,
                "code": code,
                "evidence": evidence,
                "raised_at": sender.received_at,
            }
            for entry in entries
            for code, evidence in entry.doubts.items()
        ],
    )
    changes.log_registrations((entry.id, sender.kader_id) for entry in entries)


def _outcome(entry: Entry, credits: Mapping[UUID, Sequence[Credit]]) -> Outcome:
    return Outcome(
        entry.id,
        verdict_of(entry.status),
        revision=entry.revision,
        person=entry.person,
        event_village=_sent(entry.prepared.event),
        doubts=entry.doubts,
        first_registered_at=first_of(credits[entry.person]).corrected_at
        if entry.is_duplicate
        else None,
    )


def _sent(event: Event) -> tuple[str, float] | None:
    return (event.village, event.probability or 0.0) if event.village else None
