"""Who gets the credit for a person, and where the person counts."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from outreach.models import Person
from outreach.standings.tallies import Counted
from outreach.statuses import OUT, VERIFIED


class Credit(NamedTuple):
    """What decides whether a registration gets its person's credit, and what it then counts for.

    `is_paid` says of a stored one that contributions were confirmed for it at some time.
    """

    registration: UUID
    status: str
    trusted: bool
    corrected_at: datetime
    day: date
    domicile: str | None
    campaign: UUID
    kader: int
    event_village: str | None
    is_paid: bool = False


class PersonStanding(NamedTuple):
    """How a person counts: state, credited registration, and the tally entry, if any."""

    state: str
    credited: UUID | None
    counted: Counted | None


def standing_of(credits: Iterable[Credit]) -> PersonStanding:
    """How a person with these registrations counts, in whatever order they arrived."""
    live = [credit for credit in credits if credit.status not in OUT]
    if not live:
        return PersonStanding(Person.State.NONE.value, None, None)
    first = first_of(live)
    verified = any(credit.status in VERIFIED for credit in live)
    return PersonStanding(
        (Person.State.VERIFIED if verified else Person.State.PROVISIONAL).value,
        first.registration,
        Counted(
            village=first.domicile,
            month=first.day.replace(day=1),
            campaign=first.campaign,
            kader=first.kader,
            event_village=first.event_village,
            verified=verified,
        ),
    )


def first_of(credits: Iterable[Credit]) -> Credit:
    """The registration that takes the credit: the first trusted capture, not the first to arrive.

    A capture by an untrusted clock takes it only where there is no other.
    """
    return min(credits, key=lambda c: (not c.trusted, c.corrected_at, c.registration))
