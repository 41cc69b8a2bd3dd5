"""What is asked of standings over HTTP, and the shapes of what is told."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound

from outreach.api.forms import AskedInteger, Form, Month
from outreach.geo.region_codes import is_village_code
from outreach.models import Denominator, Formula, Region, RegionChange
from outreach.standings.months import current_period
from outreach.standings.recounting import VillageStanding
from outreach.standings.scoring import COMPONENTS, STRATA
from outreach.standings.small_cells import SMALLEST_SHOWN

PAGE_SIZE = 100
LARGEST_PAGE = 500
NO_CURSOR = _("This is not a cursor of this list.")


class PeriodField(Month):
    """A month that has begun, read as its first day."""

    default_error_messages = {"future": _("This month has not begun.")}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        period = date.fromisoformat(f"{text}-01")
        if period > current_period(timezone.now()):
            self.fail("future")
        return period


class QuerySerializer(Form):
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
