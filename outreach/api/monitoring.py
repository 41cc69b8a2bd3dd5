"""Monitoring reports of regencies and cities, as data and as a table."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, queried
from outreach.api.permissions import HasRole, caller
from outreach.api.standing_shapes import PeriodField, RestatedSerializer
from outreach.api.standings import STAFF
from outreach.geo.region_codes import is_region_code
from outreach.imports.writing import XLSX
from outreach.models import Campaign, CampaignTarget, Denominator, Region
from outreach.monitoring import tables
from outreach.monitoring.reporting import DEFINITIONS, VERSION, Report, report_of
from outreach.standings.months import current_period
from outreach.standings.restating import changes_between
from outreach.standings.small_cells import SMALLEST_SHOWN, open_regions
from outreach.tablets import tablets_of

FORMS = ("json", "csv", "xlsx")


class MonitoringQuerySerializer(Form):
    period = PeriodField(required=False, help_text="YYYY-MM, this month unless given")
    form = serializers.ChoiceField(
        FORMS, default="json", help_text="csv and xlsx: the same figures, one a line"
    )


class MonitoredCountsSerializer(serializers.Serializer[Any]):
    registered = serializers.IntegerField(allow_null=True)
    verified = serializers.IntegerField(allow_null=True)
    provisional = serializers.IntegerField(allow_null=True)
    active = serializers.IntegerField(allow_null=True)


class MonitoredWorkersSerializer(serializers.Serializer[Any]):
    value = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(Denominator.Kind.choices, allow_null=True)
    source = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own
        allow_null=True, help_text="`villages`: the sum of its villages' figures"
    )
    year = serializers.IntegerField(
        allow_null=True, help_text="null as well where villages' figures are of several years"
    )
    because = serializers.ChoiceField(
        (
            "only_one",
            "newest_year",
            "official_before_estimate",
            "first_by_name",
            "villages_summed",
            "villages_incomplete",
            "no_figure",
        ),
        help_text="why it is this figure, or why there is none",
    )
    low = serializers.IntegerField(allow_null=True, help_text="of all sources")
    high = serializers.IntegerField(allow_null=True)
    sources = serializers.IntegerField()
    villages_sum = serializers.IntegerField(help_text="of villages that have a figure")
    villages_without = serializers.IntegerField(help_text="a figure")
    villages_sources = serializers.ListField(child=serializers.CharField())
    villages_first_year = serializers.IntegerField(allow_null=True)
    villages_last_year = serializers.IntegerField(allow_null=True)


class MonitoredSegmentSerializer(MonitoredCountsSerializer):
    segment = serializers.ChoiceField(CampaignTarget.Segment.choices)
    leads = serializers.IntegerField(allow_null=True)
    leads_registered = serializers.IntegerField(allow_null=True)


class MonitoredActivitySerializer(MonitoredCountsSerializer):
    activity = serializers.ChoiceField(Campaign.Type.choices)


class MonitoredDistrictSerializer(MonitoredCountsSerializer):
    code = serializers.CharField()
    name = serializers.CharField()
    workers = serializers.IntegerField(allow_null=True)
    coverage = serializers.FloatField(allow_null=True)
    active_coverage = serializers.FloatField(allow_null=True)


class MonitoredEarlierSerializer(MonitoredCountsSerializer):
    period = serializers.CharField(help_text="YYYY-MM")
    since = MonitoredCountsSerializer(help_text="what came since; null where either is withheld")


class MonitoredChangesSerializer(serializers.Serializer[Any]):
    month_before = MonitoredEarlierSerializer()
    year_before = MonitoredEarlierSerializer()


class MonitoredDefinitionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    text = serializers.CharField()


class MonitoringSerializer(MonitoredCountsSerializer):
    code = serializers.CharField()
    name = serializers.CharField()
    period = serializers.CharField(help_text="YYYY-MM")
    as_of = serializers.DateTimeField()
    definitions_version = serializers.CharField()
    definitions = MonitoredDefinitionSerializer(many=True)
    workers = MonitoredWorkersSerializer()
    coverage = serializers.FloatField(allow_null=True, help_text="verified among working people")
    coverage_low = serializers.FloatField(
        allow_null=True, help_text="by the source that counts the most working people"
    )
    coverage_high = serializers.FloatField(allow_null=True)
    active_coverage = serializers.FloatField(allow_null=True)
    segments = MonitoredSegmentSerializer(
        many=True, help_text="registrations are of BPU; the others are leads"
    )
    activities = MonitoredActivitySerializer(many=True)
    districts = MonitoredDistrictSerializer(many=True)
    changes = MonitoredChangesSerializer()
    unsynced_tablets = serializers.IntegerField()
    restated = RestatedSerializer(many=True)
    suppressed = serializers.BooleanField(
        help_text=f"counts from 1 to {SMALLEST_SHOWN - 1}, and those that would give one away, are"
        " null"
    )


class Monitoring(APIView):
    permission_classes = [HasRole]
    roles = {"GET": STAFF}

    @extend_schema(
        operation_id="monitoring_retrieve",
        parameters=[MonitoringQuerySerializer],
        responses={
            200: MonitoringSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """A regency's or city's figures up to a month, with those of a month and a year before.

        Small counts are shown only to who may see the records of the whole region.
        """
        asked = queried(MonitoringQuerySerializer, request)
        found = Region.objects.filter(pk=code, level=Region.Level.REGENCY)
        region = found.first() if is_region_code(code) else None
        if region is None:
            raise NotFound
        now = timezone.now()
        period = asked.get("period") or current_period(now)
        report = report_of(code, period, sees_all=code.startswith(open_regions(caller(request))))
        answer = MonitoringSerializer(
            {
                **_told(report),
                "code": code,
                "name": region.name,
                "as_of": now,
                "unsynced_tablets": tablets_of(code, period, now).unsynced,
                "restated": changes_between(code, period),
            }
        ).data
        return _in_form(answer, asked["form"])


def _told(report: Report) -> dict[str, Any]:
    counts = report.counts._asdict()
    nobody = dict.fromkeys(counts, 0)
    return {
        **asdict(report),
        **counts,
        "period": f"{report.period:%Y-%m}",
        "definitions_version": VERSION,
        "definitions": [{"name": name, "text": text} for name, text in DEFINITIONS.items()],
        "workers": report.workers._asdict(),
        "segments": [
            {
                "segment": one.segment,
                **(counts if one.segment == CampaignTarget.Segment.BPU else nobody),
                "leads": one.leads,
                "leads_registered": one.registered,
            }
            for one in report.leads
        ],
        "activities": [{"activity": row.code, **row.counts._asdict()} for row in report.activities],
        "districts": [{**row._asdict(), **row.counts._asdict()} for row in report.districts],
        "changes": {
            at: {
                **change.counts._asdict(),
                "period": f"{change.period:%Y-%m}",
                "since": change.since._asdict(),
            }
            for at, change in report.changes.items()
        },
        "suppressed": report.is_partial,
    }


def _in_form(answer: Any, form: str) -> HttpResponseBase:
    if form == "json":
        return Response(answer)
    name = f"monitoring-{answer['code']}-{answer['period']}.{form}"
    body, kind = (
        (tables.as_csv(answer), "text/csv; charset=utf-8")
        if form == "csv"
        else (tables.as_xlsx(answer), XLSX)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=kind, headers=headers)


urlpatterns = [path("monitoring/<str:code>/", Monitoring.as_view(), name="monitoring")]
