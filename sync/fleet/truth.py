"""What is true of a virtual registration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One record as it stands when its last version is stored.

    `person` is the true worker, whatever was typed; `nik` what was typed, None for a placeholder.
    `domicile` is None where the village is not on the list. `happened_at` is the true moment as
    the server can know it, in seconds since 1970; `trusted` says the tablet's clock was right.
    `contradicted`: the position speaks against the declared village (None: it may or may not).
    """

    id: str
    story: str
    kader: int
    campaign: str
    person: int
    nik: str | None
    domicile: str | None
    event_village: str | None
    happened_at: float
    trusted: bool
    revision: int
    flags: frozenset[str]
    contradicted: bool | None
