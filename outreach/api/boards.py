"""Boards: what campaigns brought, beside what they are out for."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.activities.figures import Figures, figures_of
from outreach.activities.withholding import board_shown, told_by_targets
from outreach.api.forms import AskedInteger, Day, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.models import Campaign, CampaignTarget, User
from outreach.scopes import campaigns_for

Role = User.Role
STAFF = {Role.COORDINATOR, Role.SUPERVISOR, Role.OFFICER, Role.ADMINISTRATOR}


class BoardQueryForm(PageForm):
    """Which campaigns to show, and which page of them."""

    office = AskedInteger(min_value=1, max_value=2**63 - 1, required=False)
    type = serializers.ChoiceField(choices=Campaign.Type.choices, required=False)
    campaign = serializers.UUIDField(required=False)
    running_on = Day(required=False, help_text="in UTC")


Count = serializers.IntegerField


class SignupsSerializer(serializers.Serializer[Any]):
    """Registrations credited to the campaign; null where so few that they could point at
    somebody, or by which such could be worked out, for who sees no records."""

    total = Count(allow_null=True)
    verified = Count(allow_null=True)
    waiting = Count(allow_null=True)
    duplicate = Count(allow_null=True)
    rejected = Count(allow_null=True, help_text="or withdrawn")


class PeopleCountSerializer(serializers.Serializer[Any]):
    verified = Count(allow_null=True)
    provisional = Count(allow_null=True)


class SegmentSerializer(serializers.Serializer[Any]):
    """A segment: BPU counts people, the others leads that registered."""

    segment = serializers.ChoiceField(choices=CampaignTarget.Segment.choices)
    target = Count(allow_null=True, help_text="null: none is set")
    reached = Count(allow_null=True, help_text="verified people of BPU, registered leads of others")
    leads = Count(allow_null=True)
    states = serializers.DictField(
        child=Count(allow_null=True), help_text="leads by where they stand"
    )


class HeadsSerializer(serializers.Serializer[Any]):
    sessions = Count()
    female = Count(allow_null=True)
    male = Count(allow_null=True)
    sex_unknown = Count(allow_null=True)
    officials = Count(allow_null=True)


class BusinessCountSerializer(serializers.Serializer[Any]):
    states = serializers.DictField(child=Count())
    registered = Count(allow_null=True, help_text="as whoever visited them says")


class CampaignBoardSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=Campaign.Type.choices)
    office = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    signups = SignupsSerializer()
    people = PeopleCountSerializer(help_text="whom it has the credit for")
    segments = SegmentSerializer(many=True)
    attendance = HeadsSerializer()
    partners = Count()
    businesses = BusinessCountSerializer()


class CampaignBoard(APIView):
    """What campaigns brought."""

    permission_classes = (HasRole,)
    roles = {"GET": STAFF}

    @extend_schema(
        operation_id="boards_campaigns",
        parameters=[BoardQueryForm],
        responses=page_schema(CampaignBoardSerializer),
    )
    def get(self, request: Request) -> Response:
        """Campaigns with their figures beside their targets, the latest start first."""
        query, user = queried(BoardQueryForm, request), caller(request)
        page = page_of(campaigns_for(user).filter(_condition(query)), query, by="starts_at")
        found = figures_of([campaign.pk for campaign in page.results])
        is_open = user.role != Role.SUPERVISOR
        beside = set() if is_open else told_by_targets(user, page.results)
        rows = [
            {
                **_row(one, figures := found.get(one.pk, Figures())),
                **board_shown(figures, is_open=is_open, is_beside=one.pk in beside),
            }
            for one in page.results
        ]
        results = CampaignBoardSerializer(rows, many=True).data
        return Response({"results": results, "next": page.next})


def _condition(query: dict[str, Any]) -> Q:
    condition = Q()
    if "office" in query:
        condition &= Q(office=query["office"])
    if "type" in query:
        condition &= Q(type=query["type"])
    if "campaign" in query:
        condition &= Q(pk=query["campaign"])
    if "running_on" in query:
        day = query["running_on"]
        condition &= Q(starts_at__date__lte=day, ends_at__date__gte=day)
    return condition


def _row(campaign: Campaign, figures: Figures) -> dict[str, Any]:
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "type": campaign.type,
        "office": campaign.office_id,
        "starts_at": campaign.starts_at,
        "ends_at": campaign.ends_at,
        "partners": figures.partners,
    }
