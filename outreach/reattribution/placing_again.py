"""Registrations placed again, by today's boundaries and list of villages, with all that follows."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outreach import bulk, changes, people
from outreach.flagging import Doubts, village_doubts
from outreach.models import Campaign, Flag, PastPlacement, Person, Registration
from outreach.past_flags import take_back
from outreach.people import Known
from outreach.places.village_index import Fix, current_villages
from outreach.placing import Event, Sighting, events_of
from outreach.reattribution.report import Findings, Shift
from outreach.statuses import UNDECIDED, UNJUDGED, status_for
from outreach.surroundings import Chosen, Split, home_of, known_villages, splits_and_choices

VILLAGE_DOUBTS = frozenset(
    {
        "village_unknown",
        "village_recoded",
        "village_split",
        "village_contradicted",
        "village_outside",
    }
)
"""The doubts that follow from boundaries and the list of villages."""


@dataclass(frozen=True, slots=True)
class _Move:
    """A registration as stored, and as it is placed and doubted now.

    `before` and `after` are the doubts about its village; those of a decided one stay, and `due`
    are the doubts it would have.
    """

    row: Registration
    event: Event
    domicile: str | None
    work: str | None
    before: Doubts
    after: Doubts
    due: Doubts
    status: str

    @property
    def is_replaced(self) -> bool:
        """Whether the event village, or what is said of it, is another."""
        row, event = self.row, self.event
        return (row.event_village_id, row.event_probability, row.event_reason, row.placement) != (
            event.village,
            event.probability,
            event.reason,
            event.placement,
        )

    @property
    def counts_elsewhere(self) -> bool:
        row = self.row
        return (row.event_village_id, row.domicile_village_id) != (
            self.event.village,
            self.domicile,
        )

    @property
    def is_changed(self) -> bool:
        """Whether anything changed that anybody sees."""
        return (
            self.is_replaced
            or self.counts_elsewhere
            or self.before != self.after
            or self.row.work_village_id != self.work
        )


def locked(condition: str, parameters: Sequence[object], most: int) -> list[UUID]:
    """The first registrations that fit, by their ids, locked in that order."""
    rows = bulk.run(
        f"SELECT id FROM outreach_registration WHERE {condition} ORDER BY id LIMIT %s"
        " FOR NO KEY UPDATE",
        [*parameters, most],
    )
    return [row[0] for row in rows]


def place_anew(ids: Sequence[UUID], now: datetime) -> Findings:
    """Place locked registrations by today's boundaries and list, with all that follows.

    In the caller's transaction, with a constant number of statements; ends in `changes.settle`.
    """
    moves = _moves(ids)
    was = {move.row.id: people.credit_of(move.row) for move in moves if move.counts_elsewhere}
    owners = {move.row.person_id for move in moves if move.counts_elsewhere}
    known = people.lock(owners) if owners else []
    _store(moves, now)
    _match_again([move.row.id for move in moves if move.row.domicile_village_id != move.domicile])
    _store_doubts([move for move in moves if move.before != move.after], now)
    changes.settle()
    people.recount(known, was)
    changes.log_registrations((move.row.id, move.row.kader_id) for move in moves if move.is_changed)
    return _findings(moves, known)


def _moves(ids: Sequence[UUID]) -> list[_Move]:
    rows = list(Registration.objects.filter(id__in=ids).select_related("campaign").order_by("id"))
    villages = known_villages(
        {row.domicile_code for row in rows} | {row.work_code for row in rows if row.work_code}
    )
    for row in rows:
        if row.domicile_village_id:
            villages.setdefault(row.domicile_code, row.domicile_village_id)
        if row.work_code and row.work_village_id:
            villages.setdefault(row.work_code, row.work_village_id)
    splits, chosen = splits_and_choices({row.domicile_code for row in rows}, ids)
    homes = {row.id: home_of(row.domicile_code, villages, chosen.get(row.id)) for row in rows}
    flags: dict[UUID, Doubts] = defaultdict(dict)
    for registration, code, evidence in bulk.run(
        "SELECT registration_id, code, evidence FROM outreach_flag WHERE registration_id = ANY(%s)",
        [list(ids)],
    ):
        flags[registration][code] = evidence
    events = events_of([_sighting(row, homes[row.id]) for row in rows], current_villages())
    return [
        _move(row, event, villages, homes[row.id], _open_split(row, splits, chosen), flags[row.id])
        for row, event in zip(rows, events, strict=True)
    ]


def _open_split(
    row: Registration, splits: Mapping[str, Split], chosen: Mapping[UUID, Chosen]
) -> Split | None:
    """The split that leaves open where a worker lives, if there is one."""
    split = splits.get(row.domicile_code)
    if split is None or not split.leaves_open(row.domicile_code, row.local_day):
        return None
    decided = chosen.get(row.id)
    return None if decided and decided.code == row.domicile_code else split


def _sighting(row: Registration, home: str | None) -> Sighting:
    return Sighting(
        None
        if row.lat is None or row.lon is None
        else Fix(row.lat, row.lon, row.accuracy_m, row.accuracy_kind or "unknown"),
        home if row.campaign.type in Campaign.AT_HOME else None,
    )


def _move(
    row: Registration,
    event: Event,
    villages: Mapping[str, str],
    home: str | None,
    split: Split | None,
    flags: Doubts,
) -> _Move:
    due = village_doubts(row.domicile_code, villages, event, split)
    before = {code: flags[code] for code in VILLAGE_DOUBTS & flags.keys()}
    after = due if row.status in UNDECIDED else before
    status = row.status
    if status in UNJUDGED:
        status = status_for((flags.keys() - VILLAGE_DOUBTS) | after.keys()).value
    return _Move(
        row=row,
        event=event,
        domicile=home,
        work=villages.get(row.work_code) if row.work_code else None,
        before=before,
        after=after,
        due=due,
        status=status,
    )


def _store(moves: Sequence[_Move], now: datetime) -> None:
    """Write where registrations are placed now, and keep where they were."""
    bulk.insert(
        PastPlacement,
        [
            {
                "registration_id": move.row.id,
                "boundary_version": move.row.boundary_version,
                "event_code": move.row.event_village_id,
                "event_probability": move.row.event_probability,
                "event_reason": move.row.event_reason,
                "placement": move.row.placement,
                "replaced_at": now,
            }
            for move in moves
            if move.is_replaced
        ],
    )
    bulk.update(
        Registration,
        [
            {
                "id": move.row.id,
                "status": move.status,
                "domicile_village_id": move.domicile,
                "work_village_id": move.work,
                **move.event.columns(),
            }
            for move in moves
        ],
    )


def _match_again(ids: Sequence[UUID]) -> None:
    """Leave it to the sweep to compare those by today's village."""
    if ids:
        bulk.run(
            "UPDATE outreach_matchrecord SET model = '' WHERE registration_id = ANY(%s)",
            [list(ids)],
        )


