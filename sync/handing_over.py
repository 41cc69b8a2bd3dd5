"""What becomes of what a tablet still holds when it, or its kader, has to go.

A revoked tablet, and that of a kader whose account was closed, reads nothing. For a while it may
hand over what was captured on it: that goes into review under a flag, and the answers tell next to
nothing. See backend/decisions/0024.
"""

from datetime import datetime, timedelta
from typing import Literal

from django.db.models import F

from outreach.problems import Problem
from sync.answers import Result
from sync.models import Device

State = Device.State
WORKING = frozenset({State.ACTIVE, State.DRAIN_ONLY})
HAND_OVER_FOR = timedelta(days=90)
MOST_HANDED_OVER = 5000
"""Records, notes and photos that one tablet may hand over; a queue of 500 is already a long one."""

HEADER = "Device-Action"
Word = Literal["hand_over", "keep", "wipe"]
"""What the app does now: push what it holds and report; keep it and show it to the office, as the
time to hand over is up; or erase itself."""


def word_for(device: Device, now: datetime) -> Word | None:
    """What a tablet that has to go is told; None for one that works. No statement.

    `wipe` is only ever said to a tablet that reported to hold nothing more, or that a coordinator
    revoked without a hand-over: nothing captured is lost because time went by.
    """
    if device.state in WORKING and device.kader.is_active:
        return None
    if device.handed_over_at or device.hand_over_until is None:
        return "wipe"
    is_open = now < device.hand_over_until and device.handed_over < MOST_HANDED_OVER
    return "hand_over" if is_open else "keep"


def revoked(word: Word) -> Problem:
    """The problem that tells a tablet its word."""
    return Problem("device_revoked", headers={HEADER: word}, device_action=word)


def follow_the_kader(device: Device, now: datetime) -> None:
    """Open the time to hand over at the first call after the kader left; close it when they are
    back. No statement otherwise.
    """
    if device.state not in WORKING or device.kader.is_active == (device.hand_over_until is None):
        return
    before = device.hand_over_until
    open_until(device, None if device.kader.is_active else now + HAND_OVER_FOR)
    Device.objects.filter(pk=device.pk, hand_over_until=before).update(
        hand_over_until=device.hand_over_until, handed_over=0, handed_over_at=None
    )


def open_until(device: Device, until: datetime | None) -> None:
    """Begin a hand-over, or with None have there be none; does not save."""
    device.hand_over_until, device.handed_over, device.handed_over_at = until, 0, None


def claim(device: Device, number: int) -> None:
    """Take places for what is being stored, so that many requests at once store no more than one
    after the other.

    Raises Problem device_revoked where there are not so many places left.
    """
    fitting = Device.objects.filter(pk=device.pk, handed_over__lte=MOST_HANDED_OVER - number)
    if not fitting.update(handed_over=F("handed_over") + number):
        raise revoked("keep")


def end_hand_over(device: Device, now: datetime) -> None:
    """Believe a tablet that it holds nothing more."""
    device.handed_over_at = now
    Device.objects.filter(pk=device.pk).update(handed_over_at=now)


def as_told_when_handing_over(result: Result) -> Result:
    """A result without what somebody who found the tablet could learn from it.

    Above all not whether somebody is registered already: a duplicate is said to be in review.
    """
    return Result(
        id=result.id,
        outcome="review" if result.outcome == "duplicate" else result.outcome,
        action=result.action,
        replayed=result.replayed,
        revision=result.revision,
        missing_photos=result.missing_photos,
        refused_photos=result.refused_photos,
        problems=result.problems,
    )
