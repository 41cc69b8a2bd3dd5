"""What an office looks after: today, in the past, as planned, and moving it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger, Day, Form, RegionCode, filled, queried
from outreach.api.permissions import HasRole, caller
from outreach.models import Office, OfficeTerritory, User
from outreach.offices.moving import Move, Moved, last_change, move, preview
from outreach.offices.territory import held_months, today
from outreach.problems import Problem
from outreach.scopes import offices_for
from outreach.standings.small_cells import shown_series

Role = User.Role
MOST_REGIONS = 200
MOST_ASSIGNMENTS = 5000


class NamedOfficeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    villages = serializers.IntegerField(required=False)


class SomeSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    shown = serializers.ListField(child=serializers.DictField(), help_text="the first of them")


class StayingSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    offices = serializers.ListField(child=serializers.DictField())


class MoveReportSerializer(serializers.Serializer[Any]):
    """What a move changes."""

    office = NamedOfficeSerializer()
    first_day = serializers.DateField()
    villages = serializers.IntegerField(help_text="that change hands")
    campaigns = SomeSerializer(help_text="of other offices, that go on there")
    kader = SomeSerializer(help_text="of the former offices, who work there on such campaigns")
    reviews_that_stay = StayingSerializer(
        help_text="registrations of people there that wait for a decision, by campaign's office"
    )
    tablets_that_pull_anew = serializers.IntegerField(help_text="kader of the offices concerned")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": NamedOfficeSerializer(many=True)}


class MoveAnswerSerializer(serializers.Serializer[Any]):
    change = serializers.IntegerField(allow_null=True, help_text="null: nothing was changed")
    report = MoveReportSerializer()
    seen = serializers.IntegerField(help_text="the last change to any territory")


class TerritorySpanSerializer(serializers.ModelSerializer[OfficeTerritory]):
    region = serializers.CharField(source="region_id")
    name = serializers.CharField(source="region.name")

    class Meta:
        model = OfficeTerritory
        fields = ("region", "name", "first_day", "last_day")


class HeldMonthSerializer(serializers.Serializer[Any]):
    month = serializers.DateField(format="%Y-%m")
    provisional = serializers.IntegerField(allow_null=True)
    verified = serializers.IntegerField(allow_null=True)


class TerritorySerializer(serializers.Serializer[Any]):
    office = serializers.IntegerField()
    day = serializers.DateField(help_text="today, by which one is `in_force`")
    assignments = TerritorySpanSerializer(many=True, help_text="past, present and planned")
    year = serializers.IntegerField()
    months = HeldMonthSerializer(
        many=True,
        help_text="people by domicile in what the office looked after when the month began",
    )
    seen = serializers.IntegerField(help_text="to be sent with a move")


class YearForm(Form):
    year = AskedInteger(min_value=2014, max_value=2200, required=False)


class MoveForm(Form):
    regions = serializers.ListField(child=RegionCode(), min_length=1, max_length=MOST_REGIONS)
    first_day = Day(help_text="from then on; not in a month that is over")
    reason = serializers.CharField(min_length=3, max_length=500)
    preview = serializers.BooleanField(default=False, help_text="only tell what would change")
    seen = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, allow_null=True, default=None, help_text="as it was told"
    )


class Territory(APIView):
    """What one office looks after."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role) - {Role.KADER}, "POST": {Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="offices_territory",
        parameters=[YearForm],
        responses=TerritorySerializer,
    )
    def get(self, request: Request, office_id: int) -> Response:
        """Assignments from a day to a day, and a year's people by the borders of each month."""
        user = caller(request)
        office = _office(user, office_id)
        asked = queried(YearForm, request)
        day = today(timezone.now())
        year = asked.get("year", day.year)
        months = [month._asdict() for month in held_months(office.pk, year)]
        if user.role == Role.SUPERVISOR:
            for column in ("provisional", "verified"):
                counts = shown_series([month[column] for month in months])
                for month, count in zip(months, counts, strict=True):
                    month[column] = count
        assignments = office.territory.select_related("region").order_by("region", "first_day")
        answer = {
            "office": office.pk,
            "day": day,
            "assignments": assignments[:MOST_ASSIGNMENTS],
            "year": year,
            "months": months,
            "seen": last_change(),
        }
        return Response(TerritorySerializer(answer).data)

    @extend_schema(
        operation_id="offices_territory_move",
        request=MoveForm,
        responses={
            200: OpenApiResponse(MoveAnswerSerializer, "a preview, or nothing was to be changed"),
            201: MoveAnswerSerializer,
        },
    )
    def post(self, request: Request, office_id: int) -> Response:
        """Move regions to this office from a day on, or tell what that would change."""
        actor = caller(request)
        office = _office(actor, office_id)
        form = filled(MoveForm, request)
        asked = Move(office, form["regions"], form["first_day"], form["reason"], form["seen"])
        now = timezone.now()
        moved = preview(asked, now) if form["preview"] else move(asked, actor, now)
        return Response(_told(moved), status=201 if moved.change else 200)


def _told(moved: Moved) -> dict[str, Any]:
    change = moved.change.pk if moved.change else None
    return {"change": change, "report": moved.report, "seen": last_change()}


def _office(user: User, office_id: int) -> Office:
    office = offices_for(user).filter(pk=office_id).first() if office_id < 2**63 else None
    if office is None:
        raise Problem("not_found")
    return office
