"""Who became a member and still is one, by the months of contribution that were confirmed."""

from collections.abc import Collection
from datetime import date
from typing import Any

from outreach import bulk
from outreach.membership.months import UNPAID_MONTHS
from outreach.models import Formula, Registration
from outreach.months import later
from outreach.standings.scoring import Part

OUT = [Registration.Status.REJECTED.value, Registration.Status.WITHDRAWN.value]

MEMBERS = """
SELECT village_id, count(*)::int AS cohort, count(*) FILTER (WHERE is_active)::int AS retained
FROM (
    SELECT person.village_id, min(paid.first_month) AS since,
        bool_or(paid.first_month <= %(period)s AND %(period)s
            < paid.first_month + make_interval(months => paid.months + %(unpaid_months)s))
            AS is_active
    FROM outreach_person AS person
    JOIN outreach_registration AS own ON own.person_id = person.id AND own.status <> ALL(%(out)s)
    JOIN outreach_payment AS paid ON paid.registration_id = own.id AND paid.undone_at IS NULL
    WHERE person.state = 'verified' AND person.month <= %(period)s AND {whose}
    GROUP BY person.village_id, person.id
) AS membership
WHERE since BETWEEN %(cohort_first)s AND %(cohort_last)s GROUP BY village_id"""
"""SQL for the cohort of each village in a period, and those of it who are members in the period.

The cohort are the verified people who live there by now, captured by then, whose first paid month
is one of the formula's; whoever paid for one of the last three months, or for the period's own, is
a member in it.
"""

OF_VILLAGES = "person.village_id = ANY(%(villages)s)"
WITHIN = """person.village_id IN (
    SELECT code FROM outreach_region WHERE level = 4 AND code LIKE %(within)s)"""
EVERYBODY = "TRUE"


def cohort_parameters(period: date, formula: Formula) -> dict[str, Any]:
    """What MEMBERS asks for beside `villages` or `within`."""
    last = later(period, -formula.cohort_age_months)
    return {
        "period": period,
        "cohort_first": later(last, 1 - formula.cohort_months),
        "cohort_last": last,
        "unpaid_months": UNPAID_MONTHS,
        "out": OUT,
    }


def whose(within: str, villages: Collection[str] | None) -> str:
    """SQL for those people that MEMBERS is to look at."""
    if villages is not None:
        return OF_VILLAGES
    return WITHIN if within else EVERYBODY


def members(
    period: date, formula: Formula, *, within: str = "", villages: Collection[str] | None = None
) -> dict[str, Part]:
    """How many of the cohort of a region's villages, or of the given ones, are still members."""
    rows = bulk.run(
        MEMBERS.format(whose=whose(within, villages)),
        {
            **cohort_parameters(period, formula),
            "within": f"{within}%",
            "villages": list(villages or ()),
        },
    )
    return {village: Part(retained, cohort) for village, cohort, retained in rows}
