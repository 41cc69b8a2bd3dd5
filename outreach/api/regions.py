"""Reference: regions, their boundaries, and which village a point lies in."""

from math import isfinite
from typing import Any

import shapely
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from shapely.geometry import mapping

from outreach.geo.region_codes import is_region_code
from outreach.models import Boundary, Denominator, Region
from outreach.places.index import Fix, locate_all, village_index
from outreach.problems import Problem


class RegionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Region.Kind.choices)
    level = serializers.IntegerField(help_text="1 province, 2 regency, 3 district, 4 village")
    parent = serializers.CharField(  # type: ignore[assignment]  # the field hides DRF's own parent
        source="parent_id", allow_null=True
    )
    time_zone = serializers.CharField()


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


class RegionDetailSerializer(RegionSerializer):
    bps_code = serializers.CharField(help_text="empty where unknown")
    ancestors = RegionSerializer(many=True, help_text="the province first")
    denominators = DenominatorSerializer(many=True)
    boundary = BoundarySourceSerializer(allow_null=True, help_text="of villages only")


class FixSerializer(serializers.Serializer[Any]):
    lat = serializers.FloatField(min_value=-90, max_value=90)
    lon = serializers.FloatField(min_value=-180, max_value=180)
    accuracy_m = serializers.FloatField(min_value=0, max_value=1_000_000)
    accuracy_kind = serializers.ChoiceField(choices=("p68", "p95", "unknown"), default="unknown")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("lat", "lon", "accuracy_m"):
            if not isfinite(attrs[name]):
                raise serializers.ValidationError({name: "This is not a finite number."})
        return attrs


class PlacedVillageSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Region.Kind.choices)
    probability = serializers.FloatField()


class PlacementSerializer(serializers.Serializer[Any]):
    villages = PlacedVillageSerializer(many=True, help_text="the most probable first")
    outside = serializers.FloatField(help_text="the probability of lying in no village")
    says_nothing = serializers.BooleanField(
        help_text="too coarse to be evidence for or against any village"
    )


class RegionView(APIView):
    """Reference is for whoever is signed in."""

    permission_classes = [IsAuthenticated]


class Regions(RegionView):
    @extend_schema(
        operation_id="regions_list",
        parameters=[OpenApiParameter("parent", description="a region's code; none: provinces")],
        responses=RegionListSerializer,
    )
    def get(self, request: Request) -> Response:
        """The regions directly under one, or the provinces."""
        parent = request.query_params.get("parent")
        children = Region.objects.filter(parent=_region(parent) if parent else None)
        return Response(RegionListSerializer({"regions": children.order_by("code")}).data)


class RegionDetail(RegionView):
    @extend_schema(operation_id="regions_retrieve", responses=RegionDetailSerializer)
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        """One region with those above it, its denominators and where its boundary comes from."""
        region = _region(code)
        above = [code[:length] for length in (2, 5, 8) if length < len(code)]
        boundary = region.boundaries.filter(is_current=True).defer("wkb").select_related("set")
        current = boundary.first()
        return Response(
            {
                **RegionSerializer(region).data,
                "bps_code": region.bps_code,
                "ancestors": RegionSerializer(
                    Region.objects.filter(code__in=above).order_by("level"), many=True
                ).data,
                "denominators": DenominatorSerializer(
                    region.denominators.order_by("-year", "segment", "source"), many=True
                ).data,
                "boundary": BoundarySourceSerializer(current).data if current else None,
            }
        )


class GeoJSONRenderer(JSONRenderer):
    media_type = "application/geo+json"


class RegionBoundary(RegionView):
    renderer_classes = [GeoJSONRenderer, JSONRenderer]

    @extend_schema(
        operation_id="regions_boundary",
        responses={(200, "application/geo+json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        """The current boundary: a village's as a feature, those under a district, regency or city
        as a collection. Villages without a polygon are left out."""
        region = _region(code)
        if region.level == Region.Level.PROVINCE:
            raise Problem("too_large", "Ask for the boundaries of one regency or city at a time.")
        boundaries = Boundary.objects.filter(is_current=True, wkb__isnull=False)
        if region.level == Region.Level.VILLAGE:
            boundary = boundaries.select_related("region").filter(region=region).first()
            if boundary is None:
                raise NotFound
            return Response(_feature(boundary))
        below = boundaries.select_related("region").filter(region__code__startswith=f"{code}.")
        features = [_feature(boundary) for boundary in below.order_by("region_id")]
        return Response({"type": "FeatureCollection", "features": features})


class Locate(RegionView):
    @extend_schema(
        operation_id="regions_locate", parameters=[FixSerializer], responses=PlacementSerializer
    )
    def get(self, request: Request) -> Response:
        """The villages that a fix may lie in, with probabilities."""
        asked = FixSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        [placement] = locate_all(village_index(), [Fix(**asked.validated_data)])
        assert placement is not None
        codes = [code for code, _ in placement.probabilities]
        regions = Region.objects.in_bulk(codes)
        villages = [
            {
                "code": code,
                "name": regions[code].name,
                "kind": regions[code].kind,
                "probability": probability,
            }
            for code, probability in placement.probabilities
        ]
        return Response(
            {
                "villages": villages,
                "outside": placement.outside,
                "says_nothing": placement.says_nothing,
            }
        )


def _region(code: str) -> Region:
    region = Region.objects.filter(code=code).first() if is_region_code(code) else None
    if region is None:
        raise NotFound
    return region


def _feature(boundary: Boundary) -> dict[str, Any]:
    region = boundary.region
    return {
        "type": "Feature",
        "id": region.code,
        "properties": {"code": region.code, "name": region.name, "kind": region.kind},
        "geometry": mapping(shapely.from_wkb(bytes(boundary.wkb or b""))),
    }


urlpatterns = [
    path("regions/", Regions.as_view(), name="regions"),
    path("regions/locate/", Locate.as_view(), name="regions-locate"),
    path("regions/<str:code>/", RegionDetail.as_view(), name="region"),
    path("regions/<str:code>/boundary/", RegionBoundary.as_view(), name="region-boundary"),
]
