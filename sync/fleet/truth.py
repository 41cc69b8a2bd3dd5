"""What is true of a virtual registration, and what the rules make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outreach.dedup.names import name_key
from outreach.dedup.nik import is_placeholder


@dataclass(frozen=True, slots=True)
class Fact:
    """One record as it stands when its last version is stored.

    `person` is the true worker, whatever was typed; `identity` is what the rules know them by:
    equal ones are one person without asking anybody. `look` is compared where a NIK is missing.
    `domicile` is None where the village is not on the list. `happened_at` is the true moment as
    the server can know it, in seconds since 1970; `trusted` says the tablet's clock was right.
    `contradicted`: the position speaks against the declared village (None: it may or may not).
    """

    id: str
    story: str
    kader: int
    campaign: str
    person: int
    identity: str
    nik: str | None
    look: str
    domicile: str | None
    event_village: str | None
    happened_at: float
    trusted: bool
    revision: int
    flags: frozenset[str]
    contradicted: bool | None


def identity_of(content: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """What the rules know a record's worker by: identity, NIK if it is a real one, and look."""
    person = f"{name_key(content['full_name'])}|{content['birth_date']}"
    look = f"{person}|{content['domicile_village']}"
    nik = content["nik"]
    if nik is None or is_placeholder(nik):
        return str(content["id"]), None, look
    return f"{nik}|{person}", nik, look
