"""People: claimed by identity, locked in one order, and counted anew when registrations change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk, tallies
from outreach.attribution import Credit, PersonStanding, standing_of
from outreach.models import Person, Registration
from outreach.tallies import Counted

KNOWN = "p.identity_key, p.id, p.state, p.credited_id, p.village_id, p.month"


class Known(NamedTuple):
    """A person as stored, locked by our transaction."""

    identity_key: bytes
    id: UUID
    state: str
    credited: UUID | None
    village: str | None
    month: date | None


class Claim(NamedTuple):
    """A person to find by identity, or to create standing like this."""

    new_id: UUID
    identity_key: bytes
    nik_index: bytes | None
    name_index: bytes
    standing: PersonStanding


def claim(claims: Sequence[Claim], created_at: datetime) -> dict[bytes, Known]:
    """Find or create each person and lock it; a new one has its claim's `new_id`.

    Two batches that claim the same person at once take turns, in the order of identity keys.
    """
    if not claims:
        return {}
    rows = [
        {
            "id": wanted.new_id,
            "identity_key": bulk.bytea(wanted.identity_key),
            "nik_index": wanted.nik_index and bulk.bytea(wanted.nik_index),
            "name_index": bulk.bytea(wanted.name_index),
            "created_at": created_at,
            **columns(wanted.standing),
        }
        for wanted in claims
    ]
    names = ", ".join(rows[0])
    there = bulk.run(
        f"WITH new AS MATERIALIZED (SELECT * FROM {bulk.recordset(Person, rows[0])}), claimed AS ("
        f" INSERT INTO outreach_person AS p ({names}) SELECT {names} FROM new ORDER BY identity_key"
        " ON CONFLICT (identity_key) DO UPDATE SET created_at = p.created_at RETURNING p.*)"
        f" SELECT {KNOWN} FROM claimed p WHERE p.id NOT IN (SELECT id FROM new)",
        [bulk.encode(rows)],
    )
    known = {
        wanted.identity_key: Known(wanted.identity_key, wanted.new_id, *_as_created(wanted))
        for wanted in claims
    }
    return known | {bytes(row[0]): Known(bytes(row[0]), *row[1:]) for row in there}


def _as_created(
    wanted: Claim,
) -> tuple[str, UUID | None, str | None, date | None]:
    standing, counted = wanted.standing, wanted.standing.counted
    return (
        standing.state,
        standing.credited,
        counted.village if counted else None,
        counted.month if counted else None,
    )


def lock(ids: Collection[UUID]) -> list[Known]:
    """Lock people by id, in the same order as `claim` does."""
    rows = bulk.run(
        f"SELECT {KNOWN} FROM outreach_person p WHERE p.id = ANY(%s)"
        " ORDER BY p.identity_key FOR NO KEY UPDATE",
        [list(ids)],
    )
    return [Known(bytes(row[0]), *row[1:]) for row in rows]


def recount(
    known: Iterable[Known],
    was: Mapping[UUID, Credit],
    newly_counted: Iterable[Counted] = (),
) -> dict[UUID, list[Credit]]:
    """Bring locked people in line with their registrations, and the tallies with the people.

    `was` holds the registrations that changed as they were before; `newly_counted` what people
    created in this transaction count for. Call it after `changes.settle`. Returns each known
    person's registrations.
    """
    known = list(known)
    credits = credits_of([person.id for person in known])
    every = {credit.registration: credit for owned in credits.values() for credit in owned}
    stored = {**every, **was}
    updates: list[dict[str, object]] = []
    before: list[Counted] = []
    after = list(newly_counted)
    for person in known:
        standing = standing_of(credits[person.id])
        counted = _counted(person, stored)
        if standing.counted != counted or standing.credited != person.credited:
            updates.append({"id": person.id, **columns(standing)})
            before += [counted] if counted else []
            after += [standing.counted] if standing.counted else []
    bulk.update(Person, updates)
    tallies.move(before, after)
    return credits


def credits_of(people: Sequence[UUID]) -> dict[UUID, list[Credit]]:
    """Each person's registrations, as far as credit goes."""
    found: dict[UUID, list[Credit]] = defaultdict(list)
    if not people:
        return found
    for person, *credit in bulk.run(
        "SELECT person_id, id, status, clock_trusted, corrected_at, local_day,"
        " domicile_village_id, campaign_id, kader_id, event_village_id"
        " FROM outreach_registration WHERE person_id = ANY(%s)",
        [list(people)],
    ):
        found[person].append(Credit(*credit))
    return found


def credit_of(registration: Registration) -> Credit:
    """One loaded registration, as far as credit goes."""
    return Credit(
        registration=registration.id,
        status=registration.status,
        trusted=registration.clock_trusted,
        corrected_at=registration.corrected_at,
        day=registration.local_day,
        domicile=registration.domicile_village_id,
        campaign=registration.campaign_id,
        kader=registration.kader_id,
        event_village=registration.event_village_id,
    )


def _counted(person: Known, credits: Mapping[UUID, Credit]) -> Counted | None:
    """What the person counts for as stored."""
    if person.credited is None or person.month is None:
        return None
    credit = credits[person.credited]
    return Counted(
        village=person.village,
        month=person.month,
        campaign=credit.campaign,
        kader=credit.kader,
        event_village=credit.event_village,
        verified=person.state == Person.State.VERIFIED,
    )


def columns(standing: PersonStanding) -> dict[str, object]:
    """A standing as a person's row keeps it."""
    counted = standing.counted
    return {
        "state": standing.state,
        "credited_id": standing.credited,
        "village_id": counted and counted.village,
        "month": counted and counted.month,
    }
