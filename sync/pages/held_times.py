"""Times of a held record in its form: by the clock that is active, to the minute."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime


def read_time(text: str) -> datetime | None:
    """A time by the active clock, which one without a zone is taken to be by; None for no time."""
    with suppress(ValueError, OverflowError):
        if at := parse_datetime(text):
            return timezone.localtime(at) if at.tzinfo else timezone.make_aware(at)
    return None


def on_clock(text: str) -> str:
    """A time that was sent, as an input of the kind `datetime-local` has it; empty for no time."""
    at = read_time(text)
    return at.replace(tzinfo=None).isoformat(timespec="minutes") if at else ""


def instant(text: str, sent: Any) -> str:
    """What stands in such an input, as the wire has it: as it was sent where that says the same."""
    at = read_time(text)
    if at is None:
        return text
    is_kept = isinstance(sent, str) and on_clock(sent) == text and _has_zone(sent)
    return sent if is_kept else at.isoformat()


def _has_zone(text: str) -> bool:
    with suppress(ValueError):
        at = parse_datetime(text)
        return at is not None and at.tzinfo is not None
    return False
