"""Registrations' facts, in and out of the database."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from outreach import bulk
from outreach.dedup.facts import Facts, facts_of
from outreach.drafts import Draft
from outreach.models import Registration
from outreach.sealing import UNREADABLE, readable, seal_bytes, unsealer

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Facts)


class Known(NamedTuple):
    """A stored registration as far as comparing goes; `blank` and `model` as in MatchRecord."""

    facts: Facts
    blank: int
    model: str


def facts_of_draft(draft: Draft, village: str, kader: int, corrected_at: datetime) -> Facts:
    """What a capture says of a worker who lives in `village`, a code of today where possible."""
    return facts_of(
        full_name=draft.full_name,
        birth_date=draft.birth_date,
        sex=draft.sex,
        nik=draft.nik or "",
        mother_name=draft.mother_name or "",
        phone=draft.phone or "",
        village=village,
        address=_home(draft.address, draft.rt, draft.rw),
        occupation=draft.occupation,
        kader=str(kader),
        captured_at=corrected_at,
    )


def facts_of_registration(row: Registration) -> Facts:
    """The same of a stored registration; what of it cannot be read any more counts as missing."""
    return facts_of(
        full_name=row.full_name,
        birth_date=row.birth_date,
        sex=row.sex,
        nik=_text(row.nik, row.id),
        mother_name=_text(row.mother_name, row.id),
        phone=_text(row.phone, row.id),
        village=row.domicile_village_id or row.domicile_code,
        address=_home(row.address, row.rt, row.rw),
        occupation=row.occupation_code,
        kader=str(row.kader_id),
        captured_at=row.corrected_at,
    )


def _text(value: bytes | memoryview | None, registration: UUID) -> str:
    return (value and readable(value, registration)) or ""


def _home(address: str | None, rt: str | None, rw: str | None) -> str:
    """RT and RW alone are no address: a hundred neighbours share them."""
    return f"{address} {rt or ''} {rw or ''}" if address else ""


def sealed(facts: Facts, registration: UUID) -> bytes:
    """Facts as they are stored, readable only together with the registration's id."""
    return seal_bytes(_encoder.encode(facts), registration.bytes)


def known_of(ids: Collection[UUID]) -> dict[UUID, Known]:
    """What is known of registrations that were matched before; one statement."""
    found = packed_known_of({one.bytes for one in ids})
    return {UUID(bytes=one): known for one, known in found.items()}


def packed_known_of(ids: Collection[bytes]) -> dict[bytes, Known]:
    """The same by the bytes of ids. For tens of thousands, UUID objects, or a column more, would
    take as long as the rest."""
    if not ids:
        return {}
    rows = bulk.run(
        f"SELECT {_PACKED}, model FROM outreach_matchrecord"
        " WHERE registration_id = ANY(%s::uuid[])",
        [bulk.array(one.hex() for one in ids)],
    )
    return _unpacked(rows)


_PACKED = "uuid_send(registration_id) || int2send(blank) || facts"


def _unpacked(rows: Iterable[tuple[memoryview, str]]) -> dict[bytes, Known]:
    """What is known by packed rows and models; facts that were altered, or whose key is gone, are
    made anew from the registrations."""
    unsealed, decode = unsealer(), _decoder.decode
    found: dict[bytes, Known] = {}
    unreadable: dict[UUID, tuple[int, str]] = {}
    for packed, model in rows:
        row = bytes(packed)
        one, blank = row[:16], row[17]
        try:
            found[one] = Known(decode(unsealed(row[18:], one)), blank, model)
        except UNREADABLE:
            unreadable[UUID(bytes=one)] = blank, model
    for registration in Registration.objects.filter(pk__in=unreadable):
        facts = facts_of_registration(registration)
        found[registration.id.bytes] = Known(facts, *unreadable[registration.id])
    return found


class Matched(NamedTuple):
    """What is stored of a registration that was matched before, with its keys."""

    known: Known
    keys: list[int]


def matched_before(ids: Collection[UUID]) -> dict[UUID, Matched]:
    """What is stored of those of the registrations that were matched before; one statement."""
    if not ids:
        return {}
    rows = bulk.run(
        f"SELECT {_PACKED}, model, keys FROM outreach_matchrecord WHERE registration_id = ANY(%s)",
        [list(ids)],
    )
    known = _unpacked((packed, model) for packed, model, _ in rows)
    keys = {bytes(packed[:16]): keys for packed, _, keys in rows}
    return {UUID(bytes=one): Matched(it, keys[one]) for one, it in known.items()}
