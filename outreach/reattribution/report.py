"""What placing registrations anew changed: counted up, kept with the boundary change, told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

MOST_DECIDED = 1000
"""Decided registrations that are named; beyond these they are only counted."""

Shift = tuple[str, str]
"""From what to what; empty for none."""


@dataclass(slots=True)
class Findings:
    """How many registrations were placed anew, and what that moved.

    `hosted` is by how many more people, or fewer, count as registered in a village; under no code,
    those that count in none. `decided` names registrations whose doubts would be others now, but
    whose verdict stands.
    """

    looked_at: int = 0
    changed: int = 0
    villages: Counter[Shift] = field(default_factory=Counter)
    reasons: Counter[Shift] = field(default_factory=Counter)
    statuses: Counter[Shift] = field(default_factory=Counter)
    raised: Counter[str] = field(default_factory=Counter)
    taken_back: Counter[str] = field(default_factory=Counter)
    resolved: Counter[Shift] = field(default_factory=Counter)
    hosted: Counter[str] = field(default_factory=Counter)
    decided: list[dict[str, Any]] = field(default_factory=list)
    decided_count: int = 0

    @classmethod
    def from_json(cls, report: Mapping[str, Any]) -> "Findings":
        """What `as_json` gave; empty for an empty report."""
        found = cls()
        for name, value in report.items():
            is_counter = isinstance(getattr(found, name), Counter)
            setattr(found, name, _counter(value) if is_counter else value)
        return found

    def as_json(self) -> dict[str, Any]:
        """Counters as rows, the largest first."""
        return {
            name: _rows(value) if isinstance(value, Counter) else value
            for name in self.__slots__
            for value in [getattr(self, name)]
        }

    def add(self, other: "Findings") -> None:
        """Take in what another chunk found."""
        for name in self.__slots__:
            mine, more = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(more)
            else:
                setattr(self, name, mine + more)
        self.decided = self.decided[:MOST_DECIDED]

    def name_decided(
        self,
        registration: UUID,
        status: str,
        *,
        would_raise: Iterable[str],
        would_take_back: Iterable[str],
    ) -> None:
        """Name a decided registration that somebody may want to look at again."""
        self.decided_count += 1
        self.decided.append(
            {
                "id": str(registration),
                "status": status,
                "would_raise": sorted(would_raise),
                "would_take_back": sorted(would_take_back),
            }
        )

    def codes(self) -> set[str]:
        """The villages that `lines` tells of."""
        shifts = (*self.villages, *self.resolved)
        return {code for shift in shifts for code in shift if code} | {*filter(None, self.hosted)}

    def lines(self, names: Mapping[str, str]) -> list[str]:
        """The report in words, with the names of villages by their codes."""

        def named(code: str) -> str:
            return f"{code} {names.get(code, '')}".rstrip()

        def moved(shifts: Counter[Shift]) -> Counter[Shift]:
            return Counter({(named(was), named(now)): n for (was, now), n in shifts.items()})

        return [
            f"registrations placed anew: {self.looked_at}, of which changed: {self.changed}",
            *_told("event village", moved(self.villages)),
            *_told("reason", self.reasons),
            *_told("declared code resolved", moved(self.resolved)),
            *(f"{code} raised: {number}" for code, number in self.raised.most_common()),
            *(f"{code} taken back: {number}" for code, number in self.taken_back.most_common()),
            *_told("status", self.statuses),
            *(
                f"people counted as registered in {named(code) or 'no village'}: {by:+}"
                for code, by in sorted(self.hosted.items())
                if by
            ),
            *(
                f"left as decided: {row['id']} is {row['status']}; {_due(row)}"
                for row in self.decided
            ),
            *(
                [f"left as decided: {more} more"]
                if (more := self.decided_count - len(self.decided))
                else []
            ),
        ]


def _rows(counter: Counter[Any]) -> list[list[Any]]:
    ordered = sorted(counter.items(), key=lambda entry: (-abs(entry[1]), entry[0]))
    return [
        [*([key] if isinstance(key, str) else key), number] for key, number in ordered if number
    ]


def _due(row: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{', '.join(row[name])} would be {what}"
        for name, what in (("would_raise", "raised"), ("would_take_back", "taken back"))
        if row[name]
    )


def _counter(rows: Iterable[Sequence[Any]]) -> Counter[Any]:
    return Counter({tuple(row[:-1]) if len(row) > 2 else row[0]: row[-1] for row in rows})


def _told(what: str, moves: Counter[Shift]) -> list[str]:
    return [
        f"{what} {before or 'none'} → {after or 'none'}: {number}"
        for (before, after), number in sorted(moves.items(), key=lambda entry: -entry[1])
    ]
