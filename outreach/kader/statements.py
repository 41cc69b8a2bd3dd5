"""What a kader's registrations of a month count for: line by line, and added up as the tallies."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from outreach import bulk
from outreach.models import Decision, Person, Registration
from outreach.months import later

Counts = Literal["verified", "waiting", "duplicate", "rejected", "withdrawn"]
"""How a registration counts. `verified` and `waiting` have their person's credit; a `duplicate`'s
person is credited for an earlier capture."""

COUNTS: tuple[Counts, ...] = ("verified", "waiting", "duplicate", "rejected", "withdrawn")
Status = Registration.Status


class Line(NamedTuple):
    """One registration of the statement.

    `earlier` is the capture that has the credit instead, where that is the kader's own; nothing is
    told of another kader's. `reason` is why it was rejected.
    """

    registration: Registration
    counts: Counts
    earlier: UUID | None
    reason: str | None


class CampaignTotals(NamedTuple):
    """How many of a campaign's registrations count how."""

    campaign: UUID
    name: str
    verified: int
    waiting: int
    duplicate: int
    rejected: int
    withdrawn: int


def registrations_of(kader: int, month: date) -> QuerySet[Registration]:
    """What a kader captured in a month, by the corrected local day."""
    return Registration.objects.filter(
        kader=kader, local_day__gte=month, local_day__lt=later(month, 1)
    )


def lines_of(registrations: Sequence[Registration]) -> list[Line]:
    """The lines of these registrations, which come with `person` and its `credited`."""
    rejected = [row.pk for row in registrations if row.status == Status.REJECTED]
    reasons = _reasons(rejected)
    return [
        Line(row, counts_as(row, row.person), _earlier(row), reasons.get(row.pk))
        for row in registrations
    ]


def counts_as(row: Registration, person: Person) -> Counts:
    """How a registration counts."""
    if row.status == Status.REJECTED:
        return "rejected"
    if row.status == Status.WITHDRAWN:
        return "withdrawn"
    if person.credited_id != row.pk:
        return "duplicate"
    return "verified" if person.state == Person.State.VERIFIED else "waiting"


def _earlier(row: Registration) -> UUID | None:
    credited = row.person.credited
    is_own = credited is not None and credited.kader_id == row.kader_id
    return credited.pk if credited and is_own and credited.pk != row.pk else None


def _reasons(rejected: Collection[UUID]) -> dict[UUID, str]:
    """Why each was rejected, by the last decision that stands."""
    if not rejected:
        return {}
    decisions = Decision.objects.filter(
        registration__in=rejected, kind=Decision.Kind.REJECT, undone_by__isnull=True
    )
    return dict(decisions.order_by("decided_at").values_list("registration", "reason"))


def totals_of(kader: int, month: date) -> list[CampaignTotals]:
    """The month added up by campaign: `verified` and `waiting` are what CampaignTally has."""
    rows = bulk.run(
        """
        SELECT campaign.id, campaign.name,
            count(*) FILTER (WHERE is_live AND is_credited AND person.state = 'verified'),
            count(*) FILTER (WHERE is_live AND is_credited AND person.state <> 'verified'),
            count(*) FILTER (WHERE is_live AND NOT is_credited),
            count(*) FILTER (WHERE own.status = 'rejected'),
            count(*) FILTER (WHERE own.status = 'withdrawn')
        FROM outreach_registration AS own
        JOIN outreach_person AS person ON person.id = own.person_id
        JOIN outreach_campaign AS campaign
            ON campaign.id = coalesce(own.decided_campaign_id, own.campaign_id)
        CROSS JOIN LATERAL (SELECT own.status NOT IN ('rejected', 'withdrawn') AS is_live,
            person.credited_id IS NOT DISTINCT FROM own.id AS is_credited) AS it
        WHERE own.kader_id = %(kader)s AND own.local_day >= %(first)s AND own.local_day < %(next)s
        GROUP BY campaign.id, campaign.name ORDER BY campaign.name, campaign.id
        """,
        {"kader": kader, "first": month, "next": later(month, 1)},
    )
    return [CampaignTotals(*row) for row in rows]


def added_up(totals: Sequence[CampaignTotals]) -> dict[str, int]:
    """The whole month."""
    return {name: sum(getattr(row, name) for row in totals) for name in COUNTS}


def answer_lines(lines: Sequence[Line], *, with_names: bool) -> list[dict[str, Any]]:
    """Lines as they are told; names only to the kader whose registrations they are."""
    return [
        {
            "registration": line.registration.pk,
            "full_name": line.registration.full_name if with_names else None,
            "local_day": line.registration.local_day,
            "campaign": line.registration.credited_campaign_id,
            "status": line.registration.status,
            "counts": line.counts,
            "earlier": line.earlier,
            "reason": line.reason,
        }
        for line in lines
    ]
