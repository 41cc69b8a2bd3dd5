"""What a map of a region shows: current outlines that share their borders, or true polygons."""

import gzip
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
import shapely

from outreach import bulk
from outreach.geo.polygons.simplifying import alone_on_a_map, on_a_map
from outreach.geo.region_codes import CODE_LENGTHS
from outreach.models import BoundarySet, Region
from outreach.places.showing.kept import Kept

MOST_SHAPES = 10_000
_packed_maps: Kept[bytes | None] = Kept(16)


class TooManyShapes(Exception):
    """The map would have more than 10,000 shapes."""


class Version(NamedTuple):
    """Changes of boundaries that a map knows of; maps of one version are the same.

    `drawn` is the newest change that outlines fit; `names` stands for the regions' own names.
    """

    newest: int
    drawn: int
    names: str

    @property
    def is_provisional(self) -> bool:
        """Outlines are being made anew: until then neighbours may overlap or leave gaps."""
        return self.drawn < self.newest


@dataclass(frozen=True, slots=True)
class Shape:
    """A region and the polygon to draw it with, WGS84 longitude and latitude."""

    code: str
    name: str
    kind: str
    polygon: Any


def map_version(code: str) -> Version:
    """The version of the maps of a region and of all below it, in one statement."""
    [(newest, drawn, names)] = bulk.run(
        "SELECT (SELECT max(id) FROM outreach_boundarychange),"
        " (SELECT max(id) FROM outreach_boundarychange WHERE outlined_at IS NOT NULL),"
        " md5(string_agg(code || kind || name, '|' ORDER BY code))"
        " FROM outreach_region WHERE code = %s OR code LIKE %s",
        [code, f"{code}.%"],
    )
    return Version(newest or 0, drawn or 0, names or "")


def shapes(code: str, level: int = Region.Level.VILLAGE, *, full: bool = False) -> list[Shape]:
    """The regions of a level in a region (or itself) that have a current polygon, by code.

    Simplified together, as coarse as a map of them all can show, unless the `full` polygons of
    villages are asked for. Raises TooManyShapes.
    """
    rows = bulk.run(
        "SELECT region_id, name, kind, outline IS NOT NULL,"
        " CASE WHEN %s OR outline IS NULL THEN wkb ELSE outline END"
        " FROM outreach_boundary JOIN outreach_region ON code = region_id"
        " WHERE is_current AND wkb IS NOT NULL AND (region_id = %s OR region_id LIKE %s)"
        " ORDER BY region_id LIMIT %s",
        [full, code, f"{code}.%", MOST_SHAPES + 1],
    )
    if len(rows) > MOST_SHAPES:
        raise TooManyShapes
    polygons: Any = np.array(shapely.from_wkb([bytes(row[4]) for row in rows]), dtype=object)
    fit_together = all(row[3] for row in rows)
    if not full:
        polygons = on_a_map(polygons) if fit_together else alone_on_a_map(polygons)
    if level == Region.Level.VILLAGE:
        return [
            Shape(row[0], row[1], row[2], polygon)
            for row, polygon in zip(rows, polygons.tolist(), strict=True)
        ]
    return _dissolved([row[0] for row in rows], polygons, level, fit_together=fit_together)


def _dissolved(
    villages: list[str], polygons: Any, level: int, *, fit_together: bool
) -> list[Shape]:
    members: dict[str, list[int]] = {}
    for place, village in enumerate(villages):
        members.setdefault(village[: CODE_LENGTHS[level - 1]], []).append(place)
    regions = Region.objects.in_bulk(members)
    return [
        Shape(
            code,
            regions[code].name,
            regions[code].kind,
            _union(polygons[places], fit_together=fit_together),
        )
        for code, places in members.items()
    ]


def _union(polygons: Any, *, fit_together: bool) -> Any:
    """Polygons as one; quickly where they share their borders."""
    union = shapely.coverage_union_all(polygons) if fit_together else None
    return union if union is not None and union.is_valid else shapely.union_all(polygons)


def packed_map(code: str, level: int, version: Version, *, full: bool) -> bytes | None:
    """A region's map as gzipped GeoJSON; None for a village without a polygon.

    A village is a feature and others are a collection. `version` has to be the map's own. Raises
    TooManyShapes, and TimeoutError where another thread takes too long to make it.
    """
    key = code, level, version, full
    return _packed_maps.get(key, lambda: _packed(code, level, version, full=full))


def _packed(code: str, level: int, version: Version, *, full: bool) -> bytes | None:
    state = {"is_provisional": version.is_provisional and not full, "sources": sources(code)}
    features = [
        {
            "type": "Feature",
            "id": shape.code,
            "properties": {"code": shape.code, "name": shape.name, "kind": shape.kind},
            "geometry": msgspec.Raw(shapely.to_geojson(shape.polygon).encode()),
        }
        for shape in shapes(code, level, full=full)
    ]
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if len(code) == CODE_LENGTHS[-1]:
        if not features:
            return None
        [document] = features
    return gzip.compress(msgspec.json.encode(document | state), compresslevel=6, mtime=0)


def sources(code: str) -> list[dict[str, Any]]:
    """What the current boundaries of a region come from, to be named on its map, each once."""
    rows = bulk.run(
        "SELECT DISTINCT set_id FROM outreach_boundary"
        " WHERE is_current AND wkb IS NOT NULL AND (region_id = %s OR region_id LIKE %s)",
        [code, f"{code}.%"],
    )
    used = BoundarySet.objects.filter(id__in=[set_id for (set_id,) in rows])
    fields = ("source", "vintage", "licence", "status", "border_error_m")
    return list(used.order_by(*fields).distinct().values(*fields))
