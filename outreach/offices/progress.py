"""How far offices are with what they are out for, and what the year may end with.

People count for the office of the campaign that has their credit, in the month of that capture: a
border that moves takes no result from anybody. Of BPU they are people, of other segments leads.
"""

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from outreach import bulk
from outreach.models import CampaignTarget, Office, OfficeTarget
from outreach.months import later
from outreach.offices.forecasting import (
    LONGEST_DELAY,
    Forecast,
    Seen,
    arrived_within,
    forecast,
)
from outreach.offices.targets import elapsed, plan_to_date
from outreach.offices.territory import today

BPU = CampaignTarget.Segment.BPU.value
ALL = ""
DELAYS_OF_DAYS = 180
"""How far back it is looked how late records arrive."""


@dataclass(slots=True)
class Month:
    """What counts of a month: `waiting` is not decided, `active` has paid, `rejected` is gone."""

    verified: int = 0
    waiting: int = 0
    active: int = 0
    rejected: int = 0


class BranchTargets(NamedTuple):
    """What a regional office's branches are out for together."""

    number: int
    with_target: int
    branches: int


@dataclass(frozen=True, slots=True)
class Row:
    """One target with what came of it; no `target` where none is set. `months` has twelve."""

    segment: str
    activity: str
    target: OfficeTarget | None
    months: list[Month]
    plan_to_date: int | None
    branches: BranchTargets | None
    forecast: Forecast | None
    no_forecast: str | None

    def total(self, name: str) -> int:
        """A column of the months added up."""
        return sum(getattr(month, name) for month in self.months)


@dataclass(frozen=True, slots=True)
class Progress:
    """An office's year, with every version of its targets, the newest first."""

    office: Office
    year: int
    day: date
    rows: list[Row]
    versions: list[OfficeTarget]


class _Year(NamedTuple):
    """An office's year, as it is looked at on a day."""

    office: int
    year: int
    day: date
    arrived: Sequence[float]


Key = tuple[str, str]
"""Segment and activity."""


@dataclass(slots=True)
class _Counted:
    by_key: dict[Key, list[Month]] = field(
        default_factory=lambda: defaultdict(lambda: [Month() for _ in range(12)])
    )

    def add(self, segment: str, activity: str, month: date, **numbers: int) -> None:
        for key in ((segment, activity), (segment, ALL)):
            into = self.by_key[key][month.month - 1]
            for name, number in numbers.items():
                setattr(into, name, getattr(into, name) + number)


def progress(office: Office, year: int, now: datetime) -> Progress:
    """An office's year, a regional one's with its branches. A constant number of statements."""
    day = today(now)
    branches = list(Office.objects.filter(parent=office).values_list("pk", flat=True))
    offices = [office.pk, *branches]
    versions = list(OfficeTarget.objects.filter(office__in=offices, year=year).order_by("-version"))
    counted = _counted(offices, year, day)
    arrived = _arrived(offices, day)
    own = _in_force((one for one in versions if one.office_id == office.pk), day)
    keys = sorted({(BPU, ALL), *own})
    of_branches = {
        branch: _in_force((one for one in versions if one.office_id == branch), day)
        for branch in branches
    }
    rows = [
        _row(
            key,
            own.get(key),
            counted.by_key[key],
            _Year(office.pk, year, day, arrived),
            [targets.get(key) for targets in of_branches.values()],
        )
        for key in keys
    ]
    return Progress(
        office, year, day, rows, [one for one in versions if one.office_id == office.pk]
    )


def _in_force(versions: Any, day: date) -> dict[Key, OfficeTarget]:
    """The version of each target in force on a day, from the newest to the oldest of them."""
    found: dict[Key, OfficeTarget] = {}
    for version in versions:
        if version.effective_from <= day or version.version == 1:
            found.setdefault((version.segment, version.activity), version)
    return found


def _row(
    key: Key,
    target: OfficeTarget | None,
    months: list[Month],
    of: _Year,
    branches: Sequence[OfficeTarget | None],
) -> Row:
    told, why_not = _forecast(key, target, months, of)
    numbers = [one.number for one in branches if one]
    return Row(
        segment=key[0],
        activity=key[1],
        target=target,
        months=months,
        plan_to_date=plan_to_date(target.months, of.year, of.day) if target else None,
        branches=BranchTargets(sum(numbers), len(numbers), len(branches)) if branches else None,
        forecast=told,
        no_forecast=why_not,
    )


def _forecast(
    key: Key, target: OfficeTarget | None, months: Sequence[Month], of: _Year
) -> tuple[Forecast | None, str | None]:
    """A forecast of the running year, or why there is none."""
    if of.day.year != of.year:
        return None, "year_over" if of.day.year > of.year else "year_not_begun"
    seen = [
        Seen(
            weight=target.months[place] if target else 1,
            verified=month.verified,
            waiting=month.waiting,
            rejected=month.rejected,
            elapsed=elapsed(of.year, place + 1, of.day),
            arrived=_arrived_of_month(place + 1, of),
        )
        for place, month in enumerate(months)
    ]
    seed = zlib.crc32(f"{of.office} {key} {of.day}".encode())
    told = forecast(seen, seed)
    return told, None if told else "too_few_months"


def _arrived_of_month(month: int, of: _Year) -> float:
    """The share that has arrived of what was captured on a month's days until now."""
    first = date(of.year, month, 1)
    last = later(first, 1) - date.resolution
    ages = range(max((of.day - last).days, 0), (of.day - first).days + 1)
    shares = [of.arrived[min(age, LONGEST_DELAY)] for age in ages]
    return sum(shares) / len(shares) if shares else 1.0


