"""What waits for a coordinator: questions about who is who, and registrations to be decided.

Duplicates wait for nobody, as they belong to somebody who is registered; what needs a correction
waits for its kader. A registration about which something is asked waits as that question.
"""

from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach.asking import questions_about
from outreach.models import MatchPair, Registration

Kind = Literal["people", "conflicts", "flagged", "clean"]
KINDS: tuple[Kind, ...] = ("people", "conflicts", "flagged", "clean")
"""The most valuable first: what holds up two people, what cannot go on, what is doubted."""
STATUS: dict[Kind, Registration.Status] = {
    "conflicts": Registration.Status.CONFLICT,
    "flagged": Registration.Status.FLAGGED,
    "clean": Registration.Status.SUBMITTED,
}
MOST_COUNTED = 999
_ASKED = MatchPair.objects.filter(Q(left=OuterRef("pk")) | Q(right=OuterRef("pk")), is_open=True)


def waiting(kind: Kind, seen: QuerySet[Registration]) -> QuerySet[Any]:
    """What waits of a kind among registrations: questions (MatchPair), else registrations."""
    if kind == "people":
        return questions_about(seen).filter(is_open=True)
    rows = seen.filter(status=STATUS[kind])
    return rows.filter(~Exists(_ASKED)) if kind == "conflicts" else rows


def counted(rows: QuerySet[Any]) -> int:
    """How many there are, as far as MOST_COUNTED and one more."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def kind_of(case: Registration | MatchPair) -> Kind | None:
    """Where a case is in the queue; None where it waits for nobody."""
    if isinstance(case, MatchPair):
        return "people" if case.is_open else None
    return next((kind for kind, status in STATUS.items() if case.status == status), None)


def order_of(kind: Kind) -> tuple[str, bool]:
    """What a kind is ordered by, and whether the lowest come first: whoever has waited longest, but
    questions by what their answer settles."""
    return ("settles", False) if kind == "people" else ("received_at", True)
