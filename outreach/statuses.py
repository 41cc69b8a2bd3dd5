"""What a registration's status means for its credit, its editing and its review."""

from collections.abc import Collection, Mapping

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

HANDED_OVER = frozenset({Status.HANDED_OFF, Status.AWAITING_PAYMENT})
"""BPJS has it, and nothing is paid."""

MEMBERS = frozenset({Status.ACTIVE, Status.LAPSED})
"""Something was paid once."""

_BEFORE_PAYMENT = frozenset({Status.HANDED_OFF, Status.AWAITING_PAYMENT}) | MEMBERS
NEXT: Mapping[Status, Collection[Status]] = {
    **dict.fromkeys(UNDECIDED, UNDECIDED | {Status.VERIFIED} | OUT),
    # Taken back, restored with other content, or found to be wrong.
    Status.VERIFIED: UNDECIDED | {Status.HANDED_OFF} | OUT,
    Status.HANDED_OFF: _BEFORE_PAYMENT
    | {Status.VERIFIED, Status.NEEDS_CORRECTION, Status.WITHDRAWN},
    Status.AWAITING_PAYMENT: _BEFORE_PAYMENT | {Status.NEEDS_CORRECTION, Status.WITHDRAWN},
    # A payment that was taken back, and was the only one.
    Status.ACTIVE: _BEFORE_PAYMENT | {Status.WITHDRAWN},
    Status.LAPSED: _BEFORE_PAYMENT | {Status.WITHDRAWN},
    # Undone.
    Status.REJECTED: UNDECIDED | {Status.VERIFIED},
    Status.WITHDRAWN: UNDECIDED | VERIFIED,
}
"""What may become of a registration. Undoing a refusal by BPJS leads back to where it was."""


class Impossible(Exception):
    """A step that no registration takes: a fault of ours."""


def check_step(before: str, after: str) -> None:
    """Raise Impossible unless a registration of one status may get the other."""
    if after == before or after in NEXT[Status(before)]:
        return
    if before == Status.NEEDS_CORRECTION and after in _BEFORE_PAYMENT:
        return
    raise Impossible(f"{before} → {after}")


UNJUDGED = frozenset({Status.SUBMITTED, Status.FLAGGED, Status.CONFLICT})
"""Nothing but its doubts says which of these it is."""


def status_for(doubts: Collection[str]) -> Status:
    """What doubts, by their codes, amount to as long as nobody decided anything."""
    if not REVIEWED.isdisjoint(doubts):
        return Status.CONFLICT
    return Status.FLAGGED if doubts else Status.SUBMITTED
