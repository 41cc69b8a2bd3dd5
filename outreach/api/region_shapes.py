"""What is said about regions, their boundaries and where a fix lies."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from outreach.api.forms import AskedInteger, AskedNumber, Form
from outreach.models import Boundary, BoundaryChange, BoundarySet, Denominator, Region, RegionAlias


class RegionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Region.Kind.choices)
    level = serializers.IntegerField(help_text="1 province, 2 regency, 3 district, 4 village")
    parent = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own parent
        source="parent_id", allow_null=True
    )
    time_zone = serializers.CharField()


class ParentForm(Form):
    parent = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own parent
        required=False, trim_whitespace=False, help_text="a region's code; none: provinces"
    )


class RegionListSerializer(serializers.Serializer[Any]):
    regions = RegionSerializer(many=True)


class DenominatorSerializer(serializers.ModelSerializer[Denominator]):
    class Meta:
        model = Denominator
        fields = ("year", "segment", "value", "kind", "method", "source")


class BoundarySourceSerializer(serializers.Serializer[Boundary]):
    source = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own source
        source="set.source"
    )
    vintage = serializers.CharField(source="set.vintage")
    licence = serializers.CharField(source="set.licence")
    border_error_m = serializers.FloatField(source="set.border_error_m")
    area_km2 = serializers.FloatField(allow_null=True)
    has_polygon = serializers.SerializerMethodField()

    def get_has_polygon(self, boundary: Boundary) -> bool:
        return boundary.area_km2 is not None


class AliasSerializer(serializers.ModelSerializer[RegionAlias]):
    class Meta:
        model = RegionAlias
        fields = ("system", "code", "name", "confidence", "basis", "last_vintage", "source")


class BoundarySetSerializer(serializers.ModelSerializer[BoundarySet]):
    """A set and how much of the region it has."""

    villages = serializers.IntegerField(help_text="villages here that the set knows of")
    with_polygon = serializers.IntegerField()
    current = serializers.IntegerField(help_text="villages here whose current boundary it gives")
    area_km2 = serializers.FloatField(allow_null=True, help_text="of its polygons here")

    class Meta:
        model = BoundarySet
        fields = (
            "id",
            "source",
            "vintage",
            "licence",
            "status",
            "border_error_m",
            "loaded_at",
            "villages",
            "with_polygon",
            "current",
            "area_km2",
        )


class BoundaryChangeSerializer(serializers.Serializer[BoundaryChange]):
    """A change of the current set in one regency or city; why is for staff only."""

    id = serializers.IntegerField(help_text="the version of the boundaries since then")
    kind = serializers.ChoiceField(choices=BoundaryChange.Kind.choices)
    made_at = serializers.DateTimeField()
    reason = serializers.CharField(required=False, help_text="not told to a kader")
    before = serializers.SerializerMethodField(help_text="the set that was current, or null")
    after = serializers.SerializerMethodField(help_text="the set that is current since, or null")
    reattributed_at = serializers.DateTimeField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if not self.context.get("tells_reasons", True):
            del fields["reason"]
        return fields

    def get_before(self, change: BoundaryChange) -> UUID | None:
        before: UUID | None = change.regencies[self.context["regency"]]["before"]
        return before

    def get_after(self, change: BoundaryChange) -> UUID | None:
        after: UUID | None = change.regencies[self.context["regency"]]["after"]
        return after


class RegionDetailSerializer(RegionSerializer):
    bps_code = serializers.CharField(help_text="empty where unknown")
    ancestors = RegionSerializer(many=True, help_text="the province first")
    denominators = DenominatorSerializer(many=True)
    boundary = BoundarySourceSerializer(allow_null=True, help_text="of villages only")
    aliases = AliasSerializer(many=True, help_text="older and other codes that stand for it")
    boundary_sets = BoundarySetSerializer(
        many=True, help_text="current ones first, then loaded last"
    )
    boundary_changes = BoundaryChangeSerializer(
        many=True, help_text="of its regency or city, the newest first"
    )


class FixSerializer(Form):
    lat = AskedNumber(min_value=-90, max_value=90)
    lon = AskedNumber(min_value=-180, max_value=180)
    accuracy_m = AskedNumber(min_value=0, max_value=1_000_000)
    accuracy_kind = serializers.ChoiceField(choices=("p68", "p95", "unknown"), default="unknown")


class PlacedSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Region.Kind.choices)
    probability = serializers.FloatField()


class PlacedVillageSerializer(PlacedSerializer):
    set = serializers.UUIDField(help_text="of the boundary")


class PlacementSerializer(serializers.Serializer[Any]):
    villages = PlacedVillageSerializer(many=True, help_text="the most probable first")
    areas = PlacedSerializer(
        many=True,
        help_text="districts, or else regencies and cities, for fixes coarser than 1 km;"
        " they sum to 1 with `outside_areas`",
    )
    outside = serializers.FloatField(
        help_text="the probability of lying in no village; 0 where it says nothing of villages"
    )
    outside_areas = serializers.FloatField(
        allow_null=True,
        help_text="the probability of lying in none of the areas, such as at sea or where no"
        " boundaries are loaded; null where there are no areas",
    )
    says_nothing = serializers.BooleanField(
        help_text="too coarse to be evidence for or against any village"
    )
    boundary_version = serializers.IntegerField(
        allow_null=True, help_text="the newest change of boundaries; null before any"
    )


class MapQuerySerializer(Form):
    level = AskedInteger(
        min_value=2,
        max_value=4,
        default=4,
        help_text="of the shapes: 2 regencies and cities, 3 districts, 4 villages",
    )
    detail = serializers.ChoiceField(
        choices=("outline", "full"),
        default="outline",
        help_text="full: true polygons, of a village or a district's villages",
    )