def _counted(offices: Collection[int], year: int, day: date) -> _Counted:
    """A year's counts by segment and activity."""
    counted = _Counted()
    asked = {
        "offices": list(offices),
        "first": date(year, 1, 1),
        "next": date(year + 1, 1, 1),
        "month": day.replace(day=1),
    }
    for activity, month, verified, waiting in bulk.run(_PEOPLE, asked):
        counted.add(BPU, activity, month, verified=verified, waiting=waiting)
    for activity, month, active in bulk.run(_ACTIVE, asked):
        counted.add(BPU, activity, month, active=active)
    for activity, month, rejected in bulk.run(_REJECTED, asked):
        counted.add(BPU, activity, month, rejected=rejected)
    for segment, activity, month, verified, waiting, rejected in bulk.run(_LEADS, asked):
        numbers = {"verified": verified, "waiting": waiting, "rejected": rejected}
        counted.add(segment, activity, month, **numbers)
    return counted


_PEOPLE = """
    SELECT campaign.type, tally.month, sum(tally.verified)::int, sum(tally.provisional)::int
    FROM outreach_campaigntally AS tally
    JOIN outreach_campaign AS campaign ON campaign.id = tally.campaign_id
    WHERE campaign.office_id = ANY(%(offices)s)
        AND tally.month >= %(first)s AND tally.month < %(next)s
    GROUP BY campaign.type, tally.month"""

# As outreach.models.membership says: paid until then, and three unpaid months after it.
_ACTIVE = """
    SELECT campaign.type, person.month, count(DISTINCT person.id)
    FROM outreach_membership AS membership
    JOIN outreach_registration AS paid ON paid.id = membership.registration_id
    JOIN outreach_person AS person ON person.id = paid.person_id
    JOIN outreach_registration AS own ON own.id = person.credited_id
    JOIN outreach_campaign AS campaign
        ON campaign.id = coalesce(own.decided_campaign_id, own.campaign_id)
    WHERE campaign.office_id = ANY(%(offices)s)
        AND person.month >= %(first)s AND person.month < %(next)s
        AND membership.paid_until + interval '4 months' > %(month)s::date
        AND membership.withdrawn_at IS NULL
    GROUP BY campaign.type, person.month"""

# Two branches, since no index has the campaign that was decided, else the one that was named.
_CREDITED = """(
        SELECT own.id, local_day, own.received_at, own.status, campaign.type
        FROM outreach_campaign AS campaign
        JOIN outreach_registration AS own
            ON own.campaign_id = campaign.id AND own.decided_campaign_id IS NULL
        WHERE campaign.office_id = ANY(%(offices)s)
        UNION ALL
        SELECT own.id, local_day, own.received_at, own.status, campaign.type
        FROM outreach_campaign AS campaign
        JOIN outreach_registration AS own ON own.decided_campaign_id = campaign.id
        WHERE campaign.office_id = ANY(%(offices)s)
    ) AS own"""

_REJECTED = f"""
    SELECT type, date_trunc('month', local_day)::date AS month, count(*)
    FROM {_CREDITED}
    WHERE status = 'rejected' AND local_day >= %(first)s AND local_day < %(next)s
    GROUP BY 1, 2"""

_LEADS = """
    SELECT lead.segment, campaign.type, date_trunc('month', lead.local_day)::date AS month,
        count(*) FILTER (WHERE state = 'registered'),
        count(*) FILTER (WHERE state IN ('new', 'contacted', 'interested')),
        count(*) FILTER (WHERE state IN ('not_interested', 'lost'))
    FROM outreach_lead AS lead
    JOIN outreach_campaign AS campaign ON campaign.id = lead.campaign_id
    WHERE campaign.office_id = ANY(%(offices)s) AND lead.segment <> 'BPU'
        AND lead.local_day >= %(first)s AND lead.local_day < %(next)s
    GROUP BY lead.segment, campaign.type, 3"""


def _arrived(offices: Collection[int], day: date) -> list[float]:
    """How much arrives within so many days, by what these offices captured lately.

    An edit arrives anew: the first content of a registration is what counts. Its day is that of
    Jakarta, which is 7 hours ahead all year: a zone would be looked up by its name for each row.
    """
    rows = bulk.run(
        f"""
        SELECT least(greatest(first_at - local_day, 0), %(longest)s) AS delay,
            least(%(day)s::date - local_day, %(longest)s) AS age, count(*)
        FROM (
            SELECT own.local_day, (least(own.received_at, older.received_at)
                AT TIME ZONE interval '7 hours')::date AS first_at
            FROM {_CREDITED}
            LEFT JOIN (
                SELECT registration_id, min(received_at) AS received_at FROM outreach_revision
                GROUP BY registration_id
            ) AS older ON older.registration_id = own.id
            WHERE own.local_day > %(day)s::date - %(days)s AND own.local_day <= %(day)s
        ) AS captured
        GROUP BY 1, 2
        """,
        {
            "offices": list(offices),
            "day": day,
            "days": DELAYS_OF_DAYS,
            "longest": LONGEST_DELAY,
        },
    )
    delays: Mapping[tuple[int, int], int] = {(delay, age): number for delay, age, number in rows}
    return [float(share) for share in arrived_within(delays)]
