"""What becomes of the features of boundary files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from outreach.places.uploads import Refused

Outcome = Literal["matched", "repaired", "unresolved", "no_boundary", "dropped"]
OUTCOMES: tuple[Outcome, ...] = ("matched", "repaired", "unresolved", "no_boundary", "dropped")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class VillageOutcome:
    """What became of one feature, counted from 1, for one village.

    `matched` and `repaired` features are, or are in, a village's polygon. `unresolved` (why says
    the reason) and `no_boundary` (the source has none) ones have none. `dropped` features are no
    known village's, or another feature stands for theirs. `code` is the village's of today, or as
    the file has it; `candidates` are the villages it may be, to be confirmed. `is_open` if a
    person's answer can settle it. `district` and `regency` are as the file names them.
    """

    file: str
    feature: int
    code: str
    name: str
    outcome: Outcome
    why: str = ""
    is_disputed: bool = False
    candidates: tuple[str, ...] = ()
    is_open: bool = False
    district: str = ""
    regency: str = ""


class NoneMatched(Refused):
    """Files of which no feature is known to be a village; some `outcomes` may be open."""

    def __init__(self, problems: Sequence[str], outcomes: Sequence[VillageOutcome]) -> None:
        super().__init__(problems)
        self.outcomes = tuple(outcomes)


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was read; `clipped` are features that end together on a straight edge of the file."""

    file: str
    sha256: str
    features: int
    notes: list[str] = field(default_factory=list)
    clipped: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundVillage:
    """A feature's outcome for a village, `region`, if it has one; with its polygon if it has one.

    A polygon without a region is no village's. `is_confirmed` if a person said the village.
    """

    outcome: VillageOutcome
    region: str | None = None
    polygon: Any = None
    is_confirmed: bool = False

    @property
    def is_kept(self) -> bool:
        return self.region is not None and self.outcome.outcome != "dropped"

    def without_polygon(self, outcome: Outcome, why: str) -> "FoundVillage":
        return self.with_polygon(None, outcome, why)

    def with_polygon(self, polygon: Any, outcome: Outcome, why: str) -> "FoundVillage":
        return replace(self, outcome=replace(self.outcome, outcome=outcome), polygon=polygon).noted(
            why
        )

    def in_another(self, why: str) -> "FoundVillage":
        """A part whose polygon went into another feature's."""
        return FoundVillage(replace(self.outcome, outcome="repaired", why=why))

    def as_disputed(self, why: str) -> "FoundVillage":
        return replace(self, outcome=replace(self.outcome, is_disputed=True)).noted(why)

    def noted(self, why: str) -> "FoundVillage":
        told = "; ".join(filter(None, (why, self.outcome.why)))
        return replace(self, outcome=replace(self.outcome, why=told))
