"""A region's denominators side by side, with every revision and the coverage each gives."""

from datetime import date
from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, queried
from outreach.api.permissions import HasRole, caller
from outreach.api.standing_shapes import CoverageRangeSerializer, PeriodField
from outreach.api.standings import STAFF
from outreach.geo.region_codes import is_region_code, is_village_code
from outreach.models import Denominator, Region
from outreach.standings.measures import Measure, coverage_range, measures, share
from outreach.standings.months import current_period
from outreach.standings.rankings import NotInRanking, village_standing
from outreach.standings.small_cells import guarded, open_regions

MOST_LISTED = 500


class PeriodQuerySerializer(Form):
    period = PeriodField(required=False, help_text="YYYY-MM, this month unless given")


class FigureSerializer(serializers.ModelSerializer[Denominator]):
    is_used = serializers.SerializerMethodField(help_text="standings of the period are made by it")
    coverage = serializers.SerializerMethodField(
        help_text="verified among these working people, uncapped; of villages, null where withheld"
    )
    error_share = serializers.FloatField(
        allow_null=True,
        help_text="by what share an estimate is off at the median, where that was measured",
    )

    class Meta:
        model = Denominator
        fields = (
            "id",
            "year",
            "segment",
            "value",
            "kind",
            "method",
            "source",
            "error_share",
            "revision",
            "loaded_at",
            "replaced_at",
            "is_used",
            "coverage",
        )

    def get_is_used(self, figure: Denominator) -> bool:
        ordered: list[Measure] = self.context["measures"]
        return bool(ordered) and ordered[0].id == figure.pk

    def get_coverage(self, figure: Denominator) -> float | None:
        if figure.pk not in {measure.id for measure in self.context["measures"]}:
            return None
        return share(self.context["verified"], figure.value)


class DenominatorsSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    period = serializers.CharField(help_text="YYYY-MM")
    verified = serializers.IntegerField(
        allow_null=True, help_text="of villages; null where withheld"
    )
    coverage_range = CoverageRangeSerializer(allow_null=True)
    denominators = FigureSerializer(
        many=True, help_text="newest year first, then newest revision; replaced ones among them"
    )
    has_more = serializers.BooleanField(help_text=f"there are more than {MOST_LISTED}")


class Denominators(APIView):
    permission_classes = [HasRole]
    roles = {"GET": STAFF}

    @extend_schema(
        operation_id="regions_denominators",
        parameters=[PeriodQuerySerializer],
        responses=DenominatorsSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        """All that is known of how many people a region has, whoever says so.

        Nothing is overwritten: a corrected figure is a new revision beside the old one.
        """
        if not is_region_code(code) or not Region.objects.filter(code=code).exists():
            raise NotFound
        asked = queried(PeriodQuerySerializer, request)
        period = asked.get("period") or current_period(timezone.now())
        rows = list(
            Denominator.objects.filter(region=code).order_by(
                "-year", "segment", "source", "-revision"
            )[: MOST_LISTED + 1]
        )
        known = measures(code, period) if is_village_code(code) else []
        verified = _verified(code, period, request) if is_village_code(code) else None
        listed = FigureSerializer(
            rows[:MOST_LISTED], many=True, context={"measures": known, "verified": verified}
        )
        found = coverage_range(verified, known)
        return Response(
            {
                "code": code,
                "period": f"{period:%Y-%m}",
                "verified": verified,
                "coverage_range": CoverageRangeSerializer(found).data if found else None,
                "denominators": listed.data,
                "has_more": len(rows) > MOST_LISTED,
            }
        )


def _verified(code: str, period: date, request: Request) -> int | None:
    """A village's verified people as the caller sees them."""
    try:
        detail = village_standing(code, period)
    except NotInRanking:
        return None
    row = guarded(detail.row, open_regions(caller(request)))
    # What standings withhold of the coverage must not come in by another door.
    return row.verified if not row.is_withheld else None


urlpatterns = [
    path("regions/<str:code>/denominators/", Denominators.as_view(), name="region-denominators"),
]
