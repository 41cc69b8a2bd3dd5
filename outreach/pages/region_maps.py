"""Maps of the pages about regions, as paths of one SVG picture each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from outreach.geo.polygons.drawing import Frame, ScaleBar, label_places, path_of, short_path_of
from outreach.geo.region_codes import CODE_LENGTHS, level_of
from outreach.models import Region
from outreach.places.showing.comparisons import KnownBoundary, Neighbour
from outreach.places.showing.kept import Kept
from outreach.places.showing.maps import Shape, TooManyShapes, Version, shapes, sources

WIDTH, MOST_HEIGHT = 720.0, 640.0
VILLAGES_WIDTH, VILLAGES_HEIGHT = 800.0, 880.0
CROWD = 1500
"""From so many villages on a map leaves out what is smaller than one and a half of its pixels."""
MOST_DRAWN = 6
"""Sets that a reader can tell apart by colour and line."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One region as drawn: its path, and where its name fits, if it does."""

    code: str
    name: str
    path: str
    at: tuple[float, float] | None

    @property
    def label(self) -> str:
        return _label(self.code, self.name)


@dataclass(frozen=True, slots=True)
class Picture:
    """A map: areas to fill, with `lines` over them."""

    width: float
    height: float
    areas: list[Drawn]
    lines: list[Drawn]
    bar: ScaleBar


def village_map(known: Sequence[KnownBoundary], neighbours: Sequence[Neighbour]) -> Picture | None:
    """A village's boundaries over its neighbours', in the order known; None without a polygon.

    A line's code is the number of its style, that of the set's place.
    """
    polygons = [entry.polygon for entry in known[:MOST_DRAWN] if entry.polygon]
    if not polygons:
        return None
    frame = Frame.around(polygons, width=WIDTH, margin=0.15, most_height=MOST_HEIGHT)
    around = frame.pictured([neighbour.polygon for neighbour in neighbours])
    lines = [
        Drawn(
            str(place), str(entry.boundary.set), path_of(frame.pictured([entry.polygon])[0]), None
        )
        for place, entry in enumerate(known[:MOST_DRAWN])
        if entry.polygon
    ]
    names = [_label(near.code, near.name) for near in neighbours]
    areas = [
        Drawn(near.code, near.name, path_of(picture), at)
        for near, picture, at in zip(
            neighbours, around.tolist(), label_places(around.tolist(), names, frame), strict=True
        )
    ]
    return Picture(frame.width, frame.height, areas, lines, frame.scale_bar)


_region_maps: Kept[Picture | None] = Kept(16)


def region_map(code: str, version: Version) -> Picture | None:
    """What lies in a province, regency, city or district, by the current outlines; None if nothing.

    `areas` are the regions one level below; of a regency or city with its villages as `lines`.
    `version` has to be the map's own. Raises TimeoutError where another thread takes too long to
    draw it.
    """
    return _region_maps.get((code, version), lambda: _region_map(code))


def _region_map(code: str) -> Picture | None:
    level = level_of(code) + 1
    try:
        within = shapes(code, level)
        villages = shapes(code) if level == Region.Level.DISTRICT else []
    except TooManyShapes:
        return None
    if not within:
        return None
    frame = Frame.around(
        [shape.polygon for shape in within], width=WIDTH, margin=0.02, most_height=MOST_HEIGHT
    )
    return Picture(
        frame.width, frame.height, _drawn(frame, within), _drawn(frame, villages), frame.scale_bar
    )


_village_pictures: Kept[Picture | None] = Kept(16)


def villages_picture(code: str, version: Version) -> Picture | None:
    """All villages of a province, regency, city or district as `areas`, by code; None without any.

    `lines` are the regions a level below it, with their names. `version` has to be the map's own.
    Raises TimeoutError where another thread takes too long to draw it.
    """
    return _village_pictures.get((code, version), lambda: _villages_picture(code))


def _villages_picture(code: str) -> Picture | None:
    try:
        villages = shapes(code)
    except TooManyShapes:
        return None
    if not villages:
        return None
    polygons = np.array([village.polygon for village in villages], dtype=object)
    frame = Frame.around(polygons, width=VILLAGES_WIDTH, margin=0.02, most_height=VILLAGES_HEIGHT)
    pictures = frame.pictured_together(polygons, 1.5 if len(villages) > CROWD else 0.5)
    areas = [
        Drawn(village.code, village.name, short_path_of(picture) or _speck(picture), None)
        for village, picture in zip(villages, pictures.tolist(), strict=True)
    ]
    lines = _lines(code, villages, pictures.tolist(), frame)
    return Picture(frame.width, frame.height, areas, lines, frame.scale_bar)


def _speck(picture: Any) -> str:
    """A pixel where something smaller than one is, so that it can be found; empty for nothing."""
    if picture.is_empty:
        return ""
    x, y = picture.centroid.coords[0]
    return f"M{x - 0.5:.0f} {y - 0.5:.0f}h1v1h-1z"


def _lines(
    code: str, villages: Sequence[Shape], pictures: Sequence[Any], frame: Frame
) -> list[Drawn]:
    """The regions between one and its villages, as their villages' pictures together."""
    level = level_of(code) + 1
    if level == Region.Level.VILLAGE:
        return []
    members: dict[str, list[Any]] = defaultdict(list)
    for village, picture in zip(villages, pictures, strict=True):
        members[village.code[: CODE_LENGTHS[level - 1]]].append(picture)
    names = dict(Region.objects.filter(code__in=members).values_list("code", "name"))
    unions = [shapely.union_all(parts) for parts in members.values()]
    places = label_places(unions, [_label(code, names[code]) for code in members], frame)
    return [
        Drawn(code, names[code], short_path_of(union), at)
        for code, union, at in zip(members, unions, places, strict=True)
    ]


def credits_of(code: str) -> list[tuple[str, str, str]]:
    """Source, vintage and licence of the boundaries on a region's map, each once."""
    used = [(one["source"], one["vintage"], one["licence"]) for one in sources(code)]
    return list(dict.fromkeys(used))


def _label(code: str, name: str) -> str:
    """A name as maps have it: a regency's or city's without its title, which a map has no room for.

    A district or village may be called Kota Lama.
    """
    if level_of(code) != Region.Level.REGENCY:
        return name
    return name.removeprefix("Kabupaten ").removeprefix("Kota ")


def _drawn(frame: Frame, within: Sequence[Shape]) -> list[Drawn]:
    pictures = frame.pictured([shape.polygon for shape in within]).tolist()
    places = label_places(pictures, [_label(shape.code, shape.name) for shape in within], frame)
    return [
        Drawn(shape.code, shape.name, path_of(picture), at)
        for shape, picture, at in zip(within, pictures, places, strict=True)
    ]
