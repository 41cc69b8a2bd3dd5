"""A village's boundaries of all sets over each other, and how they fit among its neighbours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import F

from outreach.geo.locating.border_cells import GAP_M
from outreach.geo.locating.index import VillageIndex
from outreach.geo.polygons.differences import Difference, difference, in_metres
from outreach.models import Boundary
from outreach.places.village_index import current_villages

MOST_COMPARED = 12
_ROUND_M = 60.0
_POINTS_ROUND = 600
_MOST_RINGS = 50
_METRES_PER_DEGREE = 111_000.0
_LEAST_OVERLAP_M2 = 100.0


@dataclass(frozen=True, slots=True)
class KnownBoundary:
    """A village's boundary in one set; `polygon` is None where the set has none.

    `difference` is from the reference, the current boundary or else the newest with a polygon; None
    for the reference itself and where either has no polygon.
    """

    boundary: Boundary
    polygon: Any
    is_reference: bool
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A village whose current boundary is near one of a village's boundaries.

    It `is_beside` the reference if within 60 m of it; `overlap_m2` of that is claimed by both.
    """

    code: str
    name: str
    polygon: Any
    is_beside: bool
    overlap_m2: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The neighbours by code, and what no village has within 25 m of the first polygon."""

    neighbours: list[Neighbour]
    uncovered_m2: float


def known_boundaries(code: str) -> list[KnownBoundary]:
    """A village's boundaries in all sets, the current one first and then the set loaded last."""
    found = list(
        Boundary.objects.filter(region=code)
        .select_related("set")
        .defer("outline", "set__report")
        .order_by(F("is_current").desc(), "-set__loaded_at", "set_id")[:MOST_COMPARED]
    )
    polygons = [shapely.from_wkb(bytes(row.wkb)) if row.wkb else None for row in found]
    reference = next((place for place, polygon in enumerate(polygons) if polygon), None)
    return [
        KnownBoundary(
            boundary=boundary,
            polygon=polygon,
            is_reference=place == reference,
            difference=None
            if polygon is None or reference is None or place == reference
            else difference(polygons[reference], polygon),
        )
        for place, (boundary, polygon) in enumerate(zip(found, polygons, strict=True))
    ]


def surroundings(code: str, polygons: Sequence[Any]) -> Surroundings:
    """The villages of today around a village's polygons, and how they fit the first of these."""
    index = current_villages().index
    codes = {found for polygon in polygons for found in _codes_around(index, polygon)}
    near = Boundary.objects.filter(is_current=True, wkb__isnull=False, region__in=codes - {code})
    rows = list(near.values_list("region_id", "region__name", "wkb").order_by("region_id"))
    others = shapely.from_wkb([bytes(wkb or b"") for _, _, wkb in rows])
    [here, *around] = in_metres([polygons[0], *others])
    away = shapely.distance(here, np.array(around, dtype=object))
    overlaps = shapely.area(shapely.intersection(here, np.array(around, dtype=object)))
    reach = here.buffer(GAP_M).difference(shapely.union_all([here, *around]))
    return Surroundings(
        neighbours=[
            Neighbour(*row[:2], polygon, *fits)
            for row, polygon, fits in zip(rows, others, _fits(away, overlaps), strict=True)
        ],
        uncovered_m2=float(reach.area),
    )


def _fits(away: Any, overlaps: Any) -> Iterator[tuple[bool, float]]:
    """Whether each neighbour is beside the reference, and how much of it both claim."""
    for distance, overlap in zip(away.tolist(), overlaps.tolist(), strict=True):
        yield distance <= _ROUND_M, overlap if overlap >= _LEAST_OVERLAP_M2 else 0.0


def _codes_around(index: VillageIndex, polygon: Any) -> set[str]:
    """The villages on and just outside a polygon's border."""
    coarse = shapely.simplify(polygon, _ROUND_M / 4 / _METRES_PER_DEGREE)
    outside = shapely.buffer(coarse, _ROUND_M / _METRES_PER_DEGREE)
    parts = shapely.get_parts(shapely.boundary([coarse, outside]))
    parts = parts[np.argsort(-shapely.length(parts))][:_MOST_RINGS]
    share = shapely.length(parts) / shapely.length(parts).sum()
    xy = np.concatenate(
        [
            shapely.get_coordinates(shapely.line_interpolate_point(part, places, normalized=True))
            for part, places in zip(
                parts, [np.linspace(0, 1, 8 + round(_POINTS_ROUND * s)) for s in share], strict=True
            )
        ]
    )
    exact = np.zeros(len(xy))
    found = index.locate(xy[:, 1], xy[:, 0], exact, ["p68"] * len(xy))
    return {village for placement in found for village, _ in placement.probabilities}
