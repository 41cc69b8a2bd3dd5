"""Personal data as people without the right to it see it: enough to tell two apart."""

from uuid import UUID

from cryptography.exceptions import InvalidTag

from outreach.sealing import unseal

HIDDEN = "•"
FEWEST_HIDDEN = 4
Sealed = bytes | memoryview


def masked_nik(value: Sealed | None, row_id: UUID) -> str | None:
    """A sealed NIK as `127101••••••0002`; null where there is none."""
    return _masked(value, row_id, shown_first=6, shown_last=4)


def masked_nik_end(value: Sealed | None, row_id: UUID) -> str | None:
    """A sealed NIK as `••••••••••••0002`: enough to ask another office about it."""
    return _masked(value, row_id, shown_first=0, shown_last=4)


def masked_phone(value: Sealed | None, row_id: UUID) -> str | None:
    """A sealed phone number as `+6281••••••890`, hidden altogether if short; null without one."""
    return _masked(value, row_id, shown_first=5, shown_last=3)


def _masked(value: Sealed | None, row_id: UUID, shown_first: int, shown_last: int) -> str | None:
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
    return text[:shown_first] + HIDDEN * hidden + text[len(text) - shown_last :]
