"""Campaigns over HTTP: coordinators plan them, the others see those that concern them."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.campaign_forms import (
    CalendarField,
    CampaignChangesForm,
    CampaignForm,
    CheckForm,
    PolygonField,
    VenueForm,
)
from outreach.api.forms import filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.models import Campaign, CampaignMember, CampaignTarget, Partner, Region, Stop, User
from outreach.planning import plan
from outreach.problems import Problem
from outreach.scopes import campaigns_for

Role = User.Role
PLANNERS = {Role.COORDINATOR, Role.ADMINISTRATOR}


class MemberSerializer(serializers.ModelSerializer[CampaignMember]):
    kader = serializers.IntegerField(source="kader_id")
    full_name = serializers.CharField(source="kader.full_name")

    class Meta:
        model = CampaignMember
        fields = ("kader", "full_name", "first_day", "last_day")


class StopSerializer(serializers.ModelSerializer[Stop]):
    class Meta:
        model = Stop
        fields = ("id", "name", "lat", "lon", "radius_m", "starts_at", "ends_at", "sequence")


class PartnerSerializer(serializers.ModelSerializer[Partner]):
    class Meta:
        model = Partner
        fields = ("name", "role")


class TargetSerializer(serializers.ModelSerializer[CampaignTarget]):
    class Meta:
        model = CampaignTarget
        fields = ("segment", "number")


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    office = serializers.IntegerField(source="office_id")
    venue = serializers.SerializerMethodField()
    polygon = PolygonField(source="venue_polygon", allow_null=True)
    stops = StopSerializer(many=True)
    villages = serializers.SerializerMethodField()
    team = MemberSerializer(source="members", many=True)
    partners = PartnerSerializer(many=True)
    targets = TargetSerializer(many=True)
    checklist = serializers.DictField(child=CheckForm(many=True))
    calendar = CalendarField()

    class Meta:
        model = Campaign
        fields = (
            "id",
            "type",
            "office",
            "name",
            "starts_at",
            "ends_at",
            "time_zone",
            "venue",
            "polygon",
            "stops",
            "villages",
            "team",
            "partners",
            "targets",
            "checklist",
            "calendar",
            "agency",
            "created_at",
        )

    @extend_schema_field(VenueForm(allow_null=True))
    def get_venue(self, campaign: Campaign) -> dict[str, float | None] | None:
        if campaign.venue_lat is None:
            return None
        return {
            "lat": campaign.venue_lat,
            "lon": campaign.venue_lon,
            "radius_m": campaign.venue_radius_m,
        }

    def get_villages(self, campaign: Campaign) -> list[str]:
        return [village.code for village in campaign.villages.all()]


def with_plan(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """With everything that is planned, in a constant number of statements."""
    return campaigns.prefetch_related(
        Prefetch("stops", Stop.objects.order_by("sequence", "starts_at", "id")),
        Prefetch("villages", Region.objects.only("code", "name").order_by("code")),
        Prefetch("members", CampaignMember.objects.select_related("kader").order_by("kader_id")),
        Prefetch("partners", Partner.objects.order_by("id")),
        Prefetch("targets", CampaignTarget.objects.order_by("segment")),
    )


def planned(user: User, campaign_id: UUID) -> Campaign:
    """A campaign of one's scope with its plan. Raises Problem not_found."""
    campaign = with_plan(campaigns_for(user)).filter(pk=campaign_id).first()
    if campaign is None:
        raise Problem("not_found")
    return campaign


class Campaigns(APIView):
    """The campaigns of one's offices; a kader's own."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role), "POST": PLANNERS}

    @extend_schema(
        operation_id="campaigns_list",
        parameters=[PageForm],
        responses=page_schema(CampaignSerializer),
    )
    def get(self, request: Request) -> Response:
        """Campaigns, the latest start first."""
        campaigns = with_plan(campaigns_for(caller(request)))
        page = page_of(campaigns, queried(PageForm, request), by="starts_at")
        return Response(page.told(CampaignSerializer))

    @extend_schema(
        operation_id="campaigns_create",
        request=CampaignForm,
        responses={201: CampaignSerializer},
    )
    def post(self, request: Request) -> Response:
        """Plan a campaign of one of one's offices."""
        actor = caller(request)
        campaign = plan(filled(CampaignForm, request), actor, timezone.now())
        return Response(CampaignSerializer(planned(actor, campaign.id)).data, status=201)


class OneCampaign(APIView):
    """A campaign."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role), "PATCH": PLANNERS}

    @extend_schema(operation_id="campaigns_retrieve", responses=CampaignSerializer)
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """Everything planned about a campaign."""
        return Response(CampaignSerializer(planned(caller(request), campaign_id)).data)

    @extend_schema(
        operation_id="campaigns_change",
        request=CampaignChangesForm,
        responses=CampaignSerializer,
    )
    def patch(self, request: Request, campaign_id: UUID) -> Response:
        """Change what is given; a list replaces the list that was there."""
        actor = caller(request)
        plan(filled(CampaignChangesForm, request), actor, timezone.now(), campaign_id)
        return Response(CampaignSerializer(planned(actor, campaign_id)).data)
