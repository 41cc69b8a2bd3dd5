"""Captures as detectors look at them, and findings, for tests to change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from outreach.detecting.captures import Capture
from outreach.models import MonthFinding, Office, User
from tests.records import NOW

HOME = (3.59, 98.67)
KM = 1 / 111.2
"""A kilometre north, in degrees."""
MORNING = datetime(2026, 3, 10, 2, tzinfo=UTC)


def capture(minute: float = 0, km: float = 0, **changes: Any) -> Capture:
    """A trusted one so many minutes into a morning, so many kilometres north of home."""
    at = MORNING + timedelta(minutes=minute)
    made = Capture(
        id=uuid4(),
        person=uuid4(),
        kader=1,
        type="kader_penggerak",
        at=at,
        clock_trusted=True,
        day=(at + timedelta(hours=7)).date(),
        fixed_at=at,
        lat=HOME[0] + km * KM,
        lon=HOME[1],
        accuracy_m=10.0,
    )
    return made._replace(**changes)


def on_days(*counts: tuple[date, int]) -> list[Capture]:
    """So many captures on each day, an hour apart."""
    made = []
    for day, count in counts:
        noon = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        made += [
            capture(at=noon + timedelta(hours=number % 14), day=day, fixed_at=None)
            for number in range(count)
        ]
    return made


EVIDENCE = {"last": 13, "whole": 23, "days": 2, "most": 2, "rule": "2014-01-01"}


def finding(number: int, kader: User | None = None, office: Office | None = None) -> MonthFinding:
    """A heap at the end of a month of 2026, raised as many days ago as its number."""
    return MonthFinding.objects.create(
        kader=kader,
        office=office,
        month=date(2026, number, 1),
        code="month_end",
        evidence=EVIDENCE,
        raised_at=NOW - timedelta(days=number),
    )
