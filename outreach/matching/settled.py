"""What a transaction is about to change, and what follows from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from outreach.flagging import Doubts
from outreach.matching.arrivals import Matches
from outreach.matching.groups import Row, Stored
from outreach.matching.pairs import Ids, Pair
from outreach.matching.questions import Asked


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
