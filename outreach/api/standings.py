"""Standings of villages: rankings of a region, and one village."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger
from outreach.api.permissions import HasRole, caller
from outreach.geo.region_codes import is_village_code
from outreach.models import Denominator, Formula, Region, RegionChange, User
from outreach.standings.measures import coverage_range, measures
from outreach.standings.months import current_period
from outreach.standings.rankings import (
    NotInRanking,
    Ranking,
    VillageDetail,
    village_standing,
    village_standings,
)
from outreach.standings.recounting import VillageStanding
from outreach.standings.restating import changes_between
from outreach.standings.scoring import (
    COMPONENTS,
    STRATA,
    present_components,
    weights_in_use,
)
from outreach.standings.small_cells import SMALLEST_SHOWN, guarded, guarded_months, open_regions
from outreach.standings.tables import NoSuchRevision
from outreach.tablets import tablets_of

PAGE_SIZE = 100
LARGEST_PAGE = 500
LIVE = 0
"""The revision of figures that are not frozen."""
NO_CURSOR = _("This is not a cursor of this list.")
PERIOD = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"

STAFF = (
    User.Role.COORDINATOR,
    User.Role.SUPERVISOR,
    User.Role.OFFICER,
    User.Role.ADMINISTRATOR,
)


class PeriodField(serializers.RegexField):
    """A month that has begun, read as its first day."""

    default_error_messages = {"future": _("This month has not begun.")}

    def __init__(self, **settings: Any) -> None:
        super().__init__(PERIOD, **settings)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        period = date.fromisoformat(f"{text}-01")
        if period > current_period(timezone.now()):
            self.fail("future")
        return period


class QuerySerializer(serializers.Serializer[Any]):
    period = PeriodField(required=False, help_text="YYYY-MM, this month unless given")
    revision = AskedInteger(
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="of a frozen month, the newest unless given",
    )


class RankingQuerySerializer(QuerySerializer):
    within = serializers.CharField(
        default="", max_length=13, help_text="a province, regency, city or district; none: all"
    )
    stratum = serializers.ChoiceField(STRATA, required=False)
    limit = AskedInteger(default=PAGE_SIZE, min_value=1, max_value=LARGEST_PAGE)
    cursor = serializers.CharField(
        required=False, max_length=100, help_text="`next` of the page before"
    )

    def validate_within(self, code: str) -> str:
        if is_village_code(code):
            raise serializers.ValidationError(_("A village has no villages in it."), "village")
        if code and not Region.objects.filter(code=code).exists():
            raise NotFound
        return code

    def validate_cursor(self, cursor: str) -> str:
        if not is_village_code(cursor):
            raise serializers.ValidationError(NO_CURSOR)
        return cursor


class VillageSerializer(serializers.Serializer[VillageStanding]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(("desa", "kelurahan", "customary_village"))


class WorkingPeopleSerializer(serializers.Serializer[Any]):
    value = serializers.IntegerField()
    kind = serializers.ChoiceField(Denominator.Kind.choices)
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own
    year = serializers.IntegerField()


class ComponentsSerializer(serializers.Serializer[Mapping[str, float | None]]):
    coverage = serializers.FloatField(allow_null=True)
    gap_closed = serializers.FloatField(allow_null=True)
    retention = serializers.FloatField(allow_null=True)
    officials = serializers.FloatField(allow_null=True)


class CoverageSerializer(serializers.Serializer[Any]):
    share = serializers.FloatField(help_text="verified people among working people, uncapped")
    low = serializers.FloatField(help_text="Wilson's lower bound")
    high = serializers.FloatField(help_text="Wilson's upper bound")
    is_capped = serializers.BooleanField(help_text="more verified people than working people")


class OfficialsSerializer(serializers.Serializer[Any]):
    officials = serializers.IntegerField(help_text="village officials and RT/RW heads")
    members = serializers.IntegerField()
    as_of = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own


class RowSerializer(serializers.Serializer[VillageStanding]):
    rank = serializers.IntegerField(allow_null=True, help_text="equal scores share one")
    village = VillageSerializer(source="*")
    stratum = serializers.ChoiceField(STRATA)
    score = serializers.FloatField(source="result.score", allow_null=True)
    components = ComponentsSerializer(source="result.components")
    weights = serializers.DictField(
        source="result.weights",
        child=serializers.FloatField(),
        help_text="of the components that this village has data for, filled up to one",
    )
    coverage = CoverageSerializer(source="result.coverage", allow_null=True)
    verified = serializers.IntegerField(allow_null=True)
    provisional = serializers.IntegerField(allow_null=True)
    denominator = WorkingPeopleSerializer(allow_null=True)
    cohort = serializers.IntegerField(
        allow_null=True, help_text="people who became members in the formula's months"
    )
    retained = serializers.IntegerField(allow_null=True, help_text="those who still are members")
    officials = OfficialsSerializer(allow_null=True, help_text="the newest count of them")
    are_officials_old = serializers.BooleanField(
        help_text="counted longer ago than the formula calls recent"
    )
    previous_rank = serializers.IntegerField(allow_null=True)
    movement = serializers.IntegerField(
        allow_null=True, help_text="places gained since the month before, below 0: lost"
    )
    unranked = serializers.ChoiceField(
        ("no_denominator", "denominator_too_small", "no_component"),
        source="result.unranked",
        allow_null=True,
    )
    suppressed = serializers.BooleanField(
        source="is_withheld",
        help_text=f"counts from 1 to {SMALLEST_SHOWN - 1} and what they give away are null",
    )


class FormulaSerializer(serializers.Serializer[Formula]):
    version = serializers.CharField()
    weights = ComponentsSerializer()
    z = serializers.FloatField()
    smallest_denominator = serializers.IntegerField()
    cohort_age_months = serializers.IntegerField()
    cohort_months = serializers.IntegerField()
    officials_old_after_months = serializers.IntegerField()
    effective_from = serializers.DateField(allow_null=True)
    effective_until = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own


class RestatedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="of region-changes/")
    kind = serializers.ChoiceField(RegionChange.Kind.choices)
    effective_day = serializers.DateField()
    from_codes = serializers.ListField(child=serializers.CharField())
    to_codes = serializers.ListField(child=serializers.CharField())


class HeadSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(help_text="YYYY-MM")
    as_of = serializers.DateTimeField()
    formula_version = serializers.CharField()
    formula = FormulaSerializer()
    absent_components = serializers.ListField(
        child=serializers.ChoiceField(COMPONENTS), help_text="that no row here has data for"
    )
    weights_in_use = serializers.DictField(
        child=serializers.FloatField(),
        help_text="of the present components, filled up to one; each row has its own",
    )
    revision = serializers.IntegerField(help_text="of the frozen month; 0: live figures")
    unsynced_tablets = serializers.IntegerField()
    restated = RestatedSerializer(
        many=True,
        help_text="changes of villages since the month before: its ranks are by today's villages",
    )


class RankingSerializer(HeadSerializer):
    within = serializers.CharField(allow_blank=True)
    stratum = serializers.CharField(allow_null=True)
    rows = RowSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class PositionSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField(allow_null=True)
    among = serializers.IntegerField(help_text="ranked villages")


class MonthSerializer(serializers.Serializer[Any]):
    month = serializers.DateField(format="%Y-%m")
    provisional = serializers.IntegerField(allow_null=True)
    verified = serializers.IntegerField(allow_null=True)
    hosted = serializers.IntegerField(allow_null=True)


class UsedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    value = serializers.IntegerField()
    kind = serializers.ChoiceField(Denominator.Kind.choices)
    source = serializers.CharField()  # type: ignore[assignment]  # the field hides DRF's own
    year = serializers.IntegerField()


class CoverageRangeSerializer(serializers.Serializer[Any]):
    low = serializers.FloatField(help_text="by the source that counts the most working people")
    high = serializers.FloatField(help_text="by the one that counts the fewest, uncapped")
    sources = serializers.IntegerField(help_text="each with its newest year up to the period's")
    used = UsedSerializer()
    because = serializers.ChoiceField(
        ("only_one", "newest_year", "official_before_estimate", "first_by_name"),
        help_text="why that one is used",
    )


class VillageDetailSerializer(HeadSerializer, RowSerializer):
    in_regency = PositionSerializer()
    in_stratum = PositionSerializer(help_text="in the regency")
    months = MonthSerializer(many=True, help_text="by the month of capture, from old to new")
    coverage_range = CoverageRangeSerializer(
        allow_null=True, help_text="by the sources that there are by now, side by side"
    )


def head(
    within: str,
    ranking: Ranking | VillageDetail,
    rows: Iterable[VillageStanding],
    now: datetime,
) -> dict[str, Any]:
    """What every answer says about its figures."""
    formula, period = ranking.formula, ranking.period
    present = present_components(row.result for row in rows)
    return {
        "period": f"{period:%Y-%m}",
        "as_of": ranking.frozen_at or now,
        "formula_version": formula.version,
        "formula": formula,
        "absent_components": [name for name in COMPONENTS if name not in present],
        "weights_in_use": weights_in_use(formula, present),
        "revision": ranking.revision or LIVE,
        "unsynced_tablets": tablets_of(within, period, now).unsynced,
        "restated": changes_between(within, period),
    }


class StandingsView(APIView):
    permission_classes = [HasRole]
    roles: Mapping[str, Collection[User.Role]] = {"GET": STAFF}


class Rankings(StandingsView):
    @extend_schema(
        operation_id="standings_list",
        parameters=[RankingQuerySerializer],
        responses=RankingSerializer,
    )
    def get(self, request: Request) -> Response:
        """The villages of a region, best first, the unranked at the end.

        Small counts are shown only to who may see the records behind them.
        """
        asked = _asked(RankingQuerySerializer, request)
        now = timezone.now()
        try:
            ranking = village_standings(
                asked["within"],
                asked.get("period") or current_period(now),
                asked.get("stratum"),
                limit=asked["limit"],
                after=asked.get("cursor"),
                revision=asked.get("revision"),
            )
        except NotInRanking:
            raise serializers.ValidationError({"cursor": [NO_CURSOR]}) from None
        except NoSuchRevision:
            raise NotFound from None
        open_to = open_regions(caller(request))
        answer = {
            **head(ranking.within, ranking, ranking.rows, now),
            "within": ranking.within,
            "stratum": ranking.stratum,
            "rows": [guarded(row, open_to) for row in ranking.rows],
            "next": ranking.next,
        }
        return Response(RankingSerializer(answer).data)


class OneVillage(StandingsView):
    @extend_schema(
        operation_id="standings_retrieve",
        parameters=[QuerySerializer],
        responses=VillageDetailSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        """One village: its rank in its regency and stratum, its months."""
        asked = _asked(QuerySerializer, request)
        now = timezone.now()
        if not is_village_code(code) or not Region.objects.filter(code=code).exists():
            raise NotFound
        try:
            detail = village_standing(
                code, asked.get("period") or current_period(now), asked.get("revision")
            )
        except (NotInRanking, NoSuchRevision):
            raise NotFound from None
        open_to = open_regions(caller(request))
        row = guarded(detail.row, open_to)
        answer = {
            **head(code[:5], detail, [detail.row], now),
            **asdict(row),
            "movement": row.movement,
            "in_regency": detail.in_regency,
            "in_stratum": detail.in_stratum,
            "months": guarded_months(code, detail.months, open_to),
            "coverage_range": coverage_range(
                None if row.is_withheld else row.verified, measures(code, detail.period)
            ),
        }
        return Response(VillageDetailSerializer(answer).data)


def _asked(form: type[serializers.Serializer[Any]], request: Request) -> Any:
    asked = form(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return asked.validated_data


urlpatterns = [
    path("standings/", Rankings.as_view(), name="standings"),
    path("standings/<str:code>/", OneVillage.as_view(), name="standing"),
]
