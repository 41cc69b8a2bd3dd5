"""Personal data as people without the right to it see it: enough to tell two apart."""

from collections.abc import Collection
from uuid import UUID

from cryptography.exceptions import InvalidTag

from outreach.sealing import unseal

HIDDEN = "•"
FEWEST_HIDDEN = 4
MOST_SLIPS = 2
"""Where two NIKs differ in no more digits, these are shown."""
Sealed = bytes | memoryview


def masked_nik(
    value: Sealed | None, row_id: UUID, also: Collection[int] = frozenset()
) -> str | None:
    """A sealed NIK as `127101••••••0002`, with the digits at some places more; null where there is
    none."""
    return _masked(value, row_id, shown_first=6, shown_last=4, also=also)


def masked_nik_end(
    value: Sealed | None, row_id: UUID, also: Collection[int] = frozenset()
) -> str | None:
    """A sealed NIK as `••••••••••••0002`: enough to ask another office about it."""
    return _masked(value, row_id, shown_first=0, shown_last=4, also=also)


def slips_between(
    one: Sealed | None, one_id: UUID, other: Sealed | None, other_id: UUID
) -> frozenset[int]:
    """The places where two sealed NIKs differ, if these are so few that one may be mistyped."""
    if one is None or other is None:
        return frozenset()
    try:
        left, right = unseal(bytes(one), one_id), unseal(bytes(other), other_id)
    except (KeyError, InvalidTag):
        return frozenset()
    if len(left) != len(right):
        return frozenset()
    places = frozenset(at for at, digit in enumerate(left) if digit != right[at])
    return places if len(places) <= MOST_SLIPS else frozenset()


def masked_phone(value: Sealed | None, row_id: UUID) -> str | None:
    """A sealed phone number as `+6281••••••890`, hidden altogether if short; null without one."""
    return _masked(value, row_id, shown_first=5, shown_last=3)


def _masked(
    value: Sealed | None,
    row_id: UUID,
    shown_first: int,
    shown_last: int,
    also: Collection[int] = frozenset(),
) -> str | None:
    if value is None:
        return None
    try:
        text = unseal(bytes(value), row_id)
    except (KeyError, InvalidTag):
        # A damaged value, or one under a key that is gone, must not hide the rest of the list.
        return HIDDEN * (shown_first + shown_last)
    hidden = len(text) - shown_first - shown_last
    if hidden < FEWEST_HIDDEN:
        return HIDDEN * len(text)
    end = len(text) - shown_last
    return "".join(
        letter if at < shown_first or at >= end or at in also else HIDDEN
        for at, letter in enumerate(text)
    )
