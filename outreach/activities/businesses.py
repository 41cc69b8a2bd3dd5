"""A local agency's businesses: listed for an agency drive, visited one after the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from outreach import changes
from outreach.models import Campaign, CampaignMember, SupervisedBusiness, User
from outreach.problems import Problem, invalid
from outreach.scopes import campaigns_for

MOST = 2000


def add(
    campaign_id: UUID, businesses: Sequence[Mapping[str, Any]], actor: User, now: datetime
) -> list[SupervisedBusiness]:
    """Put businesses onto an agency drive's list; one that is on it by name and address stays one.

    Raises Problem: not_found, invalid for other types of activity and for too many.
    """
    with transaction.atomic():
        campaign = _locked(campaign_id, actor)
        if campaign.type != Campaign.Type.AGENCY_DRIVE:
            text = _("Only an agency drive has a list of businesses.")
            raise invalid(("/type", "not_an_agency_drive", text))
        known = {_key(vars(one)): one for one in campaign.businesses.all()}
        listed, new = [], []
        for given in businesses:
            one = known.get(_key(given))
            if one is None:
                one = SupervisedBusiness(
                    campaign=campaign, changed_by=actor, changed_at=now, **given
                )
                known[_key(given)] = one
                new.append(one)
            listed.append(one)
        if len(known) > MOST:
            text = _("A list has at most %(most)d businesses.") % {"most": MOST}
            raise invalid(("/businesses", "too_many", text))
        SupervisedBusiness.objects.bulk_create(new)
        _log(campaign)
    return listed


def change(
    campaign_id: UUID, business_id: UUID, fields: Mapping[str, Any], actor: User, now: datetime
) -> SupervisedBusiness:
    """Note what became of a business; who is on the team may, and who plans. Raises not_found."""
    with transaction.atomic():
        campaign = _locked(campaign_id, actor)
        business = campaign.businesses.filter(pk=business_id).first()
        if business is None:
            raise Problem("not_found")
        for name, value in fields.items():
            setattr(business, name, value)
        business.changed_by, business.changed_at = actor, now
        business.save()
        _log(campaign)
    return business


def _locked(campaign_id: UUID, actor: User) -> Campaign:
    # The scope joins a kader's membership, so the campaign is locked by itself.
    seen = campaigns_for(actor).filter(pk=campaign_id).values("pk")
    campaign = Campaign.objects.filter(pk__in=seen).select_for_update(no_key=True).first()
    if campaign is None:
        raise Problem("not_found")
    return campaign


def _key(given: Mapping[str, Any]) -> tuple[str, str]:
    return given["name"].strip().casefold(), given.get("address", "").strip().casefold()


def _log(campaign: Campaign) -> None:
    """Have the team's tablets told."""
    team = set(CampaignMember.objects.filter(campaign=campaign).values_list("kader_id", flat=True))
    changes.settle()
    changes.log_campaign(campaign.id, team, ())
