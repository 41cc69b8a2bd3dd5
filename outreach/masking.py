"""Personal data as people without the right to it see it: enough to tell two apart."""

import json
import re
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any
from uuid import UUID

from outreach.sealing import readable

HIDDEN = "•"
FEWEST_HIDDEN = 4
HIDDEN_FIELDS = ("nik", "birth_date", "phone", "mother_name")
MOST_ITEMS = 200
MOST_LEVELS = 8
LONGEST_TEXT = 1000
"""Of what was sent, which may be anything, as somebody is shown it."""
SHORTEST_NIK = 10**14
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NIK = re.compile(r"[0-9](?:[ ./-]?[0-9]){14,}")
"""Sixteen digits, one more or less, however they are written."""
_NO_NIK = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
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
    left, right = readable(one, one_id), readable(other, other_id)
    if left is None or right is None or len(left) != len(right):
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
    text = readable(value, row_id)
    if text is None:
        return HIDDEN * (shown_first + shown_last)
    return _without_middle(text, shown_first, shown_last, also)


def _without_middle(
    text: str, shown_first: int, shown_last: int, also: Collection[int] = frozenset()
) -> str:
    hidden = len(text) - shown_first - shown_last
    if hidden < FEWEST_HIDDEN:
        return HIDDEN * len(text)
    end = len(text) - shown_last
    return "".join(
        letter if at < shown_first or at >= end or at in also else HIDDEN
        for at, letter in enumerate(text)
    )


def masked_field(name: str, value: Any) -> Any:
    """A field of a record as it was sent, whatever it holds: masked as in a registration.

    Of a birth date the year is left; what looks like a NIK is masked wherever it was written.
    """
    if value is None or name not in HIDDEN_FIELDS:
        return _without_niks(value)
    text = _encodable(value) if isinstance(value, str) else json.dumps(value)[:LONGEST_TEXT]
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
            for name, value in islice(record.items(), MOST_ITEMS)
        }
    return _without_niks(record)


def in_clear(value: Any) -> Any:
    """What was sent in a field, cut down to what can be shown."""
    return _cut_down(value, _encodable)


def _without_niks(value: Any) -> Any:
    return _cut_down(value, _without_nik)


def _without_nik(text: str) -> str:
    if _NO_NIK.fullmatch(text):
        return text
    return _encodable(_NIK.sub(lambda found: _without_middle(found[0], 6, 4), text))


def _encodable(text: str) -> str:
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()


def _cut_down(value: Any, shown: Callable[[str], str], level: int = 0) -> Any:
    """A value without what is too deep, too long or too much, its texts as `shown`."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # A number as long as a NIK may be one.
        return value if abs(value) < SHORTEST_NIK else shown(str(value))
    if level == MOST_LEVELS and isinstance(value, dict | list):
        return HIDDEN
    if isinstance(value, dict):
        return {
            shown(name): _cut_down(inner, shown, level + 1)
            for name, inner in islice(value.items(), MOST_ITEMS)
        }
    if isinstance(value, list):
        return [_cut_down(inner, shown, level + 1) for inner in value[:MOST_ITEMS]]
    return value
