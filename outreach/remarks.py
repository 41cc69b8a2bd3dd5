"""What is said about doubts: answers, and decisions of which the last one holds.

Accepted or upheld, a doubt stays readable and changes no status: verifying and rejecting are
decisions of their own.
"""

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from django.utils.translation import gettext as _

from outreach.models.detecting import Remark
from outreach.problems import Problem

Kind = Remark.Kind
DECISIONS = (Kind.ACCEPT, Kind.UPHOLD, Kind.REOPEN)
MOST_REMARKS = 50
State = Literal["open", "accepted", "upheld"]
STATES: dict[str, State] = {Kind.ACCEPT: "accepted", Kind.UPHOLD: "upheld", Kind.REOPEN: "open"}
"""What each decision leaves a doubt in; without one it is open."""

AnyRemark = TypeVar("AnyRemark", bound=Remark)


def state_of(remarks: Iterable[Remark]) -> State:
    """Where a doubt stands, by its remarks from old to new."""
    decided = [one.kind for one in remarks if one.kind in DECISIONS]
    return STATES[decided[-1]] if decided else "open"


def add(known: list[AnyRemark], new: AnyRemark, **told: Any) -> list[AnyRemark]:
    """Save a remark about a locked doubt; the same as the last one once more changes nothing.

    Gives all of them, from old to new. Raises Problem: already_decided, or not_possible (with what
    is `told`) where nothing is decided yet, or where too much was said.
    """
    decides = new.kind in DECISIONS
    last = next((one for one in reversed(known) if (one.kind in DECISIONS) == decides), None)
    if last and (last.kind, last.text, last.by_id) == (new.kind, new.text, new.by_id):
        return known
    is_open = state_of(known) == "open"
    if new.kind in {Kind.ACCEPT, Kind.UPHOLD} and not is_open:
        raise Problem(
            "already_decided", _("Somebody has decided about this flag: reopen it first.")
        )
    if (new.kind == Kind.REOPEN and is_open) or len(known) >= MOST_REMARKS:
        raise Problem("not_possible", **told)
    new.save(force_insert=True)
    return [*known, new]
