"""Registering a batch: one transaction, a constant number of statements whatever its size.

Who is who is worked out first, without a lock. Then locks are taken in one order, so that
simultaneous batches and decisions never deadlock: registrations that exist (by id), people (by id),
new registrations (by id), and last `changes.settle`, after which nothing waits for anybody, and
under which it is made sure that what was worked out still holds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from outreach import bulk, people, revisions
from outreach.attribution import Credit, first_of, standing_of
from outreach.capturing import Prepared
from outreach.contributions.quoting import Quote
from outreach.drafts import Capture, FieldProblem, record_of
from outreach.flagging import Doubts, Sender
from outreach.matching import storing, watching
from outreach.matching.arrivals import Arrival, Matches
from outreach.matching.groups import Row
from outreach.matching.judging import match
from outreach.matching.records import Matched, matched_before
from outreach.matching.settled import Change, Settlement
from outreach.matching.settling import settlement
from outreach.matching.watching import Since
from outreach.models import Registration
from outreach.people import Known
from outreach.places.village_index import NEWEST_VERSION
from outreach.placing import Event
from outreach.statuses import UNDECIDED
from outreach.transactions import Overtaken

Verdict = Literal["accepted", "review", "duplicate", "rejected", "conflict"]
Status = Registration.Status


class Outcome(msgspec.Struct, frozen=True):
    """What became of one capture; `state` is the status of what it conflicts with."""

    id: UUID
    verdict: Verdict
    revision: int | None = None
    person: UUID | None = None
    event_village: tuple[str, float] | None = None
    doubts: Doubts = {}
    first_registered_at: datetime | None = None
    replayed: bool = False
    server: dict[str, Any] | None = None
    state: str | None = None
    problems: tuple[FieldProblem, ...] = ()
    quote: Quote | None = None


UNKNOWN_CAMPAIGN = FieldProblem("/campaign", "campaign_unknown")
ID_TAKEN = FieldProblem("/id", "id_taken")


@dataclass(frozen=True, slots=True)
class Entry:
    """A capture on its way into the table, as it is going to be."""

    prepared: Prepared
    replaces: Registration | None
    person: UUID
    status: str
    doubts: Doubts

    @property
    def id(self) -> UUID:
        return self.prepared.capture.draft.id

    @property
    def revision(self) -> int:
        return self.replaces.revision + 1 if self.replaces else 1

    @property
    def credit(self) -> Credit:
        credit = self.prepared.credit._replace(status=self.status)
        decided = self.replaces and self.replaces.decided_campaign_id
        return credit._replace(campaign=decided) if decided else credit


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
    since = watching.begin()
    return _carry_out(_plan(batch, sender), sender, since, sender.received_at)


def replace_content(
    stored: Registration, prepared: Prepared, sender: Sender, since: Since, now: datetime
) -> Outcome:
    """Make this content, once sent by `sender`, the current one of a registration.

    Runs in the caller's transaction, which began to read at `since`. Raises Overtaken.
    """
    return _carry_out(Plan(edits=[(stored, prepared)]), sender, since, now)[stored.id]


def _carry_out(plan: Plan, sender: Sender, since: Since, now: datetime) -> dict[UUID, Outcome]:
    work = plan.work()
    if not work:
        revisions.keep_late(plan.late, sender)
        return plan.outcomes
    before = matched_before([stored.id for stored, _ in plan.edits])
    matches = match([_arrival(prepared, before) for _, prepared in work])
    settled = settlement(_change(plan, matches, since))
    entries = [_entry(replaces, prepared, settled) for replaces, prepared in work]
    edited = {entry.id for entry in entries if entry.replaces}
    known = storing.lock(settled, edited=edited)
    watching.still_stands(settled, since)
    taking_over, created = _create(entries, settled, now)
    _insert([entry for entry in entries if not entry.replaces])
    _replace([entry for entry in entries if entry.replaces], settled)
    storing.store_rows(settled, but=edited)
    arrived_at = storing.arrivals_at([entry.id for entry in entries], since) | {
        stored.id: stored.received_at for stored, _ in plan.edits
    }
    storing.store_records(
        matches,
        arrived_at,
        {one: was.keys for one, was in before.items()},
        are_new=not plan.edits,
    )
    revisions.keep_late(plan.late, sender)
    newest, changed = watching.settle_log(since, seeing=NEWEST_VERSION)
    if any(entry.prepared.event.version != newest for entry in entries):
        raise Overtaken
    watching.hold_true(settled, changed, matches)
    credits = _recount(entries, [*known, *taking_over], created)
    storing.store_found(settled, now, also=edited)
    for entry in entries:
        plan.outcomes[entry.id] = _outcome(entry, credits)
    return plan.outcomes


def _plan(batch: Sequence[tuple[Capture, Prepared | None]], sender: Sender) -> Plan:
    existing = Registration.objects.in_bulk([capture.draft.id for capture, _ in batch])
    plan = Plan()
    for capture, prepared in batch:
        record_id = capture.draft.id
        stored = existing.get(record_id)
        if stored and _is_known(stored, capture):
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


def _is_known(stored: Registration, capture: Capture) -> bool:
    """Whether it says nothing new; of what was to be corrected, not even that it is right."""
    is_confirmed = (
        stored.status == Status.NEEDS_CORRECTION and stored.revision == capture.draft.base_revision
    )
    return bytes(stored.digest) == capture.digest and not is_confirmed


def conflict_with(stored: Registration) -> Outcome:
    """The outcome for content that came too late: the server's copy goes back with it."""
    return Outcome(
        stored.id,
        "conflict",
        revision=stored.revision,
        person=stored.person_id,
        server=record_of(stored),
        state=stored.status,
    )


