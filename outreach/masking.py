"""Personal data as people without the right to it see it: enough to tell two apart."""

import json
import re
from itertools import islice
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag

from outreach.sealing import unseal

HIDDEN = "•"
FEWEST_HIDDEN = 4
HIDDEN_FIELDS = ("nik", "birth_date", "phone", "mother_name")
MOST_FIELDS = 200
"""Of a record that somebody is shown."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NIK = re.compile(r"(?<![0-9A-Za-z])[0-9]{16}(?![0-9A-Za-z])")
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
    return _without_middle(text, shown_first, shown_last)


def _without_middle(text: str, shown_first: int, shown_last: int) -> str:
    hidden = len(text) - shown_first - shown_last
    if hidden < FEWEST_HIDDEN:
        return HIDDEN * len(text)
    return text[:shown_first] + HIDDEN * hidden + text[len(text) - shown_last :]


def masked_field(name: str, value: Any) -> Any:
    """A field of a record as it was sent, whatever it holds: masked as in a registration.

    Of a birth date the year is left; what looks like a NIK is masked wherever it was written.
    """
    if value is None or name not in HIDDEN_FIELDS:
        return _without_niks(value)
    text = value if isinstance(value, str) else json.dumps(value)
    if name == "nik":
        return _without_middle(text, shown_first=6, shown_last=4)
    if name == "phone":
        return _without_middle(text, shown_first=5, shown_last=3)
    if name == "birth_date" and _DATE.fullmatch(text):
        return f"{text[:4]}-{HIDDEN * 2}-{HIDDEN * 2}"
    return HIDDEN * 6


def masked_record(record: Any) -> Any:
    """A record as it was sent, with its personal data masked; anything else likewise."""
    if isinstance(record, dict):
        return {
            _without_niks(name): masked_field(name, value)
            for name, value in islice(record.items(), MOST_FIELDS)
        }
    return _without_niks(record)


def _without_niks(value: Any) -> Any:
    if isinstance(value, str):
        return _NIK.sub(lambda found: _without_middle(found[0], 6, 4), value)
    if isinstance(value, int) and not isinstance(value, bool) and _NIK.fullmatch(str(value)):
        return _without_middle(str(value), 6, 4)
    if isinstance(value, dict):
        return {_without_niks(name): _without_niks(inner) for name, inner in value.items()}
    return [_without_niks(inner) for inner in value] if isinstance(value, list) else value
