"""Which office looks after which region on a day: of assignments the most detailed one wins.

A regency may belong to one branch and a district of it to another. Whoever asks gets codes that
already leave out what is another's: a village is in the territory if one of the codes begins its
own, and nothing else has to be known. Offices of different kinds do not take from each other.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from outreach import bulk

ZONE = ZoneInfo("Asia/Jakarta")
"""Where midnight moves a border, for the whole country."""

CODES = """array(
    WITH RECURSIVE assigned AS (
        SELECT region_id, office_id FROM outreach_officeterritory
        JOIN outreach_office AS holder ON holder.id = office_id
        WHERE first_day <= {day} AND (last_day IS NULL OR last_day >= {day})
            AND holder.kind = (SELECT kind FROM outreach_office WHERE id = {office})
    ), piece (code, is_whole) AS (
        SELECT own.region_id, NOT EXISTS (
            SELECT FROM assigned AS other WHERE other.office_id <> own.office_id
            AND starts_with(other.region_id, own.region_id || '.'))
        FROM assigned AS own WHERE own.office_id = {office}
        UNION ALL
        SELECT child.code, NOT EXISTS (
            SELECT FROM assigned AS other WHERE other.office_id <> {office}
            AND starts_with(other.region_id, child.code || '.'))
        FROM piece JOIN outreach_region AS child ON child.parent_id = piece.code
        WHERE NOT is_whole AND child.code NOT IN (SELECT region_id FROM assigned)
    )
    SELECT code FROM piece WHERE is_whole ORDER BY code
)::text[]"""
"""SQL for what an office (its id) looks after on a day: codes of villages, or what they lie in."""


def today(now: datetime) -> date:
    """The day whose borders are in force."""
    return now.astimezone(ZONE).date()


def codes_of(offices: Collection[int], day: date) -> list[str]:
    """What these offices look after on a day, whatever is another's left out. One statement."""
    rows = bulk.run(
        "SELECT DISTINCT unnest("
        + CODES.format(office="office.id", day="%(day)s::date")
        + ") AS code FROM outreach_office AS office WHERE id = ANY(%(offices)s) ORDER BY code",
        {"offices": list(offices), "day": day},
    )
    return [code for (code,) in rows]


def assigned_to(offices: Collection[int], day: date) -> dict[int, list[str]]:
    """The regions assigned to each office on a day, as they were assigned. One statement."""
    found: dict[int, list[str]] = {office: [] for office in offices}
    for office, code in bulk.run(
        "SELECT office_id, region_id FROM outreach_officeterritory WHERE office_id = ANY(%(own)s)"
        " AND first_day <= %(day)s AND (last_day IS NULL OR last_day >= %(day)s)"
        " ORDER BY region_id",
        {"own": list(offices), "day": day},
    ):
        found[office].append(code)
    return found


class Held(NamedTuple):
    """A village and the branch, or regional office, that looks after it; None: nobody does."""

    village: str
    office: int | None


def holders(within: Collection[str], kind: str, day: date) -> list[Held]:
    """Who of the offices of a kind looks after each village of these regions on a day."""
    rows = bulk.run(
        """
        SELECT village.code, (
            SELECT office_id FROM outreach_officeterritory
            JOIN outreach_office AS holder ON holder.id = office_id
            WHERE region_id IN (
                    village.code, left(village.code, 8), left(village.code, 5),
                    left(village.code, 2)
                )
                AND holder.kind = %(kind)s
                AND first_day <= %(day)s AND (last_day IS NULL OR last_day >= %(day)s)
            ORDER BY length(region_id) DESC LIMIT 1
        )
        FROM outreach_region AS village
        WHERE level = 4 AND (code = ANY(%(within)s) OR left(code, 8) = ANY(%(within)s)
            OR left(code, 5) = ANY(%(within)s) OR left(code, 2) = ANY(%(within)s))
        ORDER BY code
        """,
        {"kind": kind, "day": day, "within": list(within)},
    )
    return [Held(*row) for row in rows]


class HeldMonth(NamedTuple):
    """People who live in what an office looked after when a month began, by month of capture."""

    month: date
    provisional: int
    verified: int


def held_months(office: int, year: int) -> list[HeldMonth]:
    """A year of an office's territory: each month by the borders of its first day.

    A border that moves in the middle of a month takes its people along from the next one on, so
    the figures of a month that has begun keep their office.
    """
    rows = bulk.run(
        """
        SELECT month.first_day, coalesce(sum(provisional), 0)::int, coalesce(sum(verified), 0)::int
        FROM (SELECT make_date(%(year)s, number, 1) AS first_day FROM generate_series(1, 12)
            AS number) AS month
        CROSS JOIN LATERAL (SELECT """
        + CODES.format(office="%(office)s", day="month.first_day")
        + """ AS codes) AS own
        LEFT JOIN outreach_villagetally AS tally ON tally.month = month.first_day
            AND EXISTS (SELECT FROM unnest(own.codes) AS code
                WHERE starts_with(tally.village_id, code))
        GROUP BY month.first_day ORDER BY month.first_day
        """,
        {"office": office, "year": year},
    )
    return [HeldMonth(*row) for row in rows]
