"""The same place: many people on many days from one spot that is no venue, as a kitchen table."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import shapely

from outreach.detecting.captures import Capture, Evidence, by_month
from outreach.detecting.rules import Rules, SamePlace
from outreach.geo.ellipsoid import metres_per_degree

CODE = "same_place"


def find(captures: Sequence[Capture], rules: Rules) -> dict[UUID, Evidence]:
    """Of one kader's captures those at a place where too much of the month happened."""
    found: dict[UUID, Evidence] = {}
    for month, own in by_month(captures).items():
        dated = rules.same_place.on(month)
        if dated:
            found |= _of_month(own, *dated)
    return found


def _of_month(captures: Sequence[Capture], since: str, rule: SamePlace) -> dict[UUID, Evidence]:
    placed = [one for one in captures if one.fixed_at and one.accuracy_m <= rule.accuracy_m]
    away = [one for one in placed if not one.at_venue and one.type not in rule.not_types]
    if len({one.person for one in away}) < rule.people:
        return {}
    lat = np.array([one.lat for one in away])
    lon = np.array([one.lon for one in away])
    lat_m, lon_m = metres_per_degree(lat.mean(keepdims=True))
    points = shapely.points(lon * lon_m, lat * lat_m)
    near: list[list[int]] = [[] for _ in away]
    for one, other in (
        shapely.STRtree(points)
        .query(points, predicate="dwithin", distance=rule.radius_m)
        .T.tolist()
    ):
        near[one].append(other)
    found = {}
    for place, others in enumerate(near):
        people = len({away[other].person for other in others})
        days = len({away[other].day for other in others})
        is_much = len(others) >= rule.share * len(placed)
        if people >= rule.people and days >= rule.days and is_much:
            found[away[place].id] = {
                "people": people,
                "days": days,
                "radius_m": round(rule.radius_m),
                "rule": since,
            }
    return found
