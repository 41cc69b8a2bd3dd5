"""Answers to findings about months, and decisions about them.

They are of the finding's row, which outlives its ground: what was decided holds when it is found
again.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from outreach.models import FindingRemark, MonthFinding, User
from outreach.problems import Problem
from outreach.remarks import DECISIONS, STATES, State, add
from outreach.scopes import month_findings_for


def findings_with_decisions(user: User) -> Any:
    """The findings that the user sees, each with the last decision about it, "" for none."""
    decisions = FindingRemark.objects.filter(finding=OuterRef("pk"), kind__in=DECISIONS)
    return month_findings_for(user).annotate(
        decided=Coalesce(Subquery(decisions.order_by("-pk").values("kind")[:1]), Value(""))
    )


def in_state(findings: Any, state: State) -> Any:
    """Of findings with decisions those that stand so."""
    kinds = [kind for kind, found in STATES.items() if found == state]
    return findings.filter(decided__in=["", *kinds] if state == "open" else kinds)


@transaction.atomic
def remark(
    finding_id: int, kind: FindingRemark.Kind, actor: User, text: str, now: datetime
) -> tuple[MonthFinding, list[FindingRemark]]:
    """Add an answer or a decision; gives the finding and all that was said, from old to new.

    Raises Problem: not_found, own_record for a decision about the actor's own office as a whole,
    and as outreach.remarks.add.
    """
    finding = (
        month_findings_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=finding_id)
        .first()
    )
    if finding is None:
        raise Problem("not_found")
    is_own = finding.office_id is not None and finding.office_id == actor.office_id
    if kind in DECISIONS and is_own:
        raise Problem("own_record")
    known = list(finding.remarks.order_by("pk"))
    new = FindingRemark(finding=finding, kind=kind, text=text, by=actor, made_at=now)
    return finding, add(known, new)
