"""Targets of offices, how far they are, and what the year may end with."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger, Day, Form, Month, filled, queried
from outreach.api.permissions import HasRole, caller
from outreach.models import Campaign, CampaignTarget, Office, OfficeTarget, User
from outreach.offices.forecasting import INTERVAL, LEAST_MONTHS, METHOD
from outreach.offices.progress import Progress, Row, progress
from outreach.offices.targets import NewTarget, set_target, split
from outreach.offices.territory import today
from outreach.offices.withholding import COLUMNS, YEAR, Cell, seen, withheld
from outreach.problems import Problem, invalid
from outreach.scopes import offices_for

Role = User.Role
MOST = 100_000_000
EVEN = "even"


class AskedForm(Form):
    office = AskedInteger(
        min_value=1, max_value=2**63 - 1, required=False, help_text="one's own unless given"
    )
    year = AskedInteger(min_value=2014, max_value=2200, required=False)


class TargetVersionSerializer(serializers.ModelSerializer[OfficeTarget]):
    office = serializers.IntegerField(source="office_id")
    activity = serializers.CharField(allow_blank=True, help_text="empty: all")
    number = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own
    set_by = serializers.IntegerField(source="set_by_id", allow_null=True)

    class Meta:
        model = OfficeTarget
        fields = (
            "office",
            "segment",
            "activity",
            "year",
            "version",
            "effective_from",
            "number",
            "months",
            "profile",
            "source",
            "set_by",
            "set_at",
        )


class MonthProgressSerializer(serializers.Serializer[Any]):
    month = serializers.CharField(help_text="YYYY-MM")
    plan = serializers.IntegerField(allow_null=True)
    verified = serializers.IntegerField(allow_null=True, help_text="null: too small to be shown")
    provisional = serializers.IntegerField(allow_null=True)
    active = serializers.IntegerField(allow_null=True, help_text="of these, paid up today")


class ForecastSerializer(serializers.Serializer[Any]):
    low = serializers.IntegerField()
    middle = serializers.IntegerField()
    high = serializers.IntegerField()
    interval = serializers.FloatField(help_text="share of futures from `low` to `high`")
    months_seen = serializers.IntegerField()
    verified_share = serializers.FloatField(help_text="of decisions so far")
    arrived_share = serializers.FloatField(help_text="of what was captured so far, as expected")
    method = serializers.CharField()


class BranchTargetsSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="the branches' targets added up")
    with_target = serializers.IntegerField()
    branches = serializers.IntegerField()
    difference = serializers.IntegerField(
        allow_null=True, help_text="the office's target less the branches'"
    )


class TargetRowSerializer(serializers.Serializer[Any]):
    segment = serializers.CharField()
    activity = serializers.CharField(allow_blank=True, help_text="empty: all")
    target = serializers.IntegerField(allow_null=True, help_text="null: none is set")
    version = serializers.IntegerField(allow_null=True)
    verified = serializers.IntegerField(allow_null=True)
    provisional = serializers.IntegerField(allow_null=True)
    active = serializers.IntegerField(allow_null=True)
    plan_to_date = serializers.IntegerField(allow_null=True)
    attainment = serializers.FloatField(allow_null=True, help_text="verified among the target")
    attainment_to_date = serializers.FloatField(allow_null=True)
    months = MonthProgressSerializer(many=True)
    branches = BranchTargetsSerializer(allow_null=True)
    forecast = ForecastSerializer(allow_null=True)
    no_forecast = serializers.ChoiceField(
        ("too_few_months", "year_over", "year_not_begun", "small"), allow_null=True
    )


class TargetsSerializer(serializers.Serializer[Any]):
    office = serializers.IntegerField()
    year = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    method = serializers.CharField(help_text="of forecasts")
    least_months = serializers.IntegerField(help_text="that must be over before one is made")
    rows = TargetRowSerializer(many=True)
    versions = TargetVersionSerializer(many=True, help_text="all there were, the newest first")


class MonthTargetForm(Form):
    month = Month()
    number = serializers.IntegerField(min_value=0, max_value=MOST)


class ProfileForm(Form):
    name = serializers.CharField(max_length=80)
    shares = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1_000_000),
        min_length=12,
        max_length=12,
    )


class OfficeTargetForm(Form):
    office = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    segment = serializers.ChoiceField(CampaignTarget.Segment.choices)
    activity = serializers.ChoiceField(Campaign.Type.choices, allow_blank=True, default="")
    year = serializers.IntegerField(min_value=2014, max_value=2200)
    effective_from = Day()
    number = serializers.IntegerField(
        min_value=0, max_value=MOST, required=False, help_text="with a `profile`, or spread evenly"
    )
    profile = ProfileForm(required=False)
    months = serializers.ListField(child=MonthTargetForm(), required=False, max_length=24)
    source = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own
        min_length=3, max_length=200
    )
    base_version = serializers.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        allow_null=True,
        default=None,
        help_text="the version that this revises; 0: there is none yet",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("months" in attrs) == ("number" in attrs):
            text = _("Give either twelve months or one number for the year.")
            raise serializers.ValidationError({"number": [text]})
        if "months" in attrs:
            if "profile" in attrs:
                raise serializers.ValidationError(
                    {"profile": [_("Months that are given need no profile.")]}
                )
            attrs["split"] = _months(attrs["months"], attrs["year"])
            attrs["named"] = ""
        else:
            profile = attrs.get("profile") or {"name": EVEN, "shares": [1] * 12}
            attrs["split"] = split(attrs["number"], profile["shares"])
            attrs["named"] = profile["name"]
        return attrs


def _months(given: list[dict[str, Any]], year: int) -> list[int]:
    """Twelve numbers. Raises Problem for months that are missing, repeated or of another year."""
    times = Counter(one["month"] for one in given)
    wanted = [f"{year}-{number:02}" for number in range(1, 13)]
    wrong = [
        ("/months", "gap", gettext("%(month)s is missing.") % {"month": month})
        for month in wanted
        if month not in times
    ] + [
        (
            f"/months/{place}/month",
            "overlap",
            gettext("%(month)s is there more than once.") % {"month": one["month"]},
        )
        if one["month"] in wanted
        else (
            f"/months/{place}/month",
            "other_year",
            gettext("%(month)s is not in %(year)d.") % {"month": one["month"], "year": year},
        )
        for place, one in enumerate(given)
        if times[one["month"]] > 1 or one["month"] not in wanted
    ]
    if wrong:
        raise invalid(*wrong)
    number_of = {one["month"]: one["number"] for one in given}
    return [number_of[month] for month in wanted]


class Targets(APIView):
    """What offices are out for."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role) - {Role.KADER}, "PUT": {Role.ADMINISTRATOR}}

    @extend_schema(operation_id="targets", parameters=[AskedForm], responses=TargetsSerializer)
    def get(self, request: Request) -> Response:
        """An office's year by month, a regional office's with its branches', and a forecast.

        People count for the office of their campaign in the month of capture. Supervisors see no
        counts from 1 to 4, nor what gives them away.
        """
        asked = queried(AskedForm, request)
        user = caller(request)
        now = timezone.now()
        office = offices_for(user).filter(pk=asked.get("office", user.office_id)).first()
        if office is None:
            raise Problem("not_found")
        found = progress(office, asked.get("year", today(now).year), now)
        hidden = withheld(found.rows) if user.role == Role.SUPERVISOR else set()
        answer = {
            "office": office.pk,
            "year": found.year,
            "as_of": now,
            "method": METHOD,
            "least_months": LEAST_MONTHS,
            "rows": [target_row(row, found, hidden) for row in found.rows],
            "versions": found.versions,
        }
        return Response(TargetsSerializer(answer).data)

    @extend_schema(
        operation_id="targets_set",
        request=OfficeTargetForm,
        responses={
            200: OpenApiResponse(TargetVersionSerializer, "it is so already"),
            201: TargetVersionSerializer,
        },
    )
    def put(self, request: Request) -> Response:
        """Set or revise a target; what was in force before is kept."""
        form = filled(OfficeTargetForm, request)
        office = Office.objects.filter(pk=form["office"]).first()
        if office is None:
            raise invalid(("/office", "does_not_exist", _("There is no such office.")))
        new = NewTarget(
            office=office,
            segment=form["segment"],
            activity=form["activity"],
            year=form["year"],
            effective_from=form["effective_from"],
            months=form["split"],
            profile=form["named"],
            source=form["source"],
        )
        made, is_new = set_target(new, caller(request), timezone.now(), form["base_version"])
        return Response(TargetVersionSerializer(made).data, status=201 if is_new else 200)


def target_row(row: Row, found: Progress, hidden: Collection[Cell]) -> dict[str, Any]:
    """A target with what came of it, without what is hidden."""
    whole = {name: seen(row, name, YEAR, hidden) for name in COLUMNS}
    verified, target = whole["verified"], row.target
    is_hidden = None in whole.values()
    told = row.forecast if not is_hidden else None
    return {
        "segment": row.segment,
        "activity": row.activity,
        "target": target.number if target else None,
        "version": target.version if target else None,
        **whole,
        "plan_to_date": row.plan_to_date,
        "attainment": _share(verified, target.number if target else None),
        "attainment_to_date": _share(verified, row.plan_to_date),
        "months": [
            {
                "month": f"{found.year}-{place + 1:02}",
                "plan": target.months[place] if target else None,
                **{name: seen(row, name, place, hidden) for name in COLUMNS},
            }
            for place in range(12)
        ],
        "branches": row.branches
        and row.branches._asdict()
        | {"difference": target.number - row.branches.number if target else None},
        "forecast": told and told._asdict() | {"interval": INTERVAL},
        "no_forecast": "small" if row.forecast and is_hidden else row.no_forecast,
    }


def _share(part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 4) if part is not None and whole else None
