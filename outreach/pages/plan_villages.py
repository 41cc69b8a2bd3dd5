"""The villages that a plan names, by code or by the names that offices use, and their map."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import shapely
from django.utils.translation import gettext as _

from outreach.geo.polygons.drawing import Frame, ScaleBar, label_places, path_of
from outreach.geo.venue import polygon_of
from outreach.models import Campaign, Region
from outreach.offices.village_names import villages_named
from outreach.pages.case_maps import disc
from outreach.pages.plan_reading import numbered, one
from outreach.places.showing.maps import village_outlines

WIDTH, MOST_HEIGHT = 720.0, 480.0
MOST_OUTLINED = 60
FIRST_RADIUS_M = "300"
PLACE = ("-lat", "-lon", "-radius_m")
Known = Mapping[str, Sequence[str]]
_CODE = re.compile(r"([0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4})\b.*")


def read_villages(
    lines: Sequence[str], office_id: int | None, now: datetime
) -> tuple[list[str], list[str]]:
    """The codes that lines stand for, and what is wrong with the others."""
    known = _named(lines, office_id, now)
    found = [_village_at(line, known) for line in lines]
    return [code for code, _wrong in found if code], [wrong for _code, wrong in found if wrong]


def _named(lines: Sequence[str], office_id: int | None, now: datetime) -> Known:
    names = [line.casefold() for line in lines if not _CODE.fullmatch(line)]
    return villages_named(names, office_id, now) if names else {}


def _village_at(line: str, known: Known) -> tuple[str, str]:
    """The code that a line stands for, or what is wrong with it."""
    if match := _CODE.fullmatch(line):
        return match[1], ""
    codes = known.get(line.casefold(), [])
    if len(codes) == 1:
        return codes[0], ""
    if codes:
        text = _("Several villages are called %(name)s: write the code of one (%(codes)s).")
        return "", text % {"name": line[:80], "codes": ", ".join(codes[:5])}
    return "", _("No village of the office's regions is called %(name)s.") % {"name": line[:80]}


class Outline(NamedTuple):
    """A village as drawn; `at` is where its name goes, if there is room."""

    name: str
    path: str
    at: tuple[float, float] | None


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
    stops: list[str]
    bar: ScaleBar


def venue_map(codes: Sequence[str], plan: dict[str, Any]) -> VenueMap | None:
    """The map of villages and of the venue that a plan has; None where nothing is known to draw."""
    polygons = village_outlines(codes[:MOST_OUTLINED])
    venue = _venue(plan)
    stops = [found for stop in plan.get("stops", ()) if (found := _circle(stop)) is not None]
    drawn = [*polygons.values(), *stops, *([venue] if venue is not None else [])]
    if not drawn:
        return None
    frame = Frame.around(drawn, width=WIDTH, margin=0.1, most_height=MOST_HEIGHT)
    across, down = (float(one) for one in frame.pixels_per_degree)
    known = dict(Region.objects.filter(pk__in=polygons).values_list("pk", "name"))
    names = [known[code] for code in polygons]
    pictures = frame.pictured(drawn).tolist()
    areas = pictures[: len(names)]
    return VenueMap(
        frame.width,
        frame.height,
        frame.west,
        frame.north,
        across,
        down,
        [
            Outline(name, path_of(picture), at)
            for name, picture, at in zip(
                names, areas, label_places(areas, names, frame), strict=True
            )
        ],
        "" if venue is None else path_of(pictures[-1]),
        [path_of(picture) for picture in pictures[len(names) : len(names) + len(stops)]],
        frame.scale_bar,
    )


def _venue(plan: dict[str, Any]) -> Any:
    """The venue of a plan whose form is sound so far."""
    try:
        if plan.get("polygon"):
            return polygon_of(plan["polygon"])
    except (TypeError, ValueError, KeyError, shapely.errors.ShapelyError):
        return None
    return _circle(plan["venue"]) if plan.get("venue") else None


def _circle(place: Mapping[str, Any]) -> Any:
    """The circle of a venue or a stop whose numbers are sound."""
    try:
        if abs(place["lat"]) <= 90 and abs(place["lon"]) <= 180:
            return disc(place["lat"], place["lon"], min(max(place["radius_m"], 1), 100_000))
    except (TypeError, KeyError):
        return None
    return None


def campaign_map(campaign: Campaign) -> VenueMap | None:
    """The map of a campaign with its venue and its stops; None where it has neither."""
    stops = [
        {"lat": stop.lat, "lon": stop.lon, "radius_m": stop.radius_m}
        for stop in campaign.stops.all()
    ]
    if campaign.venue_lat is None and not campaign.venue_polygon and not stops:
        return None
    circle = {
        "lat": campaign.venue_lat,
        "lon": campaign.venue_lon,
        "radius_m": campaign.venue_radius_m,
    }
    plan = {"polygon": campaign.venue_polygon, "venue": circle, "stops": stops}
    return venue_map([village.code for village in campaign.villages.all()], plan)


def placed_stops(
    written: Mapping[str, Sequence[str]], office_id: int | None, now: datetime
) -> tuple[Mapping[str, Sequence[str]], dict[str, list[str]]]:
    """A form with its stops put into the villages that are written for them, and what is wrong."""
    placed, errors = dict(written), dict[str, list[str]]()
    rows = [f"stops-{number}" for number in numbered(written, "stops")]
    asked = {row: village for row in rows if (village := one(written, f"{row}-village"))}
    if not asked:
        return written, errors
    known = _named(list(asked.values()), office_id, now)
    polygons = village_outlines(
        [code for village in asked.values() if (code := _village_at(village, known)[0])]
    )
    for row, village in asked.items():
        code, wrong = _village_at(village, known)
        if code not in polygons:
            unknown = _("Where this village lies is not known: write the numbers.")
            errors[f"{row}-village"] = [wrong or unknown]
            continue
        centre = _middle(polygons[code])
        radius_m = one(written, f"{row}-radius_m") or FIRST_RADIUS_M
        for part, value in zip(PLACE, (*centre, radius_m), strict=True):
            placed[row + part] = [str(value)]
        placed[f"{row}-village"] = [""]
    return placed, errors


def centre_of(codes: Sequence[str]) -> tuple[float, float] | None:
    """Latitude and longitude of a place in the first of these villages that has an outline."""
    polygons = village_outlines(codes[:MOST_OUTLINED])
    inside = next((polygons[code] for code in codes if code in polygons), None)
    return None if inside is None else _middle(inside)


def _middle(polygon: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(polygon)
    return round(point.y, 6), round(point.x, 6)
