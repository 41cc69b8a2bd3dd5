"""Supervised businesses of a campaign."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.activities import businesses as listing
from outreach.api.activities import FIELD, PLANNERS, seen
from outreach.api.forms import Form, filled, wrong
from outreach.api.permissions import HasRole, caller
from outreach.models import SupervisedBusiness, User
from outreach.standings.small_cells import shown_series

Role = User.Role


class BusinessForm(Form):
    name = serializers.CharField(max_length=160)
    address = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    contact_role = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="", help_text="no person's name"
    )
    permit_required = serializers.BooleanField(default=False)


class BusinessesForm(Form):
    businesses: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=BusinessForm(), min_length=1, max_length=500
    )


class BusinessChangesForm(Form):
    state = serializers.ChoiceField(choices=SupervisedBusiness.State.choices, required=False)
    registered = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    visited_day = serializers.DateField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        day = attrs.get("visited_day")
        if day and not date(2000, 1, 1) <= day <= date(2199, 12, 31):
            raise wrong("visited_day", "out_of_range", _("Not a day of this time."))
        return attrs


class BusinessSerializer(serializers.ModelSerializer[SupervisedBusiness]):
    changed_by = serializers.CharField(source="changed_by.full_name")
    registered = serializers.IntegerField(
        allow_null=True,
        help_text="null where so few that they could point at somebody, for who sees no records",
    )

    class Meta:
        model = SupervisedBusiness
        fields = (
            "id",
            "name",
            "address",
            "contact_role",
            "permit_required",
            "state",
            "registered",
            "visited_day",
            "changed_by",
            "changed_at",
        )


class BusinessListSerializer(serializers.Serializer[Any]):
    agency = serializers.CharField()
    businesses = BusinessSerializer(many=True)


class Businesses(APIView):
    """The businesses that an agency drive visits."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role), "POST": PLANNERS}

    @extend_schema(operation_id="campaigns_businesses", responses=BusinessListSerializer)
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """By name, with what became of each."""
        user = caller(request)
        campaign = seen(user, campaign_id)
        rows = list(campaign.businesses.select_related("changed_by").order_by("name", "pk"))
        told = BusinessSerializer(rows, many=True).data
        if user.role == Role.SUPERVISOR:
            counts = shown_series([row.registered for row in rows])
            for row, count in zip(told, counts, strict=True):
                row["registered"] = count
        return Response({"agency": campaign.agency, "businesses": told})

    @extend_schema(
        operation_id="campaigns_businesses_add",
        request=BusinessesForm,
        responses={201: BusinessSerializer(many=True)},
    )
    def post(self, request: Request, campaign_id: UUID) -> Response:
        """Put businesses onto the list; those that are on it stay as they are."""
        given = filled(BusinessesForm, request)["businesses"]
        rows = listing.add(campaign_id, given, caller(request), timezone.now())
        return Response(BusinessSerializer(rows, many=True).data, status=201)


class OneBusiness(APIView):
    """A business on an agency drive's list."""

    permission_classes = (HasRole,)
    roles = {"PATCH": FIELD}

    @extend_schema(
        operation_id="campaigns_business_change",
        request=BusinessChangesForm,
        responses=BusinessSerializer,
    )
    def patch(self, request: Request, campaign_id: UUID, business_id: UUID) -> Response:
        """Note that it was visited, and how many of it registered."""
        fields = filled(BusinessChangesForm, request)
        user = caller(request)
        business = listing.change(campaign_id, business_id, fields, user, timezone.now())
        return Response(BusinessSerializer(business).data)
