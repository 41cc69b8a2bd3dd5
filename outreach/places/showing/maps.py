"""What a map of a region shows: current outlines that share their borders, or true polygons."""

import gzip
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
import shapely

from outreach import bulk
from outreach.geo.polygons.simplifying import (
    FINEST_TOLERANCE_M,
    alone_on_a_map,
    map_tolerance_m,
    on_a_map,
    united,
)
from outreach.geo.region_codes import CODE_LENGTHS, level_of
from outreach.models import BoundarySet, Region
from outreach.places.showing.kept import Kept

MOST_SHAPES = 10_000
_REGENCY = CODE_LENGTHS[1]
_SHOWN = """
WITH earlier AS (
    SELECT DISTINCT ON (regency) regency, (moved ->> 'before')::uuid AS set_id
    FROM outreach_boundarychange AS change, jsonb_each(regencies) AS each(regency, moved)
    WHERE %s AND outlined_at IS NULL AND regency LIKE %s
    ORDER BY regency, change.id
), shown AS (
    SELECT boundary.* FROM outreach_boundary AS boundary
    LEFT JOIN earlier ON earlier.regency = left(region_id, 5)
    WHERE wkb IS NOT NULL AND (region_id = %s OR region_id LIKE %s)
    AND CASE WHEN earlier.set_id IS NULL THEN is_current ELSE boundary.set_id = earlier.set_id END
)"""
"""The boundaries that a region's map is made of: the current ones.

But of a province those before the changes that are not drawn yet: they fit together.
"""
_packed_maps: Kept[bytes | None] = Kept(16)


class TooManyShapes(Exception):
    """The map would have more than 10,000 shapes."""


class Version(NamedTuple):
    """Changes of boundaries that a map knows of; maps of one version are the same.

    `newest` is the newest change in the region, and `drawn` the newest in its province that
    outlines fit: they are made for a province together. It `is_provisional` while outlines are made
    anew for a change in the region: a province is then shown as it was drawn before, and of others
    neighbours may overlap or leave gaps. `names` stands for the regions' own names.
    """

    newest: int
    drawn: int
    is_provisional: bool
    names: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A region and the polygon to draw it with, WGS84 longitude and latitude."""

    code: str
    name: str
    kind: str
    polygon: Any


def map_version(code: str) -> Version:
    """The version of the maps of a region and of all below it, in one statement."""
    own = f"{code[:_REGENCY]}%"
    [(newest, drawn, is_provisional, names)] = bulk.run(
        "SELECT max(change.id) FILTER (WHERE regency LIKE %s),"
        " max(change.id) FILTER (WHERE outlined_at IS NOT NULL),"
        " coalesce(bool_or(outlined_at IS NULL) FILTER (WHERE regency LIKE %s), false),"
        " (SELECT md5(string_agg(code || kind || name, '|' ORDER BY code))"
        " FROM outreach_region WHERE code = %s OR code LIKE %s)"
        " FROM outreach_boundarychange AS change, jsonb_object_keys(regencies) AS regency"
        " WHERE regency LIKE %s",
        [own, own, code, f"{code}.%", f"{code[:2]}.%"],
    )
    return Version(newest or 0, drawn or 0, is_provisional, names or "")


def _shown_of(code: str) -> list[Any]:
    """The parameters of _SHOWN."""
    is_province = level_of(code) == Region.Level.PROVINCE
    return [is_province, f"{code}.%", code, f"{code}.%"]


def shapes(code: str, level: int = Region.Level.VILLAGE, *, full: bool = False) -> list[Shape]:
    """The regions of a level in a region (or itself) that have a polygon to draw, by code.

    Simplified together, as coarse as a map of them all can show, unless the `full` polygons of
    villages are asked for. Raises TooManyShapes.
    """
    rows = bulk.run(
        f"{_SHOWN} SELECT region_id, name, kind, outline IS NOT NULL,"
        " CASE WHEN %s OR outline IS NULL THEN wkb ELSE outline END"
        " FROM shown JOIN outreach_region ON code = region_id ORDER BY region_id LIMIT %s",
        [*_shown_of(code), full, MOST_SHAPES + 1],
    )
    if len(rows) > MOST_SHAPES:
        raise TooManyShapes
    polygons: Any = np.array(shapely.from_wkb([bytes(row[4]) for row in rows]), dtype=object)
    is_outline = np.array([row[3] for row in rows], dtype=bool)
    if not full:
        polygons[is_outline] = on_a_map(polygons[is_outline])
        polygons[~is_outline] = alone_on_a_map(polygons[~is_outline])
    if level == Region.Level.VILLAGE:
        return [
            Shape(row[0], row[1], row[2], polygon)
            for row, polygon in zip(rows, polygons.tolist(), strict=True)
        ]
    return _dissolved([row[0] for row in rows], polygons, is_outline, level)


def village_outlines(codes: Collection[str]) -> dict[str, Any]:
    """The polygon of each of these villages that has one, as of now, coarse enough to be drawn.

    Each stays as it is whatever else is asked for, so neighbours fit only once they are outlined.
    """
    rows = bulk.run(
        "SELECT region_id, coalesce(outline, wkb), outline IS NOT NULL FROM outreach_boundary"
        " WHERE is_current AND wkb IS NOT NULL AND region_id = ANY(%s)",
        [list(codes)],
    )
    polygons = {code: shapely.from_wkb(bytes(wkb)) for code, wkb, _ in rows}
    for code, _, is_outline in rows:
        if not is_outline:
            [polygons[code]] = alone_on_a_map(np.array([polygons[code]], dtype=object))
    return polygons


def _dissolved(villages: list[str], polygons: Any, is_outline: Any, level: int) -> list[Shape]:
    members: dict[str, list[int]] = {}
    for place, village in enumerate(villages):
        members.setdefault(village[: CODE_LENGTHS[level - 1]], []).append(place)
    regions = Region.objects.in_bulk(members)
    reach_m = max(map_tolerance_m(polygons), FINEST_TOLERANCE_M)
    return [
        Shape(
            code,
            regions[code].name,
            regions[code].kind,
            _union(polygons[places])
            if is_outline[places].all()
            else united(polygons[places], reach_m),
        )
        for code, places in members.items()
    ]


def _union(outlines: Any) -> Any:
    """Outlines as one; quickly where they share their borders, as they do in one drawing."""
    union = shapely.coverage_union_all(outlines)
    return union if union.is_valid else shapely.union_all(outlines)


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
    """What the boundaries on a region's map come from, to be named on it, each once."""
    rows = bulk.run(f"{_SHOWN} SELECT DISTINCT set_id FROM shown", _shown_of(code))
    used = BoundarySet.objects.filter(id__in=[set_id for (set_id,) in rows])
    fields = ("source", "vintage", "licence", "status", "border_error_m")
    return list(used.order_by(*fields).distinct().values(*fields))
