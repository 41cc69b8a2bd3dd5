"""People: made, locked in one order, and counted anew when registrations change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.attribution import Credit, PersonStanding, standing_of
from outreach.models import Person, Registration
from outreach.standings import tallies
from outreach.standings.tallies import Counted


class Known(NamedTuple):
    """A person as stored, locked by our transaction."""

    id: UUID
    state: str
    credited: UUID | None
    village: str | None
    month: date | None


def create(
    standings: Mapping[UUID, PersonStanding], founders: Mapping[UUID, UUID], created_at: datetime
) -> list[Known]:
    """Make people who stand like this; gives them as stored.

    Whoever else makes the same people at once changes the registrations that found them as well:
    one of the two is overtaken, and finds them made.
    """
    rows: list[dict[str, object]] = [
        {
            "id": person,
            "founder_id": founders[person],
            "created_at": created_at,
            **columns(standing),
        }
        for person, standing in standings.items()
    ]
    bulk.insert(Person, rows, on_conflict="(id) DO NOTHING", order_by="id")
    return [
        Known(
            person,
            standing.state,
            standing.credited,
            standing.counted and standing.counted.village,
            standing.counted and standing.counted.month,
        )
        for person, standing in standings.items()
    ]


def lock(ids: Collection[UUID]) -> list[Known]:
    """Lock people, by id."""
    if not ids:
        return []
    rows = bulk.run(
        "SELECT id, state, credited_id, village_id, month FROM outreach_person"
        " WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(ids)],
    )
    return [Known(*row) for row in rows]


def recount(
    known: Iterable[Known],
    was: Mapping[UUID, Credit],
    newly_counted: Iterable[Counted] = (),
) -> dict[UUID, list[Credit]]:
    """Bring locked people in line with their registrations, and the tallies with the people.

    `was` holds the registrations that changed as they were before; `newly_counted` what people
    created in this transaction count for. Call it after `changes.settle`. Returns each known
    person's registrations. Duplicates are logged whose first registration is another now, or of
    another time: their kader are told of that.
    """
    known = list(known)
    credits = credits_of([person.id for person in known])
    every = {credit.registration: credit for owned in credits.values() for credit in owned}
    stored = {**every, **was}
    updates: list[dict[str, object]] = []
    before: list[Counted] = []
    after = list(newly_counted)
    told: list[tuple[UUID, int]] = []
    homes = {person.village for person in known}
    for person in known:
        standing = standing_of(credits[person.id])
        if _first_at(person.credited, stored) != _first_at(standing.credited, every):
            told += [
                (own.registration, own.kader)
                for own in credits[person.id]
                if own.status == Registration.Status.DUPLICATE
            ]
        counted = _counted(person, stored)
        if standing.counted != counted or standing.credited != person.credited:
            updates.append({"id": person.id, **columns(standing)})
            before += [counted] if counted else []
            after += [standing.counted] if standing.counted else []
            homes |= {standing.counted.village} if standing.counted else set()
    bulk.update(Person, updates)
    tallies.move(before, after)
    if any(credit.is_paid for credit in every.values()):
        tallies.recount_members({home for home in homes if home})
    changes.log_registrations(told)
    return credits


def _first_at(credited: UUID | None, credits: Mapping[UUID, Credit]) -> datetime | None:
    """When the registration that a person is credited for was made."""
    credit = credits.get(credited) if credited else None
    return credit.corrected_at if credit else None


def credits_of(people: Sequence[UUID]) -> dict[UUID, list[Credit]]:
    """Each person's registrations, as far as credit goes."""
    found: dict[UUID, list[Credit]] = defaultdict(list)
    if not people:
        return found
    for person, *credit in bulk.run(
        "SELECT person_id, id, status, clock_trusted, corrected_at, local_day,"
        " domicile_village_id, coalesce(decided_campaign_id, campaign_id), kader_id,"
        " event_village_id,"
        " EXISTS (SELECT FROM outreach_payment WHERE registration_id = registration.id)"
        " FROM outreach_registration AS registration WHERE person_id = ANY(%s)",
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
        campaign=registration.credited_campaign_id,
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
