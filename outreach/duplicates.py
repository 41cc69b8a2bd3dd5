"""Who is who: which registrations are one person, and which need somebody to look.

First form: the same NIK, normalised name and birth date are one person; the same NIK with another
name or birth date, or no NIK and the same normalised name, birth date and village, is a doubt.
`identity` and `doubts` are all that registering asks; both work on a whole batch.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.dedup import nik as niks
from outreach.dedup.names import name_key
from outreach.drafts import Draft
from outreach.flagging import Doubts
from outreach.sealing import blind_index

LOOKALIKES = 5
"""At most so many people are named as evidence of one doubt."""


class Identity(NamedTuple):
    """Made of keyed hashes of what tells people apart; equal `key` means the same person."""

    key: bytes
    nik_index: bytes | None
    name_index: bytes


class Newcomer(NamedTuple):
    """A registration that was just given its person."""

    registration: UUID
    person: UUID
    identity: Identity


def identity(draft: Draft, village: str) -> Identity:
    """What one draft says about who the worker is, who lives in `village`.

    The village is no secret, so it stands beside the hash of name and birth date.
    """
    person = blind_index("person", f"{name_key(draft.full_name)}|{draft.birth_date}")
    name_index = person + village.encode()
    if draft.nik is None or niks.is_placeholder(draft.nik):
        return Identity(b"registration" + draft.id.bytes, None, name_index)
    nik_index = blind_index("nik", draft.nik)
    return Identity(nik_index + person, nik_index, name_index)


def doubts(newcomers: Sequence[Newcomer]) -> dict[UUID, Doubts]:
    """Registration → doubts about who it is, against everybody known and earlier in the batch.

    Call it after `changes.settle`: whoever committed before is seen, whoever comes later sees us.
    """
    found: dict[UUID, Doubts] = {}
    for newcomer, code, person in [*_among(newcomers), *_against_known(newcomers)]:
        people = found.setdefault(newcomer, {}).setdefault(code, {"people": []})["people"]
        if len(people) < LOOKALIKES:
            people.append(str(person))
    return found


def _among(newcomers: Sequence[Newcomer]) -> list[tuple[UUID, str, UUID]]:
    """Doubts within the batch: always about the later of the two."""
    by_nik: dict[bytes, dict[UUID, None]] = {}
    by_name: dict[bytes, dict[UUID, bool]] = {}
    found: list[tuple[UUID, str, UUID]] = []
    for registration, person, who in newcomers:
        has_nik = who.nik_index is not None
        if who.nik_index is not None:
            same_nik = by_nik.setdefault(who.nik_index, {})
            others = [other for other in list(same_nik)[: LOOKALIKES + 1] if other != person]
            found += [(registration, "nik_conflict", other) for other in others]
            same_nik[person] = None
        same_name = by_name.setdefault(who.name_index, {})
        found += [
            (registration, "possible_duplicate", other)
            for other, other_has_nik in list(same_name.items())[: LOOKALIKES + 1]
            if other != person and not (has_nik and other_has_nik)
        ]
        same_name[person] = has_nik
    return found


def _against_known(newcomers: Sequence[Newcomer]) -> list[tuple[UUID, str, UUID]]:
    """Doubts against people who were there before the batch: two index look-ups a newcomer."""
    if not newcomers:
        return []
    rows = [
        {
            "registration": registration,
            "person": person,
            "nik": who.nik_index and bulk.bytea(who.nik_index),
            "name": bulk.bytea(who.name_index),
        }
        for registration, person, who in newcomers
    ]
    return [
        (registration, code, person)
        for registration, code, person in bulk.run(
            "WITH new AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%s::jsonb)"
            " AS new(registration uuid, person uuid, nik bytea, name bytea))"
            " SELECT new.registration, 'nik_conflict', other.id FROM new CROSS JOIN LATERAL ("
            "  SELECT id FROM outreach_person WHERE nik_index = new.nik AND state <> 'none'"
            "  AND id NOT IN (SELECT person FROM new) ORDER BY created_at, id LIMIT %s) other"
            " UNION ALL"
            " SELECT new.registration, 'possible_duplicate', other.id FROM new CROSS JOIN LATERAL ("
            "  SELECT id FROM outreach_person WHERE name_index = new.name AND state <> 'none'"
            "  AND (nik_index IS NULL OR new.nik IS NULL)"
            "  AND id NOT IN (SELECT person FROM new) ORDER BY created_at, id LIMIT %s) other",
            [bulk.encode(rows), LOOKALIKES, LOOKALIKES],
        )
    ]