def _change(plan: Plan, matches: Matches, since: Since) -> Change:
    """What the batch changes: its fresh registrations arrive after all others, in this order."""
    return Change(
        matches=matches,
        fresh={
            prepared.credit.registration: Row(
                id=prepared.credit.registration,
                person=None,
                status=Status.SUBMITTED.value,
                kader=prepared.credit.kader,
                arrived_at=since.clock,
                model=None,
                position=place,
            )
            for place, prepared in enumerate(plan.fresh)
        },
        own_doubts={prepared.credit.registration: prepared.doubts for _, prepared in plan.work()},
    )


def _arrival(prepared: Prepared, before: Mapping[UUID, Matched]) -> Arrival:
    one = prepared.credit.registration
    return Arrival(one, prepared.facts, before[one].known if one in before else None)


def _entry(replaces: Registration | None, prepared: Prepared, settled: Settlement) -> Entry:
    one = prepared.credit.registration
    return Entry(prepared, replaces, settled.person[one], settled.status[one], settled.doubts[one])


def _create(
    entries: Sequence[Entry], settled: Settlement, now: datetime
) -> tuple[list[Known], dict[UUID, list[Credit]]]:
    """Make the new people: those who take over stored registrations, yet to be counted, and the
    credits of all others, who stand as they will at once."""
    taking_over = {settled.person[one] for one in settled.before} & settled.new_people.keys()
    credits: dict[UUID, list[Credit]] = defaultdict(list)
    for entry in entries:
        if entry.person in settled.new_people and entry.person not in taking_over:
            credits[entry.person].append(entry.credit)
    standings = {person: standing_of(own) for person, own in credits.items()}
    standings |= dict.fromkeys(taking_over, standing_of([]))
    made = people.create(standings, settled.new_people, now)
    return [person for person in made if person.id in taking_over], credits


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


def _replace(entries: Sequence[Entry], settled: Settlement) -> None:
    """Write edits over what they edit; the replaced content stays known."""
    revisions.keep_replaced(
        [(entry.replaces, settled.before[entry.id].doubts) for entry in entries if entry.replaces]
    )
    bulk.update(Registration, [_row(entry) for entry in entries])


def _recount(
    entries: Sequence[Entry], known: Sequence[Known], created: Mapping[UUID, list[Credit]]
) -> Mapping[UUID, list[Credit]]:
    """Count new people, and people who were there anew; gives every person's registrations."""
    standings = [standing_of(own) for own in created.values()]
    credits = people.recount(
        known,
        {entry.id: people.credit_of(entry.replaces) for entry in entries if entry.replaces},
        [standing.counted for standing in standings if standing.counted],
    )
    return {**credits, **created}


def _outcome(entry: Entry, credits: Mapping[UUID, Sequence[Credit]]) -> Outcome:
    return Outcome(
        entry.id,
        verdict_of(entry.status),
        revision=entry.revision,
        person=entry.person,
        event_village=_sent(entry.prepared.event),
        doubts=entry.doubts,
        first_registered_at=first_of(credits[entry.person]).corrected_at
        if entry.status == Status.DUPLICATE
        else None,
        quote=entry.prepared.row["quote"],
    )


def _sent(event: Event) -> tuple[str, float] | None:
    return (event.village, event.probability or 0.0) if event.village else None
