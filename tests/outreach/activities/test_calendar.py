"""On which days and at what hours a campaign runs."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.activities.calendar import (
    Calendar,
    Ramadan,
    Times,
    calendar_of,
    campaign_days,
    openings_on,
    overlapping,
)
from outreach.activities.pasaran import Pasaran, pasaran_of

WIB, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
RAMADAN = [Ramadan(date(2026, 2, 19), date(2026, 3, 20))]
PUBLISHED = {
    date(1633, 7, 8): (5, Pasaran.LEGI),  # 1 Sura 1555, the first day of the Javanese calendar
    date(1901, 6, 6): (4, Pasaran.PON),  # Sukarno's weton
    date(1921, 6, 8): (3, Pasaran.KLIWON),  # Suharto's
    date(1945, 8, 17): (5, Pasaran.LEGI),  # the proclamation
    date(1961, 6, 21): (3, Pasaran.PON),  # Joko Widodo's
    date(2024, 9, 1): (7, Pasaran.LEGI),  # printed calendars of that month
    date(2024, 9, 2): (1, Pasaran.PAHING),
    date(2024, 9, 3): (2, Pasaran.PON),
    date(2024, 9, 4): (3, Pasaran.WAGE),
    date(2024, 9, 5): (4, Pasaran.KLIWON),
}


@pytest.mark.parametrize("day", PUBLISHED)
def test_the_market_week_is_that_of_printed_calendars(day: date) -> None:
    assert (day.isoweekday(), pasaran_of(day)) == PUBLISHED[day]


@given(day=st.dates(date(1900, 1, 1), date(2199, 1, 1)))
def test_the_market_week_has_five_days_and_the_weton_35(day: date) -> None:
    week = [pasaran_of(day + timedelta(days=n)) for n in range(5)]
    assert set(week) == set(Pasaran)
    assert pasaran_of(day + timedelta(days=5)) == week[0]
    wetons = {
        (one.isoweekday(), pasaran_of(one)) for one in (day + timedelta(days=n) for n in range(35))
    }
    assert len(wetons) == 35


def days(rules: dict[str, Any], first: date, last: date, zone: ZoneInfo = WIB) -> list[date]:
    times = Times(
        datetime.combine(first, time(8), zone),
        datetime.combine(last, time(17), zone),
        zone,
        calendar_of(rules),
    )
    found = campaign_days(times, date(2000, 1, 1), date(2100, 1, 1), RAMADAN)
    return [one.day for one in found]


def test_without_rules_it_runs_every_day_of_its_time() -> None:
    assert days({}, date(2026, 11, 30), date(2026, 12, 2)) == [
        date(2026, 11, 30),
        date(2026, 12, 1),
        date(2026, 12, 2),
    ]


def test_a_day_is_one_of_the_venue() -> None:
    midnight = datetime(2026, 12, 1, 0, 30, tzinfo=WIT)
    times = Times(midnight, midnight + timedelta(hours=2), WIT, Calendar())

    found = list(campaign_days(times, date(2026, 11, 1), date(2026, 12, 31), []))

    assert [one.day for one in found] == [date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("rules", "number"),
    [
        ([{"kind": "weekday", "weekday": 1}], 5),
        ([{"kind": "weekday", "weekday": 1}, {"kind": "weekday", "weekday": 4}], 10),
        ([{"kind": "pasaran", "pasaran": "pon"}], 7),
        ([{"kind": "weton", "weekday": 5, "pasaran": "kliwon"}], 1),
        ([{"kind": "date", "date": "2026-12-24"}, {"kind": "date", "date": "2027-12-24"}], 1),
    ],
)
def test_market_days_are_told_by_rules(rules: list[dict[str, Any]], number: int) -> None:
    """In 35 days from a Tuesday: five of every weekday, seven of every pasaran, one weton."""
    found = days({"days": rules}, date(2026, 12, 1), date(2027, 1, 4))

    assert len(found) == number
    for rule in rules:
        if rule["kind"] == "pasaran":
            assert {pasaran_of(day) for day in found} == {rule["pasaran"]}


def test_it_is_closed_on_some_days_and_where_it_has_no_hours() -> None:
    hours = [{"weekday": n, "opens": "08:00", "closes": "15:00"} for n in range(1, 6)]
    rules = {"hours": hours, "closed": ["2026-12-09"]}

    found = days(rules, date(2026, 12, 7), date(2026, 12, 14))

    assert found == [date(2026, 12, n) for n in (7, 8, 10, 11, 14)]


def test_ramadan_hours_apply_in_ramadan_alone() -> None:
    calendar = calendar_of(
        {
            "hours": [
                {"weekday": 4, "opens": "13:00", "closes": "16:00"},
                {"weekday": 4, "opens": "08:00", "closes": "12:00"},
            ],
            "ramadan_hours": [{"weekday": 4, "opens": "08:00", "closes": "14:00"}],
        }
    )
    ordinary = [(time(8), time(12)), (time(13), time(16))]

    assert openings_on(calendar, date(2026, 2, 12), RAMADAN) == ordinary
    assert openings_on(calendar, date(2026, 2, 19), RAMADAN) == [(time(8), time(14))]
    assert openings_on(calendar, date(2026, 3, 26), RAMADAN) == ordinary
    without = Calendar(hours=calendar.hours)
    assert openings_on(without, date(2026, 2, 19), RAMADAN) == ordinary


def test_hours_that_overlap_or_run_backwards_are_noticed() -> None:
    def of(*spans: tuple[str, str]) -> list[int]:
        hours = [{"weekday": 2, "opens": a, "closes": b} for a, b in spans]
        return overlapping(calendar_of({"hours": hours}).hours)

    assert of(("08:00", "12:00"), ("12:00", "15:00")) == []
    assert of(("08:00", "12:01"), ("12:00", "15:00")) == [1]
    assert of(("15:00", "08:00")) == [0]
