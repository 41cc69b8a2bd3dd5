"""The small map of a case: where its workers live, where they were registered, and the venue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.polygons.drawing import Frame, ScaleBar, label_places, path_of
from outreach.geo.venue import polygon_of
from outreach.models import Region, Registration
from outreach.places.showing.maps import village_outlines

WIDTH, MOST_HEIGHT = 480.0, 360.0
SMALLEST_DISC_PX = 4.0
AREAS = ("home", "found")

What = Literal["home", "found", "venue", "disc"]


class Outline(NamedTuple):
    """Something to draw, in degrees; `name` is written into it where there is room."""

    what: What
    name: str
    polygon: Any


@dataclass(frozen=True, slots=True)
class Drawn:
    """As drawn; `at` is where the name goes."""

    what: What
    name: str
    path: str
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class CaseMap:
    """Areas first, then what lies on them; `points` are the positions in the records' order."""

    width: float
    height: float
    drawn: list[Drawn]
    points: list[tuple[float, float]]
    bar: ScaleBar


def case_map(records: Sequence[Registration]) -> CaseMap | None:
    """The map of one record or of two; None where nothing is known to draw. Campaigns are loaded.

    One statement for the villages' outlines, one for their names.
    """
    outlines = [*_villages(records), *_venues(records), *_discs(records)]
    if not outlines:
        return None
    frame = Frame.around(
        [one.polygon for one in outlines], width=WIDTH, margin=0.08, most_height=MOST_HEIGHT
    )
    pictures = frame.pictured([one.polygon for one in outlines]).tolist()
    names = [one.name for one in outlines]
    return CaseMap(
        frame.width,
        frame.height,
        [
            Drawn(one.what, one.name, path_of(picture), at if one.name else None)
            for one, picture, at in zip(
                outlines, pictures, label_places(pictures, names, frame), strict=True
            )
        ],
        [_pixels(frame, one.lat, one.lon) for one in records if one.lat is not None],
        frame.scale_bar,
    )


def _villages(records: Iterable[Registration]) -> list[Outline]:
    homes = {one.domicile_village_id for one in records if one.domicile_village_id}
    found = {one.event_village_id for one in records if one.event_village_id} - homes
    polygons = village_outlines(homes | found)
    names = dict(Region.objects.filter(pk__in=polygons).values_list("pk", "name"))
    return [
        Outline("home" if code in homes else "found", names[code], polygon)
        for code, polygon in sorted(polygons.items())
    ]


def _venues(records: Iterable[Registration]) -> list[Outline]:
    venues: dict[Any, Any] = {}
    for one in records:
        campaign, stop = one.campaign, one.stop
        if stop is not None:
            venues[stop.pk] = disc(stop.lat, stop.lon, stop.radius_m)
        elif campaign.venue_polygon:
            venues[campaign.pk] = polygon_of(campaign.venue_polygon)
        elif campaign.venue_lat is not None and campaign.venue_lon is not None:
            radius_m = campaign.venue_radius_m or 1.0
            venues[campaign.pk] = disc(campaign.venue_lat, campaign.venue_lon, radius_m)
    return [Outline("venue", "", polygon) for polygon in venues.values()]


def _discs(records: Iterable[Registration]) -> list[Outline]:
    return [
        Outline("disc", "", disc(one.lat, one.lon, one.accuracy_m or 1.0))
        for one in records
        if one.lat is not None and one.lon is not None
    ]


def disc(lat: float, lon: float, radius_m: float) -> Any:
    """A circle on the ground as a polygon of longitude and latitude."""
    lat_m, lon_m = metres_per_degree(np.array(lat))
    round_ = shapely.Point(0, 0).buffer(radius_m, quad_segs=12)
    return shapely.transform(round_, lambda xy: xy / (float(lon_m), float(lat_m)) + (lon, lat))


def _pixels(frame: Frame, lat: float | None, lon: float | None) -> tuple[float, float]:
    assert lat is not None and lon is not None
    across, down = frame.pixels_per_degree
    return round((lon - frame.west) * across, 1), round((frame.north - lat) * down, 1)
