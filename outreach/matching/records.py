"""Registrations' facts, in and out of the database."""

from collections.abc import Collection
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
        "SELECT uuid_send(registration_id) || int2send(blank) || facts, model"
        " FROM outreach_matchrecord WHERE registration_id = ANY(%s::uuid[])",
        [bulk.array(one.hex() for one in ids)],
    )
    unsealed, decode = unsealer(), _decoder.decode
    try:
        return {
            one: Known(decode(unsealed(row[18:], one)), row[17], model)
            for packed, model in rows
            for row in [bytes(packed)]
            for one in [row[:16]]
        }
    except UNREADABLE:
        facts = _mended({bytes(packed)[:16]: bytes(packed)[18:] for packed, _ in rows})
        return {
            one: Known(facts[one], row[17], model)
            for packed, model in rows
            for row in [bytes(packed)]
            for one in [row[:16]]
        }


def _mended(packed: dict[bytes, bytes]) -> dict[bytes, Facts]:
    """Facts by the bytes of ids; those that cannot be read are made anew from the registrations."""
    found, unsealed = {}, unsealer()
    damaged = set()
    for one, sealed_facts in packed.items():
        try:
            found[one] = _decoder.decode(unsealed(sealed_facts, one))
        except UNREADABLE:
            damaged.add(UUID(bytes=one))
    for row in Registration.objects.filter(pk__in=damaged):
        found[row.id.bytes] = facts_of_registration(row)
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
        "SELECT registration_id, facts, blank, model, keys FROM outreach_matchrecord"
        " WHERE registration_id = ANY(%s)",
        [list(ids)],
    )
    found = _mended({one.bytes: bytes(facts) for one, facts, *_ in rows})
    return {
        one: Matched(Known(found[one.bytes], blank, model), keys)
        for one, _, blank, model, keys in rows
    }