def _store_doubts(moves: Sequence[_Move], now: datetime) -> None:
    """Write the doubts of now; what comes back as it was is as old as it was."""
    if not moves:
        return
    gone = [
        (move.row.id, code) for move in moves for code in move.before.keys() - move.after.keys()
    ]
    take_back(gone, now)
    bulk.insert(
        Flag,
        [
            {
                "registration_id": move.row.id,
                "code": code,
                "evidence": evidence,
                "raised_at": now,
            }
            for move in moves
            for code, evidence in move.after.items()
            if move.before.get(code) != evidence
        ],
        on_conflict="(registration_id, code) DO UPDATE SET evidence = excluded.evidence",
    )
    bulk.run(
        "UPDATE outreach_flag AS flag SET raised_at = least(flag.raised_at, past.raised_at)"
        " FROM (SELECT registration_id, code, evidence, min(raised_at) AS raised_at"
        " FROM outreach_pastflag WHERE registration_id = ANY(%s) GROUP BY 1, 2, 3) AS past"
        " WHERE flag.registration_id = past.registration_id"
        " AND flag.code = past.code AND flag.evidence = past.evidence",
        [[move.row.id for move in moves]],
    )


def _findings(moves: Sequence[_Move], known: Sequence[Known]) -> Findings:
    found = Findings(looked_at=len(moves))
    hosts = {person.credited for person in known if person.state != Person.State.NONE}
    for move in moves:
        row, event = move.row, move.event
        found.changed += move.is_changed
        _note(found.villages, row.event_village_id, event.village)
        _note(found.reasons, row.event_reason, event.reason)
        _note(found.statuses, row.status, move.status)
        if row.domicile_village_id != move.domicile:
            found.resolved[row.domicile_code, move.domicile or ""] += 1
        found.raised.update(move.after.keys() - move.before.keys())
        found.taken_back.update(move.before.keys() - move.after.keys())
        if row.id in hosts and row.event_village_id != event.village:
            found.hosted[row.event_village_id or ""] -= 1
            found.hosted[event.village or ""] += 1
        if row.status not in UNDECIDED and move.due.keys() != move.before.keys():
            found.name_decided(
                row.id,
                row.status,
                would_raise=move.due.keys() - move.before.keys(),
                would_take_back=move.before.keys() - move.due.keys(),
            )
    return found


def _note(counter: Counter[Shift], before: str | None, after: str | None) -> None:
    if before != after:
        counter[before or "", after or ""] += 1
