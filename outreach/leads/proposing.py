"""Registrations that a lead may have become, by the same phone number or by name and village.

Looked up when somebody asks, so they do not depend on what arrived first. A proposal does nothing:
somebody links, or does not.
"""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from outreach import bulk
from outreach.models import MatchKey, Registration
from outreach.statuses import OUT

MOST = 10


class Proposal(NamedTuple):
    """A registration that may be the lead's, and what they have in common."""

    registration: UUID
    same_phone: bool
    same_name: bool


def proposals_for(lead: UUID) -> list[Proposal]:
    """The likeliest first, at most MOST; none for a lead that is linked already."""
    rows = bulk.run(
        """
        SELECT found.id, found.phone_index IS NOT DISTINCT FROM lead.phone_index
                AND lead.phone_index IS NOT NULL AS same_phone,
            lower(found.full_name) = lower(lead.full_name) AS same_name
        FROM outreach_lead AS lead
        CROSS JOIN LATERAL (
            (SELECT by_phone.id, by_phone.full_name, by_phone.phone_index, by_phone.received_at
            FROM outreach_matchkey AS holder
            JOIN outreach_registration AS by_phone ON by_phone.id = holder.registration_id
            WHERE holder.key = lead.phone_key AND by_phone.phone_index = lead.phone_index
                AND by_phone.status <> ALL(%(out)s)
            ORDER BY by_phone.received_at, by_phone.id LIMIT %(most)s)
            UNION
            (SELECT by_name.id, by_name.full_name, by_name.phone_index, by_name.received_at
            FROM outreach_registration AS by_name
            WHERE by_name.domicile_village_id = lead.village_id
                AND lower(by_name.full_name) = lower(lead.full_name)
                AND by_name.status <> ALL(%(out)s)
            ORDER BY by_name.received_at, by_name.id LIMIT %(most)s)
        ) AS found
        WHERE lead.id = %(lead)s AND lead.registration_id IS NULL AND lead.erased_at IS NULL
        ORDER BY same_phone DESC, same_name DESC, found.received_at, found.id LIMIT %(most)s
        """,
        {"lead": lead, "out": [status.value for status in OUT], "most": MOST},
    )
    return [Proposal(*row) for row in rows]


def is_proposed() -> Q:
    """Leads, not linked yet, for which there is a registration with the same phone number."""
    holders = MatchKey.objects.filter(key=OuterRef(OuterRef("phone_key"))).values("registration")
    found = Registration.objects.filter(
        pk__in=holders, phone_index=OuterRef("phone_index")
    ).exclude(status__in=OUT)
    return Q(Exists(found), registration=None)
