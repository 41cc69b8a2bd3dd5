"""What a campaign is about, beside its plan: its days, its way, its checklist."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.activities.calendar import Ramadan, Times, calendar_of, campaign_days
from outreach.activities.pasaran import Pasaran
from outreach.activities.routes import RouteStop, Speed, legs
from outreach.api.forms import Day, Form, filled, queried
from outreach.api.permissions import HasRole, caller
from outreach.bulk import insert
from outreach.models import Campaign, ChecklistMark, RamadanPeriod, Stop, TravelRule, User
from outreach.problems import Problem, invalid
from outreach.scopes import campaigns_for

Role = User.Role
PLANNERS = {Role.COORDINATOR, Role.ADMINISTRATOR}
FIELD = {Role.KADER, Role.COORDINATOR, Role.ADMINISTRATOR}
MOST_DAYS = 400
DOUBTS = {
    "overlaps": _("The next stop begins before this one ends."),
    "too_fast": _("There is not enough time to get to the next stop."),
}


def seen(user: User, campaign_id: UUID) -> Campaign:
    """A campaign of one's scope. Raises Problem not_found."""
    campaign = campaigns_for(user).filter(pk=campaign_id).first()
    if campaign is None:
        raise Problem("not_found")
    return campaign


class DaysForm(Form):
    """From which day to which; both included, local days of the venue."""

    def get_fields(self) -> dict[str, Any]:
        # `from` is no name in Python.
        first = Day(required=False, help_text="its first day, if not given")
        last = Day(required=False, help_text="its last day, if not given")
        return {"from": first, "to": last}


class OpeningSerializer(serializers.Serializer[Any]):
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class CampaignDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    weekday = serializers.IntegerField(help_text="1 is Monday")
    pasaran = serializers.ChoiceField(choices=[one.value for one in Pasaran])
    is_ramadan = serializers.BooleanField()
    openings = OpeningSerializer(many=True, help_text="none: all day")
    stops = serializers.ListField(child=serializers.UUIDField(), help_text="in their order")


class CampaignDaysSerializer(serializers.Serializer[Any]):
    time_zone = serializers.CharField()
    days = CampaignDaySerializer(many=True)


class Days(APIView):
    """The days of a campaign."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role)}

    @extend_schema(
        operation_id="campaigns_days", parameters=[DaysForm], responses=CampaignDaysSerializer
    )
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """The local days on which it runs, with its hours, by its own rules; at most 400."""
        asked = queried(DaysForm, request)
        campaign = seen(caller(request), campaign_id)
        zone = ZoneInfo(campaign.time_zone)
        first = asked.get("from") or campaign.starts_at.astimezone(zone).date()
        last = asked.get("to") or min(
            campaign.ends_at.astimezone(zone).date(), first + timedelta(days=MOST_DAYS - 1)
        )
        if last - first >= timedelta(days=MOST_DAYS):
            raise invalid(("/to", "too_long", _("Ask for at most 400 days at once.")))
        times = Times(campaign.starts_at, campaign.ends_at, zone, calendar_of(campaign.calendar))
        stops = list(campaign.stops.order_by("sequence", "starts_at", "id"))
        days = [
            {
                "day": one.day,
                "weekday": one.day.isoweekday(),
                "pasaran": one.pasaran.value,
                "is_ramadan": one.is_ramadan,
                "openings": [
                    {
                        "opens_at": datetime.combine(one.day, opening.opens, zone),
                        "closes_at": datetime.combine(one.day, opening.closes, zone),
                    }
                    for opening in one.openings
                ],
                "stops": [stop.pk for stop in stops if _stands_on(stop, one.day, zone)],
            }
            for one in campaign_days(times, first, last, ramadans())
        ]
        return Response(
            CampaignDaysSerializer({"time_zone": campaign.time_zone, "days": days}).data
        )


def ramadans() -> list[Ramadan]:
    """Every Ramadan there is data for."""
    return [Ramadan(*days) for days in RamadanPeriod.objects.values_list("first_day", "last_day")]


def _stands_on(stop: Stop, day: date, zone: ZoneInfo) -> bool:
    first, last = (at.astimezone(zone).date() for at in (stop.starts_at, stop.ends_at))
    return first <= day <= last


class LegSerializer(serializers.Serializer[Any]):
    start = serializers.UUIDField(help_text="the stop it leads from")
    end = serializers.UUIDField()
    straight_m = serializers.IntegerField(help_text="in a straight line: the least it can be")
    planned_min = serializers.IntegerField(help_text="negative where the stops overlap")
    needed_min = serializers.IntegerField()
    doubt = serializers.ChoiceField(choices=sorted(DOUBTS), allow_null=True)
    detail = serializers.CharField()


class RouteSerializer(serializers.Serializer[Any]):
    straight_m = serializers.IntegerField()
    legs = LegSerializer(many=True)
    kmh = serializers.FloatField(allow_null=True)
    detour = serializers.FloatField(allow_null=True)
    speed_source = serializers.CharField(help_text="empty without a rule in force")


class Route(APIView):
    """The way from stop to stop."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role)}

    @extend_schema(operation_id="campaigns_route", responses=RouteSerializer)
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """How long it is, and where there is not enough time: a warning, nothing is refused."""
        campaign = seen(caller(request), campaign_id)
        stops = list(campaign.stops.order_by("sequence", "starts_at", "id"))
        rule = (
            TravelRule.objects.filter(effective_from__lte=campaign.starts_at.date())
            .order_by("-effective_from")
            .first()
        )
        speed = Speed(rule.kmh, rule.detour) if rule else Speed(float("inf"), 1.0)
        found = legs(
            [RouteStop(one.name, one.lat, one.lon, one.starts_at, one.ends_at) for one in stops],
            speed,
        )
        shown = {
            "straight_m": round(sum(leg.straight_m for leg in found)),
            "kmh": rule and rule.kmh,
            "detour": rule and rule.detour,
            "speed_source": rule.source if rule else "",
            "legs": [
                {
                    "start": stops[leg.start].pk,
                    "end": stops[leg.end].pk,
                    "straight_m": round(leg.straight_m),
                    "planned_min": round(leg.planned_min),
                    "needed_min": round(leg.needed_min),
                    "doubt": leg.doubt,
                    "detail": str(DOUBTS[leg.doubt]) if leg.doubt else "",
                }
                for leg in found
            ],
        }
        return Response(RouteSerializer(shown).data)


