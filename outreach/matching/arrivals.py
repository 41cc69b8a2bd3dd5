"""Records that come in, and what was found out about them."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from outreach.dedup.facts import Facts
from outreach.matching.keys import Keys
from outreach.matching.pairs import Ids, Pair
from outreach.matching.records import Known


class Arrival(NamedTuple):
    """A record to be held against the stored ones; `before` is what was stored of it so far."""

    id: UUID
    facts: Facts
    before: Known | None = None


@dataclass(slots=True)
class Matches:
    """What matching arrivals found.

    `raw` are the arrivals' facts, `facts` the same without blank numbers; `known` the facts of
    those they were held against, by the bytes of their ids. `counts`: how many hold a key of
    theirs, themselves included. `pairs` are those judged unsure or better, or that share a NIK;
    `looked_at` are pairs of stored records that were judged again, whatever came of it.
    """

    keys: dict[UUID, Keys] = field(default_factory=dict)
    raw: dict[UUID, Facts] = field(default_factory=dict)
    facts: dict[UUID, Facts] = field(default_factory=dict)
    blank: dict[UUID, int] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    counts: dict[int, int] = field(default_factory=dict)
    pairs: dict[Ids, Pair] = field(default_factory=dict)
    looked_at: set[Ids] = field(default_factory=set)
    known: dict[bytes, Known] = field(default_factory=dict)
