"""What campaigns brought: signups, people, leads, attendance, partners, beside their targets."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from outreach import bulk
from outreach.models import CampaignTarget, Lead

SEGMENTS = tuple(CampaignTarget.Segment.values)
STATES = tuple(Lead.State.values)
SIGNUPS = ("verified", "waiting", "duplicate", "rejected")
HEADS = ("female", "male", "sex_unknown", "officials")


@dataclass(slots=True)
class Figures:
    """One campaign's.

    `signups` are the registrations it is credited with, by where they stand; `people` those whom it
    has the credit for. `leads` by segment and state, `attendance` heads as they were counted in
    `sessions`, `businesses` of its list by state and `business_registrations` as whoever visited
    them says. `targets` by segment.
    """

    signups: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIGNUPS, 0))
    people: dict[str, int] = field(default_factory=lambda: {"verified": 0, "provisional": 0})
    leads: dict[str, dict[str, int]] = field(
        default_factory=lambda: {segment: dict.fromkeys(STATES, 0) for segment in SEGMENTS}
    )
    sessions: int = 0
    attendance: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HEADS, 0))
    partners: int = 0
    businesses: dict[str, int] = field(default_factory=dict)
    business_registrations: int = 0
    targets: dict[str, int] = field(default_factory=dict)


def figures_of(campaigns: Collection[UUID]) -> Mapping[UUID, Figures]:
    """The figures of campaigns, in one statement each kind, whatever their number."""
    found: dict[UUID, Figures] = defaultdict(Figures)
    asked = {"campaigns": list(campaigns)}
    for campaign, state, number in bulk.run(_SIGNUPS, asked):
        found[campaign].signups[state] += number
    for campaign, verified, provisional in bulk.run(_PEOPLE, asked):
        found[campaign].people = {"verified": verified, "provisional": provisional}
    for campaign, segment, state, number in bulk.run(_LEADS, asked):
        found[campaign].leads[segment][state] = number
    for campaign, sessions, *heads in bulk.run(_ATTENDANCE, asked):
        found[campaign].sessions = sessions
        found[campaign].attendance = dict(zip(HEADS, heads, strict=True))
    for campaign, kind, name, number, registered in bulk.run(_PLANNED, asked):
        _put(found[campaign], kind, name, number, registered)
    return found


def _put(into: Figures, kind: str, name: Any, number: int, registered: int) -> None:
    match kind:
        case "target":
            into.targets[name] = number
        case "partners":
            into.partners = number
        case _:
            into.businesses[name] = number
            into.business_registrations += registered


def months_of(
    campaigns: Collection[UUID], first: date, last: date
) -> Mapping[UUID, dict[date, int]]:
    """Whom campaigns have the credit for by month of capture, verified or not. One statement."""
    found: dict[UUID, dict[date, int]] = {campaign: {} for campaign in campaigns}
    for campaign, month, number in bulk.run(
        "SELECT campaign_id, month, sum(verified + provisional)::int FROM outreach_campaigntally"
        " WHERE campaign_id = ANY(%s) AND month BETWEEN %s AND %s GROUP BY campaign_id, month",
        [list(campaigns), first, last],
    ):
        found[campaign][month] = number
    return found


_SIGNUPS = """
    SELECT campaign_id, CASE WHEN status IN ('rejected', 'withdrawn') THEN 'rejected'
        WHEN status = 'duplicate' THEN 'duplicate'
        WHEN status IN ('verified', 'handed_off', 'awaiting_payment', 'active', 'lapsed')
            THEN 'verified' ELSE 'waiting' END AS state, count(*)
    FROM (
        SELECT campaign_id, status FROM outreach_registration
        WHERE campaign_id = ANY(%(campaigns)s) AND decided_campaign_id IS NULL
        UNION ALL
        SELECT decided_campaign_id, status FROM outreach_registration
        WHERE decided_campaign_id = ANY(%(campaigns)s)
    ) AS credited
    GROUP BY 1, 2
"""
_PEOPLE = """
    SELECT campaign_id, sum(verified)::bigint, sum(provisional)::bigint FROM outreach_campaigntally
    WHERE campaign_id = ANY(%(campaigns)s) GROUP BY campaign_id
"""
_LEADS = """
    SELECT campaign_id, segment, state, count(*) FROM outreach_lead
    WHERE campaign_id = ANY(%(campaigns)s) GROUP BY campaign_id, segment, state
"""
_ATTENDANCE = """
    SELECT campaign_id, count(*), sum(female)::bigint, sum(male)::bigint, sum(sex_unknown)::bigint,
        sum(officials)::bigint
    FROM outreach_attendance WHERE campaign_id = ANY(%(campaigns)s) GROUP BY campaign_id
"""
_PLANNED = """
    SELECT campaign_id, 'target', segment, number, 0 FROM outreach_campaigntarget
    WHERE campaign_id = ANY(%(campaigns)s)
    UNION ALL
    SELECT campaign_id, 'partners', NULL, count(*), 0 FROM outreach_partner
    WHERE campaign_id = ANY(%(campaigns)s) GROUP BY campaign_id
    UNION ALL
    SELECT campaign_id, 'businesses', state, count(*), sum(registered)
    FROM outreach_supervisedbusiness
    WHERE campaign_id = ANY(%(campaigns)s) GROUP BY campaign_id, state
"""
