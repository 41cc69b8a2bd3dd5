"""Changes of regions: what they were, what they touched, and what a split leaves to be decided."""

from collections.abc import Collection, Mapping
from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach import bulk
from outreach.api.forms import ReasonForm, RegionCode, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.standings import STAFF
from outreach.models import RegionChange, Registration, User
from outreach.region_changes import choosing
from outreach.region_changes.choosing import Choice, open_registrations, proposed
from outreach.region_changes.reporting import COUNTED

Role = User.Role


class SuccessorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    share = serializers.FloatField(allow_null=True, help_text="of the people, where it is known")


class RegionChangeSerializer(serializers.ModelSerializer[RegionChange]):
    successors = serializers.SerializerMethodField()
    touched = serializers.SerializerMethodField(help_text="counts when it was applied")
    told = serializers.SerializerMethodField(help_text="what could not be carried over")

    class Meta:
        model = RegionChange
        fields = (
            "id",
            "kind",
            "effective_day",
            "from_codes",
            "successors",
            "shares_source",
            "source",
            "reason",
            "touched",
            "told",
            "applied_at",
            "followed_at",
            "undone_at",
            "undone_reason",
        )

    @extend_schema_field(SuccessorSerializer(many=True))
    def get_successors(self, change: RegionChange) -> Any:
        unknown: list[float | None] = [None] * len(change.to_codes)
        shares = change.shares or unknown
        return [
            {"code": code, "name": name, "share": share}
            for code, name, share in zip(change.to_codes, change.names, shares, strict=True)
        ]

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_touched(self, change: RegionChange) -> Any:
        return {name: change.report[name] for name in COUNTED}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_told(self, change: RegionChange) -> Any:
        return change.report["told"]


class ChangesQuerySerializer(PageForm):
    region = RegionCode(required=False, help_text="changes of it, or in it")
    kind = serializers.ChoiceField(RegionChange.Kind.choices, required=False)


class OpenRegistrationSerializer(serializers.ModelSerializer[Registration]):
    campaign = serializers.CharField(source="campaign.name")
    proposed = serializers.SerializerMethodField(
        help_text="the village in which the worker was visited at home; null: nothing says it"
    )

    class Meta:
        model = Registration
        fields = (
            "id",
            "full_name",
            "address",
            "rt",
            "rw",
            "status",
            "local_day",
            "campaign",
            "domicile_code",
            "proposed",
        )

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_proposed(self, registration: Registration) -> Any:
        return proposed(registration, self.context["change"])


class ChoiceForm(serializers.Serializer[Any]):
    registration = serializers.UUIDField()
    village = RegionCode()


class ChoicesForm(ReasonForm):
    choices = serializers.ListField(
        child=ChoiceForm(), required=False, max_length=choosing.MOST_AT_ONCE
    )
    accept_proposals = serializers.BooleanField(
        default=False, help_text="the next of what fixes propose instead of `choices`"
    )

    def validate(self, attrs: Any) -> Any:
        if bool(attrs.get("choices")) == attrs["accept_proposals"]:
            raise serializers.ValidationError("Give choices, or accept proposals.")
        return attrs


class ChosenSerializer(serializers.Serializer[Any]):
    chosen = serializers.IntegerField()
    left = serializers.IntegerField(help_text="that are open still")
    left_proposed = serializers.IntegerField(help_text="of which a fix proposes a village")


IN_REGION = (
    "SELECT DISTINCT id FROM outreach_regionchange, unnest(from_codes || to_codes) AS code"
    " WHERE starts_with(code, %s)"
)


class RegionChangeView(APIView):
    permission_classes = [HasRole]
    roles: Mapping[str, Collection[User.Role]] = {"GET": STAFF}


class RegionChanges(RegionChangeView):
    @extend_schema(
        operation_id="region_changes_list",
        parameters=[ChangesQuerySerializer],
        responses=page_schema(RegionChangeSerializer),
    )
    def get(self, request: Request) -> Response:
        """Recodes, mergers, splits and new names, the last applied first."""
        asked = queried(ChangesQuerySerializer, request)
        changes = RegionChange.objects.all()
        if code := asked.get("region"):
            changes = changes.filter(pk__in=[pk for (pk,) in bulk.run(IN_REGION, [code])])
        if kind := asked.get("kind"):
            changes = changes.filter(kind=kind)
        page = page_of(changes, asked, "applied_at")
        return Response(page.told(RegionChangeSerializer))


class OneRegionChange(RegionChangeView):
    @extend_schema(operation_id="region_changes_retrieve", responses=RegionChangeSerializer)
    def get(self, request: Request, change_id: int) -> Response:
        """One change with what it touched."""
        del request
        return Response(RegionChangeSerializer(_change(change_id)).data)


class OpenRegistrations(RegionChangeView):
    roles = {"GET": (Role.COORDINATOR, Role.ADMINISTRATOR)}

    @extend_schema(
        operation_id="region_changes_registrations",
        parameters=[PageForm],
        responses=page_schema(OpenRegistrationSerializer),
    )
    def get(self, request: Request, change_id: int) -> Response:
        """Registrations of a split village of which nobody has said yet where they belong."""
        change = _split(change_id)
        waiting = open_registrations(change, caller(request)).select_related("campaign")
        page = page_of(waiting, queried(PageForm, request), "received_at", lowest_first=True)
        return Response(page.told(OpenRegistrationSerializer, change=change))


class Choose(RegionChangeView):
    roles = {"POST": (Role.COORDINATOR, Role.ADMINISTRATOR)}

    @extend_schema(
        operation_id="region_changes_choose", request=ChoicesForm, responses=ChosenSerializer
    )
    def post(self, request: Request, change_id: int) -> Response:
        """Say in which part of a split village workers live, for many at once."""
        change = _split(change_id)
        asked = filled(ChoicesForm, request)
        user = caller(request)
        choices = (
            choosing.proposals(change, user)
            if asked["accept_proposals"]
            else [Choice(**choice) for choice in asked["choices"]]
        )
        chosen = choosing.choose(change, choices, user, asked["reason"], timezone.now())
        return Response(
            {
                "chosen": chosen,
                "left": open_registrations(change, user).count(),
                "left_proposed": len(choosing.proposals(change, user)),
            }
        )


def _change(change_id: int) -> RegionChange:
    change = RegionChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotFound
    return change


def _split(change_id: int) -> RegionChange:
    change = _change(change_id)
    if change.kind != RegionChange.Kind.SPLIT:
        raise NotFound
    return change


urlpatterns = [
    path("region-changes/", RegionChanges.as_view(), name="region-changes"),
    path("region-changes/<int:change_id>/", OneRegionChange.as_view(), name="region-change"),
    path(
        "region-changes/<int:change_id>/registrations/",
        OpenRegistrations.as_view(),
        name="region-change-registrations",
    ),
    path("region-changes/<int:change_id>/choose/", Choose.as_view(), name="region-change-choose"),
]
