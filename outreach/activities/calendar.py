"""On which days and at what hours a campaign runs, by its own rules. Pure: times are the venue's.

A campaign runs from its first to its last local day. With day rules it runs on those that one of
them names, without, on all that it has hours for; never on those it is closed on. Without hours it
runs all day. In Ramadan its Ramadan hours apply, where it has such.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from outreach.activities.pasaran import Pasaran, pasaran_of

Weekday = Annotated[int, Meta(ge=1, le=7)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](?!\n)$")]


class OnWeekday(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="weekday"):
    """Every week on this day, Monday being 1."""

    weekday: Weekday


class OnDate(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="date"):
    date: date


class OnPasaran(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="pasaran"):
    """Every fifth day."""

    pasaran: Pasaran


class OnWeton(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="weton"):
    """Every 35th day: a weekday that is this day of the market week too."""

    weekday: Weekday
    pasaran: Pasaran


DayRule = OnWeekday | OnDate | OnPasaran | OnWeton


class Hours(Struct, frozen=True, forbid_unknown_fields=True):
    """From when to when on a weekday; several of one weekday have breaks between them."""

    weekday: Weekday
    opens: Clock
    closes: Clock


class Calendar(Struct, frozen=True, forbid_unknown_fields=True):
    """When a campaign runs within its time."""

    days: Annotated[list[DayRule], Meta(max_length=400)] = []
    closed: Annotated[list[date], Meta(max_length=400)] = []
    hours: Annotated[list[Hours], Meta(max_length=28)] = []
    ramadan_hours: Annotated[list[Hours], Meta(max_length=28)] = []


class Ramadan(NamedTuple):
    """The days of one Ramadan, both included."""

    first_day: date
    last_day: date


class Opening(NamedTuple):
    """A stretch of a day, in the venue's own time."""

    opens: time
    closes: time


class CampaignDay(NamedTuple):
    """A day on which a campaign runs; no openings: all day."""

    day: date
    pasaran: Pasaran
    is_ramadan: bool
    openings: list[Opening]


class Times(NamedTuple):
    """When a campaign begins and ends, where, and by what rules it runs in between."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    calendar: Calendar


def calendar_of(kept: Any) -> Calendar:
    """A calendar as it is kept; raises msgspec.ValidationError for what is none."""
    return msgspec.convert(kept, Calendar)


def overlapping(hours: Sequence[Hours]) -> list[int]:
    """The places of hours that close before they open, or open before others of the day close."""
    wrong = [place for place, one in enumerate(hours) if one.closes <= one.opens]
    in_order = sorted(range(len(hours)), key=lambda n: (hours[n].weekday, hours[n].opens))
    wrong += [
        later
        for earlier, later in pairwise(in_order)
        if hours[earlier].weekday == hours[later].weekday
        and hours[later].opens < hours[earlier].closes
    ]
    return sorted(set(wrong))


def campaign_days(
    times: Times, first: date, last: date, ramadans: Iterable[Ramadan]
) -> Iterator[CampaignDay]:
    """The days from `first` to `last`, both included, on which a campaign runs."""
    ramadans = list(ramadans)
    begins = max(first, times.starts_at.astimezone(times.zone).date())
    ends = min(last, times.ends_at.astimezone(times.zone).date())
    for offset in range((ends - begins).days + 1):
        day = begins + timedelta(days=offset)
        openings = openings_on(times.calendar, day, ramadans)
        if openings is not None:
            yield CampaignDay(day, pasaran_of(day), _is_ramadan(day, ramadans), openings)


def openings_on(calendar: Calendar, day: date, ramadans: Iterable[Ramadan]) -> list[Opening] | None:
    """The hours of a day, none meaning all day; None where the campaign does not run."""
    if day in calendar.closed:
        return None
    if calendar.days and not any(_names(rule, day) for rule in calendar.days):
        return None
    hours = calendar.hours
    if calendar.ramadan_hours and _is_ramadan(day, ramadans):
        hours = calendar.ramadan_hours
    if not hours:
        return []
    own = sorted(
        Opening(time.fromisoformat(one.opens), time.fromisoformat(one.closes))
        for one in hours
        if one.weekday == day.isoweekday()
    )
    return own or None


def _names(rule: DayRule, day: date) -> bool:
    match rule:
        case OnDate(date=named):
            return day == named
        case OnWeekday(weekday=weekday):
            return day.isoweekday() == weekday
        case OnPasaran(pasaran=pasaran):
            return pasaran_of(day) == pasaran
        case OnWeton(weekday=weekday, pasaran=pasaran):
            return day.isoweekday() == weekday and pasaran_of(day) == pasaran


def _is_ramadan(day: date, ramadans: Iterable[Ramadan]) -> bool:
    return any(one.first_day <= day <= one.last_day for one in ramadans)
