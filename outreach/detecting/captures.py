"""Captures as detectors look at them: when, where, of whom, by whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import shapely

from outreach import bulk
from outreach.geo.venue import outside_circle_m, outside_polygon_m, polygon_of

Unit = tuple[int, date]
"""A kader's month, by its first day."""
Evidence = dict[str, Any]

P68_TO_P95 = 1.62
STALE = timedelta(days=1)
"""A position older than this says nothing about where somebody was at a capture."""
AHEAD = timedelta(minutes=5)


class Capture(NamedTuple):
    """One capture; `at` is corrected, and `clock_trusted` says whether that is worth anything.

    `fixed_at` is when the kader was at the position, null where there is none to go by;
    `accuracy_m` the radius that holds with 95 %. `type` and `at_venue` are of the campaign
    that gets the credit.
    """

    id: UUID
    person: UUID
    kader: int
    type: str
    at: datetime
    clock_trusted: bool
    day: date
    fixed_at: datetime | None = None
    lat: float = 0.0
    lon: float = 0.0
    accuracy_m: float = 0.0
    at_venue: bool = False

    @property
    def month(self) -> date:
        return self.day.replace(day=1)


_CAPTURES = """
    SELECT own.id, person_id, own.kader_id, campaign.id, campaign.type, corrected_at,
        clock_trusted, local_day, location_fixed_at - captured_at, lat, lon, accuracy_m,
        accuracy_kind, coalesce(location_is_mock, false)
    FROM unnest(%s::int[], %s::date[]) AS unit(kader, month)
    JOIN outreach_registration AS own ON own.kader_id = unit.kader
        AND local_day >= unit.month AND local_day < unit.month + interval '1 month'
    JOIN outreach_campaign AS campaign
        ON campaign.id = coalesce(own.decided_campaign_id, own.campaign_id)
    ORDER BY own.kader_id, corrected_at, own.id
"""


def captures_of(units: Collection[Unit]) -> dict[int, list[Capture]]:
    """Everything captured in these months, by kader, in order. Three statements."""
    rows = bulk.run(_CAPTURES, [[kader for kader, _ in units], [month for _, month in units]])
    grounds = _grounds({row[3] for row in rows})
    found: dict[int, list[Capture]] = defaultdict(list)
    for row in rows:
        capture = Capture(row[0], row[1], row[2], row[4], row[5], row[6], row[7])
        if row[9] is not None and not row[13]:
            capture = _located(capture, row[8], row[9], row[10], row[11], row[12], grounds[row[3]])
        found[capture.kader].append(capture)
    return found


class _Ground(NamedTuple):
    """Where a campaign is: circles, and the polygon of its venue."""

    circles: list[tuple[float, float, float]]
    polygon: shapely.Geometry | None

    def has(self, lat: float, lon: float, accuracy_m: float) -> bool:
        if self.polygon is not None and outside_polygon_m(lat, lon, self.polygon) <= accuracy_m:
            return True
        return any(outside_circle_m(lat, lon, *one) <= accuracy_m for one in self.circles)


def _grounds(campaigns: Collection[UUID]) -> dict[UUID, _Ground]:
    stops: dict[UUID, list[tuple[float, float, float]]] = defaultdict(list)
    ids = list(campaigns)
    for campaign, *circle in bulk.run(
        "SELECT campaign_id, lat, lon, radius_m FROM outreach_stop WHERE campaign_id = ANY(%s)",
        [ids],
    ):
        stops[campaign].append((circle[0], circle[1], circle[2]))
    return {
        campaign: _Ground(
            stops[campaign] + ([(lat, lon, radius_m)] if lat is not None else []),
            polygon_of(polygon) if polygon else None,
        )
        for campaign, lat, lon, radius_m, polygon in bulk.run(
            "SELECT id, venue_lat, venue_lon, venue_radius_m, venue_polygon"
            " FROM outreach_campaign WHERE id = ANY(%s)",
            [ids],
        )
    }


def _located(
    capture: Capture,
    age: timedelta | None,
    lat: float,
    lon: float,
    accuracy_m: float,
    kind: str,
    ground: _Ground,
) -> Capture:
    age = age or timedelta()
    if not -STALE <= age <= AHEAD:
        return capture
    accuracy_m *= P68_TO_P95 if kind == "p68" else 1.0
    return capture._replace(
        fixed_at=capture.at + age,
        lat=lat,
        lon=lon,
        accuracy_m=accuracy_m,
        at_venue=ground.has(lat, lon, accuracy_m),
    )


def by_month(captures: Iterable[Capture]) -> dict[date, list[Capture]]:
    """The captures of each month."""
    months: dict[date, list[Capture]] = defaultdict(list)
    for capture in captures:
        months[capture.month].append(capture)
    return months
