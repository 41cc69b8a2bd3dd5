"""Reference: regions, their boundaries, and which village a point lies in."""

from typing import Any, cast

from django.http import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import queried
from outreach.api.freshness import kept, not_modified, tag_of, with_tag
from outreach.api.packing import packed
from outreach.api.region_shapes import (
    AliasSerializer,
    BoundaryChangeSerializer,
    BoundarySetSerializer,
    BoundarySourceSerializer,
    DenominatorSerializer,
    FixSerializer,
    MapQuerySerializer,
    ParentForm,
    PlacementSerializer,
    RegionDetailSerializer,
    RegionListSerializer,
    RegionSerializer,
)
from outreach.api.standings import STAFF
from outreach.geo.region_codes import is_region_code, lineage_of
from outreach.models import Boundary, Region, RegionAlias, User
from outreach.places.regions.aliases import resolve
from outreach.places.showing.histories import boundary_changes, boundary_sets
from outreach.places.showing.maps import TooManyShapes, map_version, packed_map
from outreach.places.village_index import Fix, current_villages, locate_all
from outreach.problems import Problem, invalid


class RegionView(APIView):
    """Reference is for whoever is signed in."""

    permission_classes = [IsAuthenticated]


class Regions(RegionView):
    @extend_schema(
        operation_id="regions_list",
        parameters=[ParentForm],
        responses=RegionListSerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The regions directly under one, or the provinces. With an ETag."""
        parent = queried(ParentForm, request).get("parent")
        children = Region.objects.filter(parent=_region(parent) if parent else None)
        listed = RegionListSerializer({"regions": children.order_by("code")}).data
        return kept(request, listed)


class RegionDetail(RegionView):
    @extend_schema(operation_id="regions_retrieve", responses=RegionDetailSerializer)
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """One region with those above it, its denominators and where its boundaries come from.

        With an ETag. An older code is not found: the problem's `successor` has the code of today.
        """
        region = _region(code)
        boundary = region.boundaries.filter(is_current=True).defer("wkb", "outline")
        current = boundary.select_related("set").defer("set__report").first()
        asked = {
            "regency": code[:5],
            "tells_reasons": cast("User", request.user).role in STAFF,
        }
        detail = {
            **RegionSerializer(region).data,
            "bps_code": region.bps_code,
            "ancestors": RegionSerializer(
                Region.objects.filter(code__in=lineage_of(code)[:-1]).order_by("level"), many=True
            ).data,
            "denominators": DenominatorSerializer(
                region.denominators.filter(replaced_at=None).order_by("-year", "segment", "source"),
                many=True,
            ).data,
            "boundary": BoundarySourceSerializer(current).data if current else None,
            "aliases": AliasSerializer(region.aliases.order_by("system", "code"), many=True).data,
            "boundary_sets": BoundarySetSerializer(boundary_sets(code), many=True).data,
            "boundary_changes": [
                BoundaryChangeSerializer(change, context=asked).data
                for change in boundary_changes(code)
            ],
        }
        return kept(request, detail)


class GeoJSONRenderer(JSONRenderer):
    media_type = "application/geo+json"


class RegionBoundary(RegionView):
    renderer_classes = [GeoJSONRenderer, JSONRenderer]

    @extend_schema(
        operation_id="regions_boundary",
        parameters=[MapQuerySerializer],
        responses={(200, "application/geo+json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """The current boundary for a map: a village as a feature, other regions as a collection.

        Shapes are simplified together, so that neighbours share their borders, to what a map 1,500
        pixels wide can show; `is_provisional` says that this has not been done since boundaries
        changed here, and a province is shown as it was drawn before. Villages without a polygon are
        left out. `sources` are to be named on the map. With an ETag that changes with the
        boundaries; gzipped for whoever takes it.
        """
        region = _region(code)
        query = queried(MapQuerySerializer, request)
        level, detail = query["level"], query["detail"]
        _check_map(region, level, detail)
        version = map_version(code)
        tag = tag_of(code, level, detail, *version)
        if unchanged := not_modified(request, tag):
            return unchanged
        try:
            body = packed_map(code, level, version, full=detail == "full")
        except TooManyShapes:
            raise Problem("too_large", _("Ask for a region below this one, or level 3.")) from None
        if body is None:
            raise NotFound
        return with_tag(packed(request, body, request.accepted_renderer.media_type), tag)


class Locate(RegionView):
    @extend_schema(
        operation_id="regions_locate", parameters=[FixSerializer], responses=PlacementSerializer
    )
    def get(self, request: Request) -> Response:
        """The villages that a fix may lie in, with probabilities; areas where it is too coarse."""
        asked = queried(FixSerializer, request)
        current = current_villages()
        [placement] = locate_all(current.index, [Fix(**asked)])
        assert placement is not None
        # What is left of 1 may be 1e-16, which would look like a chance.
        outside = round(placement.outside, 9)
        codes = [code for code, _ in (*placement.probabilities, *placement.areas)]
        boundaries = Boundary.objects.filter(is_current=True, region__in=codes)
        sets = dict(boundaries.values_list("region_id", "set_id"))
        regions = Region.objects.in_bulk(codes)

        def placed(code: str, probability: float) -> dict[str, Any]:
            region = regions[code]
            return {
                "code": code,
                "name": region.name,
                "kind": region.kind,
                "probability": probability,
            }

        return Response(
            {
                "villages": [
                    {**placed(*entry), "set": sets.get(entry[0])}
                    for entry in placement.probabilities
                ],
                "areas": [placed(*entry) for entry in placement.areas],
                "outside": 0.0 if placement.says_nothing else outside,
                "outside_areas": outside if placement.areas else None,
                "says_nothing": placement.says_nothing,
                "boundary_version": current.version,
            }
        )


def _region(code: str) -> Region:
    """The region of today with this code. Raises Problem, with the successor of an older code."""
    if not is_region_code(code):
        raise NotFound
    region = Region.objects.filter(code=code).first()
    if region is None:
        older = resolve(RegionAlias.System.KEMENDAGRI, [code]).get(code)
        if older is None:
            raise NotFound
        raise Problem(
            "not_found",
            _("This code is not used any more."),
            former_name=older.name,
            successor=older.region and {"code": older.region, "confidence": older.confidence},
        )
    return region


def _check_map(region: Region, level: int, detail: str) -> None:
    """Raises Problem for a map that cannot be."""
    if level < region.level:
        raise invalid(("/level", "level", _("This level is above the region's own.")))
    if detail == "full" and (region.level < Region.Level.DISTRICT or level < Region.Level.VILLAGE):
        raise invalid(
            ("/detail", "detail", _("True polygons are given of a village or a district's."))
        )


urlpatterns = [
    path("regions/", Regions.as_view(), name="regions"),
    path("regions/locate/", Locate.as_view(), name="regions-locate"),
    path("regions/<str:code>/", RegionDetail.as_view(), name="region"),
    path("regions/<str:code>/boundary/", RegionBoundary.as_view(), name="region-boundary"),
]
