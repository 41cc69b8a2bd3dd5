"""The way of a service car from stop to stop: how long it is, and whether there is time for it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal, NamedTuple

from outreach.geo.venue import distance_m

Doubt = Literal["overlaps", "too_fast"]


class RouteStop(NamedTuple):
    """A stop of a route, in its order."""

    name: str
    lat: float
    lon: float
    starts_at: datetime
    ends_at: datetime


class Speed(NamedTuple):
    """How fast a car gets from stop to stop: on the road, which is `detour` times as long as the
    straight line."""

    kmh: float
    detour: float


class Leg(NamedTuple):
    """From one stop to the next: metres in a straight line, and minutes that are planned for it and
    that it takes by the speed; the doubt about it, if any."""

    start: int
    end: int
    straight_m: float
    planned_min: float
    needed_min: float
    doubt: Doubt | None


def legs(stops: Sequence[RouteStop], speed: Speed) -> list[Leg]:
    """The legs of a route. A straight line is the least it can be: a doubt is sure, none is not."""
    found = []
    for place, (one, other) in enumerate(pairwise(stops)):
        straight_m = distance_m(one.lat, one.lon, other.lat, other.lon)
        planned_min = (other.starts_at - one.ends_at).total_seconds() / 60
        needed_min = straight_m * speed.detour / 1000 / speed.kmh * 60
        doubt: Doubt | None = None
        if planned_min < 0:
            doubt = "overlaps"
        elif planned_min < needed_min:
            doubt = "too_fast"
        found.append(Leg(place, place + 1, straight_m, planned_min, needed_min, doubt))
    return found
