"""Which campaign has the credit for a registration, why, and which one would fit better."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from outreach.activities.credited_campaign import AGAINST, Suggestion
from outreach.models import Decision, Registration


class CreditedCampaignSerializer(serializers.Serializer[Any]):
    """The campaign that gets the credit for the person, if this registration takes it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    stop = serializers.UUIDField(allow_null=True)
    basis = serializers.ChoiceField(
        choices=["declared", "decided"], help_text="the tablet named it, or somebody decided"
    )
    reason = serializers.CharField(help_text="why it is this one")


class CampaignSuggestionSerializer(serializers.Serializer[Any]):
    """A campaign that fits when and where it was captured better; somebody may reassign it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    stop = serializers.UUIDField(allow_null=True)
    in_place = serializers.BooleanField(help_text="whether the position confirms it")
    against = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(AGAINST)),
        help_text="what speaks against the campaign that has the credit",
    )
    reason = serializers.CharField()


def credited_shown(registration: Registration, decisions: Sequence[Decision]) -> dict[str, Any]:
    """The campaign that gets the credit; the newest of `decisions` come first."""
    shown = {"stop": registration.credited_stop_id}
    if not registration.decided_campaign:
        campaign = registration.campaign
        reason = _("The kader registered it for this campaign.")
        return shown | {
            "id": campaign.pk,
            "name": campaign.name,
            "basis": "declared",
            "reason": reason,
        }
    reassigned = [one for one in decisions if one.kind == Decision.Kind.REASSIGN]
    undone = {one.undoes_id for one in decisions}
    reasons = [one.reason for one in reassigned if one.pk not in undone]
    return shown | {
        "id": registration.decided_campaign.pk,
        "name": registration.decided_campaign.name,
        "basis": "decided",
        "reason": reasons[0] if reasons else "",
    }


def suggestion_shown(found: Suggestion | None) -> dict[str, Any] | None:
    """The suggestion with what speaks against the credited campaign in words."""
    if found is None:
        return None
    return {
        "id": found.campaign,
        "name": found.name,
        "stop": found.stop,
        "in_place": found.in_place,
        "against": found.against,
        "reason": " ".join(str(AGAINST[code]) for code in found.against),
    }
