"""What waits for a coordinator: questions about who is who, and registrations to be decided.

Duplicates wait for nobody, as they belong to somebody who is registered; what needs a correction
waits for its kader. A registration about which something is asked waits as that question.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach import bulk
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


class Waits(NamedTuple):
    """What of a campaign waits: in the queue for the office, or to be corrected by its kader."""

    office: int = 0
    kader: int = 0


# As many as the queue has of a campaign, whose held records are kept in a table of sync.
_OF_CAMPAIGNS = """
    WITH asked AS (
        SELECT pair.id AS pair, one.id AS registration, one.campaign_id
        FROM outreach_matchpair AS pair JOIN outreach_registration AS one ON one.id = pair.left_id
        WHERE pair.is_open AND one.campaign_id = ANY(%(campaigns)s)
        UNION ALL
        SELECT pair.id, one.id, one.campaign_id
        FROM outreach_matchpair AS pair JOIN outreach_registration AS one ON one.id = pair.right_id
        WHERE pair.is_open AND one.campaign_id = ANY(%(campaigns)s)
    )
    SELECT campaign_id, sum(office)::int, sum(kader)::int FROM (
        SELECT campaign_id, count(*) FILTER (
                WHERE status = ANY(%(statuses)s) AND (
                    status <> 'conflict' OR id NOT IN (SELECT registration FROM asked)
                )
            ) AS office, count(*) FILTER (WHERE status = 'needs_correction') AS kader
        FROM outreach_registration
        WHERE campaign_id = ANY(%(campaigns)s)
            AND status = ANY(%(statuses)s || '{needs_correction}')
        GROUP BY campaign_id
        UNION ALL
        SELECT campaign_id, count(DISTINCT pair), 0 FROM asked GROUP BY campaign_id
        UNION ALL
        SELECT campaign_id, count(*), 0 FROM sync_heldrecord AS held
        WHERE state = 'held' AND campaign_id = ANY(%(campaigns)s) AND NOT EXISTS (
            SELECT FROM sync_heldrecord AS newer
            WHERE newer.state = 'held' AND newer.record_id = held.record_id
                AND newer.kader_id = held.kader_id AND newer.id > held.id
        )
        GROUP BY campaign_id
    ) AS counted
    GROUP BY campaign_id
"""


def waits_of_campaigns(campaigns: Collection[UUID]) -> Mapping[UUID, Waits]:
    """What waits of campaigns, those without left out. One statement."""
    asked = {"campaigns": list(campaigns), "statuses": [one.value for one in STATUS.values()]}
    return {
        campaign: Waits(office, kader) for campaign, office, kader in bulk.run(_OF_CAMPAIGNS, asked)
    }
