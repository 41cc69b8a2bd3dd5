"""Impossible travel: two captures of one kader farther apart than anybody gets in the time.

Both accuracies and some slack are given away; tablets whose clock is not trusted are left out, and
faked positions, which have a flag of their own.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from outreach.detecting.captures import Capture, Evidence
from outreach.detecting.rules import Rules, Travel
from outreach.geo.venue import distance_m

CODE = "impossible_travel"
REACH = timedelta(days=1)
"""Beyond this anybody gets anywhere in the country."""


def find(captures: Sequence[Capture], rules: Rules) -> dict[UUID, Evidence]:
    """Of one kader's captures those that are too far from the one before or after.

    Where both are, the faster way is the evidence.
    """
    placed = sorted(
        (one.fixed_at, one.id, one)
        for one in captures
        if one.fixed_at is not None and one.clock_trusted
    )
    worst: dict[UUID, tuple[float, str, Evidence]] = {}
    for (earlier_at, _, earlier), (later_at, _, later) in pairwise(placed):
        dated = rules.travel.on(later.day)
        if dated is None or later_at - earlier_at > REACH:
            continue
        since, rule = dated
        km = _least_km(earlier, later)
        minutes = (later_at - earlier_at).total_seconds() / 60
        if km < rule.least_km or km <= _reachable_km(minutes + rule.slack_minutes, rule):
            continue
        for one, other in ((earlier, later), (later, earlier)):
            evidence = {
                "km": round(km, 1),
                "minutes": round(minutes),
                "registration": str(other.id),
                "rule": since,
            }
            speed = km / (minutes + rule.slack_minutes)
            if one.id not in worst or (speed, str(other.id)) > worst[one.id][:2]:
                worst[one.id] = (speed, str(other.id), evidence)
    return {one: evidence for one, (_, _, evidence) in worst.items()}


def _least_km(one: Capture, other: Capture) -> float:
    apart_m = distance_m(one.lat, one.lon, other.lat, other.lon)
    return (apart_m - one.accuracy_m - other.accuracy_m) / 1000


def _reachable_km(minutes: float, rule: Travel) -> float:
    in_the_air = max(0.0, minutes - rule.flight_extra_minutes)
    return max(minutes * rule.ground_kmh, in_the_air * rule.flight_kmh) / 60