class MarkForm(Form):
    part = serializers.ChoiceField(choices=ChecklistMark.Part.choices)
    item = serializers.CharField(max_length=160)
    done = serializers.BooleanField()


class MarksForm(Form):
    day = serializers.DateField(help_text="a local day of the campaign")
    marks: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=MarkForm(), min_length=1, max_length=160
    )


class MarkSerializer(serializers.ModelSerializer[ChecklistMark]):
    marked_by = serializers.CharField(source="marked_by.full_name")

    class Meta:
        model = ChecklistMark
        fields = ("day", "part", "item", "done", "marked_by", "marked_at")


class Checklist(APIView):
    """The service checklist (4P), day by day."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role), "POST": FIELD}

    @extend_schema(operation_id="campaigns_checklist", responses=MarkSerializer(many=True))
    def get(self, request: Request, campaign_id: UUID) -> Response:
        """What was checked, the latest day first: at most 2,000 items."""
        return self._shown(seen(caller(request), campaign_id))

    @extend_schema(
        operation_id="campaigns_checklist_mark",
        request=MarksForm,
        responses=MarkSerializer(many=True),
    )
    def post(self, request: Request, campaign_id: UUID) -> Response:
        """Mark items of a day; the newest mark of an item holds."""
        form, user = filled(MarksForm, request), caller(request)
        campaign = seen(user, campaign_id)
        zone = ZoneInfo(campaign.time_zone)
        first, last = (at.astimezone(zone).date() for at in (campaign.starts_at, campaign.ends_at))
        if not first <= form["day"] <= last:
            raise invalid(("/day", "out_of_range", _("This is no day of the campaign.")))
        marks = {(one["part"], one["item"]): one["done"] for one in form["marks"]}
        insert(
            ChecklistMark,
            [
                {
                    "campaign_id": campaign.pk,
                    "day": form["day"],
                    "part": part,
                    "item": item,
                    "done": done,
                    "marked_by_id": user.pk,
                    "marked_at": timezone.now(),
                }
                for (part, item), done in marks.items()
            ],
            order_by="campaign_id, day, part, item",
            on_conflict="(campaign_id, day, part, item) DO UPDATE SET done = excluded.done,"
            " marked_by_id = excluded.marked_by_id, marked_at = excluded.marked_at",
        )
        return self._shown(campaign)

    def _shown(self, campaign: Campaign) -> Response:
        marks = campaign.marks.select_related("marked_by").order_by("-day", "part", "item")[:2000]
        return Response(MarkSerializer(marks, many=True).data)
