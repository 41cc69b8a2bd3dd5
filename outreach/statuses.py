"""What a registration's status means for its credit, its editing and its review."""

from collections.abc import Collection

from outreach.flags import REVIEWED
from outreach.models import Registration

Status = Registration.Status

UNDECIDED = frozenset(
    {
        Status.SUBMITTED,
        Status.FLAGGED,
        Status.DUPLICATE,
        Status.CONFLICT,
        Status.NEEDS_CORRECTION,
    }
)
"""A kader may still edit it, a coordinator still has to decide."""

VERIFIED = frozenset(
    {
        Status.VERIFIED,
        Status.HANDED_OFF,
        Status.AWAITING_PAYMENT,
        Status.ACTIVE,
        Status.LAPSED,
    }
)
"""From `verified` on: it makes its person verified, and officers work with it."""

OUT = frozenset({Status.REJECTED, Status.WITHDRAWN})
"""It counts for nothing."""

UNJUDGED = frozenset({Status.SUBMITTED, Status.FLAGGED, Status.CONFLICT})
"""Nothing but its doubts says which of these it is."""


def status_for(doubts: Collection[str]) -> Status:
    """What doubts, by their codes, amount to as long as nobody decided anything."""
    if not REVIEWED.isdisjoint(doubts):
        return Status.CONFLICT
    return Status.FLAGGED if doubts else Status.SUBMITTED
