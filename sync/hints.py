"""Duplicate hints: built for each office that wants them, and switched by administrators.

Nobody's hints change but by a build, which runs each night: the finer the steps, the more two
successive filters would tell about who came in between.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal

import numpy as np
from django.db import transaction
from django.db.models import F, Q
from msgspec import UNSET, Struct, UnsetType

from outreach import bulk
from outreach.dedup.nik import is_placeholder
from outreach.hinting import (
    FALSE_BITS,
    RECIPE,
    RICE_BITS,
    Tags,
    capacity_bits_for,
    digest_of,
    filled,
    hint_name,
    packed,
    tag_bits,
)
from outreach.models import Office, Region, Registration
from outreach.offices.territory import codes_of, today
from outreach.sealing import derived_key, unsealer
from outreach.statuses import OUT
from sync.models import HintFilter

CHUNK = 2000
BUILDING = 0x68696E74
"""With the office's number: the advisory lock of a build."""
KEEP_DAYS = 30
"""For how long a tablet uses a filter that it could not ask about again: as long as its log-in."""


class HintsAnswer(Struct, frozen=True):
    """The filter of an office's territory, or that there is none: then a tablet deletes its own.

    `filter` holds `count` tags of `tag_bits` bits as Rice codes (outreach.hinting.packed), and
    `false_hints` is how often it hints at a stranger. `key` and `filter` are base64.
    """

    is_on: bool
    office: int | UnsetType = UNSET
    version: int | UnsetType = UNSET
    made_at: datetime | UnsetType = UNSET
    keep_days: int | UnsetType = UNSET
    recipe: Literal["nik-name-1"] | UnsetType = UNSET
    false_hints: float | UnsetType = UNSET
    count: int | UnsetType = UNSET
    tag_bits: int | UnsetType = UNSET
    rice_bits: int | UnsetType = UNSET
    key: bytes | UnsetType = UNSET
    filter: bytes | UnsetType = UNSET


def key_of(hints: HintFilter) -> bytes:
    """What tablets of the office hash with."""
    return derived_key("hint_key", f"{hints.office_id}:{hints.key_number}")


def answer_of(hints: HintFilter | None) -> HintsAnswer:
    """What a tablet is told of its office's filter."""
    if hints is None or hints.content is None or hints.made_at is None:
        return HintsAnswer(is_on=False)
    return HintsAnswer(
        is_on=True,
        office=hints.office_id,
        version=hints.version,
        made_at=hints.made_at,
        keep_days=KEEP_DAYS,
        recipe=RECIPE,
        false_hints=2.0**-FALSE_BITS,
        count=1 << hints.capacity_bits,
        tag_bits=tag_bits(hints.capacity_bits),
        rice_bits=RICE_BITS,
        key=key_of(hints),
        filter=bytes(hints.content),
    )


def build(office_id: int, now: datetime) -> bool:
    """Make an office's filter anew from who is registered now; gives whether it is another one.

    Nothing is done where hints are off. Raises hinting.TooManyPeople.
    """
    with transaction.atomic():
        _wait_for_builds(office_id)
        hints = HintFilter.objects.filter(pk=office_id, is_on=True).first()
        if hints is None:
            return False
        digests = _digests(office_id, today(now), key_of(hints))
        # Only distinct digests take a place; a person may have several registrations.
        bits = capacity_bits_for(np.unique(digests).size, hints.capacity_bits)
        decoys = derived_key("hint_decoys", f"{hints.office_id}:{hints.key_number}")
        content = packed(filled(digests, bits, decoys))
        if hints.content is not None and bytes(hints.content) == content:
            return False
        unswitched = HintFilter.objects.filter(
            pk=office_id, is_on=True, switched_at=hints.switched_at
        )
        made = {"content": content, "capacity_bits": bits, "made_at": now}
        return unswitched.update(**made, version=F("version") + 1) == 1


def switch(office: Office, *, is_on: bool, reason: str, now: datetime) -> None:
    """Give an office's tablets hints from now on, or take them away; a filter that is off is
    deleted."""
    HintFilter.objects.update_or_create(
        office=office,
        defaults={"is_on": is_on, "reason": reason, "switched_at": now}
        | ({} if is_on else {"content": None}),
    )
    build(office.pk, now)


def change_key(office: Office, now: datetime) -> bool:
    """Hash with a new key from now on; gives False where hints are off.

    Who holds the filters of both keys has false hints only where both are false (decision 26).
    """
    with transaction.atomic():
        _wait_for_builds(office.pk)
        on = HintFilter.objects.filter(pk=office.pk, is_on=True)
        return on.update(key_number=F("key_number") + 1) == 1 and build(office.pk, now)


def _wait_for_builds(office_id: int) -> None:
    """Until the transaction ends nobody else builds this office's filter.

    Whoever comes second reads the registrations after waiting, so nobody goes back in time. The
    row stays free meanwhile: hints can be switched off at any moment.
    """
    bulk.run("SET LOCAL lock_timeout = '10min'")
    bulk.run("SELECT pg_advisory_xact_lock(%s, %s)", [BUILDING, office_id])


def _digests(office_id: int, day: date, key: bytes) -> Tags:
    """A digest for each registration in the day's territory that counts and has a NIK."""
    here = Q()
    for code in codes_of([office_id], day):
        here |= Q(code=code) | Q(code__startswith=f"{code}.")
    if not here:
        return np.empty(0, np.uint32)
    rows = (
        Registration.objects.filter(
            domicile_village__in=Region.objects.filter(here, level=Region.Level.VILLAGE),
            nik__isnull=False,
        )
        .exclude(status__in=OUT)
        .values_list("id", "nik", "full_name")
    )
    unseal = unsealer()

    def each() -> Iterator[int]:
        for row_id, sealed, full_name in rows.iterator(chunk_size=CHUNK):
            nik = unseal(bytes(sealed or b""), row_id.bytes).decode()
            if not is_placeholder(nik):
                yield digest_of(key, nik, hint_name(full_name))

    return np.fromiter(each(), np.uint32)
