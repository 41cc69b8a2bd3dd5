"""The villages that a plan names, one a line: by their codes, or by the names that offices use."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import shapely
from django.utils.translation import gettext as _

from outreach.geo.polygons.drawing import Frame, ScaleBar, path_of
from outreach.geo.venue import polygon_of
from outreach.models import Region
from outreach.offices.village_names import villages_named
from outreach.pages.case_maps import disc
from outreach.places.showing.maps import village_outlines

WIDTH, MOST_HEIGHT = 720.0, 480.0
MOST_OUTLINED = 60
_CODE = re.compile(r"([0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4})\b.*")


def read_villages(
    lines: Sequence[str], office_id: int | None, now: datetime
) -> tuple[list[str], list[str]]:
    """The codes that lines stand for, and what is wrong with the others."""
    names = [line.casefold() for line in lines if not _CODE.fullmatch(line)]
    known = villages_named(names, office_id, now) if names else {}
    codes, wrong = [], []
    for line in lines:
        if match := _CODE.fullmatch(line):
            codes.append(match[1])
        elif len(found := known.get(line.casefold(), [])) == 1:
            codes.append(found[0])
        elif found:
            text = _("Several villages are called %(name)s: write the code of one (%(codes)s).")
            wrong.append(text % {"name": line[:80], "codes": ", ".join(found[:5])})
        else:
            text = _("No village of the office's regions is called %(name)s.")
            wrong.append(text % {"name": line[:80]})
    return codes, wrong


class Outline(NamedTuple):
    """A village as drawn."""

    name: str
    path: str


class VenueMap(NamedTuple):
    """Villages to draw a venue on; `west`, `north` and pixels a degree place what is drawn."""

    width: float
    height: float
    west: float
    north: float
    across: float
    down: float
    villages: list[Outline]
    venue: str
    bar: ScaleBar


def venue_map(codes: Sequence[str], plan: dict[str, Any]) -> VenueMap | None:
    """The map of villages and of the venue that a plan has; None where nothing is known to draw."""
    polygons = village_outlines(codes[:MOST_OUTLINED])
    venue = _venue(plan)
    drawn = [*polygons.values(), *([venue] if venue is not None else [])]
    if not drawn:
        return None
    frame = Frame.around(drawn, width=WIDTH, margin=0.1, most_height=MOST_HEIGHT)
    across, down = (float(one) for one in frame.pixels_per_degree)
    names = dict(Region.objects.filter(pk__in=polygons).values_list("pk", "name"))
    pictures = frame.pictured(drawn).tolist()
    return VenueMap(
        frame.width,
        frame.height,
        frame.west,
        frame.north,
        across,
        down,
        [
            Outline(names[code], path_of(picture))
            for code, picture in zip(polygons, pictures, strict=False)
        ],
        "" if venue is None else path_of(pictures[-1]),
        frame.scale_bar,
    )


def _venue(plan: dict[str, Any]) -> Any:
    """The venue of a plan whose form is sound so far."""
    try:
        if plan.get("polygon"):
            return polygon_of(plan["polygon"])
        if venue := plan.get("venue"):
            if not (abs(venue["lat"]) <= 90 and abs(venue["lon"]) <= 180):
                return None
            return disc(venue["lat"], venue["lon"], min(max(venue["radius_m"], 1), 100_000))
    except (TypeError, ValueError, KeyError, shapely.errors.ShapelyError):
        return None
    return None


def centre_of(codes: Sequence[str]) -> tuple[float, float] | None:
    """Latitude and longitude of a place in the first of these villages that has an outline."""
    polygons = village_outlines(codes[:MOST_OUTLINED])
    inside = next((polygons[code] for code in codes if code in polygons), None)
    if inside is None:
        return None
    point = shapely.point_on_surface(inside)
    return round(point.y, 6), round(point.x, 6)
