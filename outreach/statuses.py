"""What a registration's status means for its credit, its editing and its review."""

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
