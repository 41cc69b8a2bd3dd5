"""Which campaign gets the credit for a registration where several overlap, and why.

The rule, which does not depend on the order in which anything arrives:

1. The campaign that the registration names gets the credit, as long as nobody decided otherwise.
2. What a coordinator decided holds until it is undone; the named campaign stays on record.
3. Where the kader was not on the named campaign's team that day, or the time or the place speaks
   against it, another campaign of the same office is suggested if there is one that takes signups,
   had the kader on its team that day, was going on at that time, by its calendar on a day on which
   it runs, and whose place the fix does not contradict. Of several: one whose place the fix
   confirms, then the shortest, then the one that began first, then the smaller id. A suggestion
   moves nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from outreach import bulk
from outreach.activities.calendar import Ramadan, calendar_of, openings_on
from outreach.geo.venue import outside_circle_m, outside_polygon_m, polygon_of
from outreach.models import Campaign, Registration

Against = Literal["off_team", "outside_time", "outside_place"]
AGAINST = {
    "off_team": _("The kader was not on the team of the campaign it names on that day."),
    "outside_time": _("It was captured outside the time of the campaign it names."),
    "outside_place": _("It was captured outside the place of the campaign it names."),
}


class Fit(NamedTuple):
    """How a campaign fits a capture. `in_place` is None where the place says nothing."""

    campaign: UUID
    name: str
    takes_signups: bool
    starts_at: datetime
    ends_at: datetime
    on_team: bool
    in_time: bool
    in_place: bool | None
    stop: UUID | None

    def against(self) -> list[Against]:
        """What speaks against it."""
        found: list[Against] = [] if self.on_team else ["off_team"]
        if not self.in_time:
            found.append("outside_time")
        if self.in_place is False:
            found.append("outside_place")
        return found


class Suggestion(NamedTuple):
    """A campaign that fits better, and what speaks against the one that has the credit."""

    campaign: UUID
    name: str
    stop: UUID | None
    in_place: bool
    against: list[Against]


class Fix(NamedTuple):
    lat: float
    lon: float
    accuracy_m: float


class Place(NamedTuple):
    """Where a campaign is: stops before a polygon before a circle before its villages."""

    stops: list[tuple[UUID, float, float, float]]
    polygon: dict[str, Any] | None
    circle: tuple[float, float, float] | None
    villages: frozenset[str]


def suggested(credited: Fit, others: Iterable[Fit]) -> Suggestion | None:
    """The campaign that fits better, by the rule above; None where nothing speaks against the
    credited one, or none fits."""
    against = credited.against()
    fitting = [one for one in others if one.takes_signups and not one.against()]
    if not against or not fitting:
        return None
    best = min(
        fitting,
        key=lambda one: (
            not one.in_place,
            one.ends_at - one.starts_at,
            one.starts_at,
            one.campaign,
        ),
    )
    return Suggestion(best.campaign, best.name, best.stop, bool(best.in_place), against)


def where(
    place: Place, fix: Fix | None, event_village: str | None
) -> tuple[bool | None, UUID | None]:
    """Whether a fix lies in a campaign's place, to its accuracy; and at which stop."""
    if place.stops or place.polygon or place.circle:
        if fix is None:
            return None, None
        for stop, *circle in place.stops:
            if outside_circle_m(fix.lat, fix.lon, *circle) <= fix.accuracy_m:
                return True, stop
        if place.stops:
            return False, None
        if place.polygon:
            outside_m = outside_polygon_m(fix.lat, fix.lon, polygon_of(place.polygon))
        else:
            assert place.circle is not None
            outside_m = outside_circle_m(fix.lat, fix.lon, *place.circle)
        return outside_m <= fix.accuracy_m, None
    if place.villages and event_village:
        return event_village in place.villages, None
    return None, None


def suggestion_for(registration: Registration) -> Suggestion | None:
    """What is suggested for a registration by how things are now, in one statement."""
    credited = registration.credited_campaign_id
    fits = _fits(registration, credited)
    own = next(fit for fit in fits if fit.campaign == credited)
    return suggested(own, [fit for fit in fits if fit.campaign != credited])


_AROUND = """
    SELECT campaign.id, campaign.name, campaign.type, campaign.starts_at, campaign.ends_at,
        member.first_day, member.last_day, venue_lat, venue_lon, venue_radius_m, venue_polygon,
        array(SELECT region_id::text FROM outreach_campaign_villages AS covered
            WHERE covered.campaign_id = campaign.id) AS villages,
        (SELECT jsonb_agg(jsonb_build_array(stop.id, lat, lon, radius_m) ORDER BY stop.starts_at)
            FROM outreach_stop AS stop WHERE stop.campaign_id = campaign.id) AS stops,
        time_zone, calendar,
        CASE WHEN calendar ? 'ramadan_hours' THEN (SELECT jsonb_agg(
            jsonb_build_array(first_day, last_day)) FROM outreach_ramadanperiod) END AS ramadans
    FROM outreach_campaign AS campaign
    LEFT JOIN outreach_campaignmember AS member
        ON member.campaign_id = campaign.id AND member.kader_id = %(kader)s
    WHERE campaign.id = %(credited)s OR (
        campaign.office_id = (SELECT office_id FROM outreach_campaign WHERE id = %(credited)s)
        AND member.first_day <= %(day)s AND member.last_day >= %(day)s
        AND campaign.starts_at <= %(at)s AND campaign.ends_at >= %(at)s)
"""


def _fits(registration: Registration, credited: UUID) -> list[Fit]:
    fix = None
    if registration.lat is not None and registration.lon is not None:
        fix = Fix(registration.lat, registration.lon, registration.accuracy_m or 0.0)
    at, day = registration.corrected_at, registration.local_day
    rows = bulk.run(
        _AROUND, {"kader": registration.kader_id, "credited": credited, "day": day, "at": at}
    )
    return [_fit(row, at, day, fix, registration.event_village_id) for row in rows]


def _fit(
    row: tuple[Any, ...], at: datetime, day: date, fix: Fix | None, event_village: str | None
) -> Fit:
    id_, name, type_, starts_at, ends_at, first_day, last_day, *place = row
    lat, lon, radius_m, polygon, villages, stops, zone, calendar, ramadans = place
    in_place, stop = where(
        Place(
            [(UUID(one), *circle) for one, *circle in stops or ()],
            polygon,
            None if lat is None else (lat, lon, radius_m),
            frozenset(villages),
        ),
        fix,
        event_village,
    )
    return Fit(
        campaign=id_,
        name=name,
        takes_signups=type_ not in Campaign.WITHOUT_SIGNUPS,
        starts_at=starts_at,
        ends_at=ends_at,
        on_team=first_day is not None and first_day <= day <= last_day,
        in_time=starts_at <= at <= ends_at and _runs(at, zone, calendar, ramadans),
        in_place=in_place,
        stop=stop,
    )


def _runs(at: datetime, zone: str, calendar: Any, ramadans: Any) -> bool:
    """Whether a campaign runs on the day, at whatever hour: hours are kept loosely."""
    known = [Ramadan(*map(date.fromisoformat, days)) for days in ramadans or ()]
    day = at.astimezone(ZoneInfo(zone)).date()
    return openings_on(calendar_of(calendar), day, known) is not None
