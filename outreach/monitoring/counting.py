"""Figures of a regency for monitoring meetings, counted from people, payments and leads.

A constant number of statements, each over the whole regency at once, so that every breakdown of a
report is of the same people: the first one gives all their counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from outreach import bulk
from outreach.geo.region_codes import CODE_LENGTHS
from outreach.membership.months import UNPAID_MONTHS
from outreach.models import Region
from outreach.months import later
from outreach.places.regions.aliases import IS_TODAYS
from outreach.standings.recounting import SEGMENT
from outreach.standings.retention import OUT

DISTRICT = CODE_LENGTHS[2]
PERIODS = ("now", "month_before", "year_before")


class Counts(NamedTuple):
    """People up to the end of a month: registered and not verified yet, verified, and those of the
    verified who were members in the month."""

    provisional: int = 0
    verified: int = 0
    active: int = 0

    @property
    def registered(self) -> int:
        return self.provisional + self.verified

    def plus(self, other: "Counts") -> "Counts":
        return Counts(
            self.provisional + other.provisional,
            self.verified + other.verified,
            self.active + other.active,
        )


class Cell(NamedTuple):
    """People of a village whose credited registration is of an activity, at three times."""

    village: str
    activity: str
    at: dict[str, Counts]

    @property
    def district(self) -> str:
        return self.village[:DISTRICT]


_PEOPLE = """
    WITH villages AS MATERIALIZED (
        SELECT code FROM outreach_region WHERE level = 4 AND starts_with(code, %(within)s)
    ), people AS MATERIALIZED (
        SELECT id, village_id AS village, month, state = 'verified' AS is_verified, credited_id
        FROM villages JOIN outreach_person ON village_id = code
        WHERE state <> 'none' AND month <= %(now)s
    ), own AS MATERIALIZED (
        SELECT id, person_id, status, coalesce(decided_campaign_id, campaign_id) AS campaign
        FROM outreach_registration WHERE person_id = ANY (ARRAY (SELECT id FROM people))
    ), paid AS MATERIALIZED (
        SELECT registration_id, {paid} FROM outreach_payment
        WHERE registration_id = ANY (ARRAY (SELECT id FROM own WHERE status <> ALL (%(out)s)))
            AND undone_at IS NULL
        GROUP BY registration_id
    ), told AS (
        SELECT village, month, is_verified, {any_paid},
            (array_agg(campaign) FILTER (WHERE own.id = credited_id))[1] AS campaign
        FROM people FULL JOIN own ON own.person_id = people.id
            FULL JOIN paid ON paid.registration_id = own.id
        GROUP BY people.id, village, month, is_verified
    )
    SELECT village, campaign.type, {counts}
    FROM told JOIN outreach_campaign AS campaign ON campaign.id = told.campaign
    GROUP BY village, campaign.type ORDER BY village, campaign.type
"""
# A list of ids is walked through an index once, page by page, where a join would look up each. Its
# length is unknown to the planner, so what follows must not be joined by comparing each with each:
# a full join never is. It finds nothing more than another would.
_PAID = """bool_or(first_month <= %({period})s
    AND %({period})s < first_month + make_interval(months => months + %(unpaid_months)s)
    ) AS paid_{period}"""
_ANY_PAID = "bool_or(paid_{period}) AS paid_{period}"
_COUNTS = """
    count(*) FILTER (WHERE month <= %({period})s AND NOT is_verified)::int,
    count(*) FILTER (WHERE month <= %({period})s AND is_verified)::int,
    count(*) FILTER (WHERE month <= %({period})s AND is_verified AND paid_{period})::int"""


def _of_each_period(sql: str) -> str:
    return ", ".join(sql.format(period=period) for period in PERIODS)


PEOPLE = _PEOPLE.format(
    paid=_of_each_period(_PAID),
    any_paid=_of_each_period(_ANY_PAID),
    counts=_of_each_period(_COUNTS),
)


def people_of(within: str, period: date) -> list[Cell]:
    """A regency's people by village and activity, up to a month, the one before, and a year ago.

    Each person counts once, where they live and for the registration that has the credit.
    """
    rows = bulk.run(
        PEOPLE,
        {
            "within": f"{within}.",
            "now": period,
            "month_before": later(period, -1),
            "year_before": later(period, -12),
            "out": OUT,
            "unpaid_months": UNPAID_MONTHS,
        },
    )
    return [
        Cell(
            village,
            activity,
            {
                name: Counts(*counts[3 * place : 3 * place + 3])
                for place, name in enumerate(PERIODS)
            },
        )
        for village, activity, *counts in rows
    ]


def added_up(cells: Iterable[Cell], at: str = "now") -> Counts:
    """All the people of some cells."""
    whole = Counts()
    for cell in cells:
        whole = whole.plus(cell.at[at])
    return whole


def grouped(cells: Iterable[Cell], by: str, at: str = "now") -> dict[str, Counts]:
    """People by `village`, `district` or `activity`."""
    found: dict[str, Counts] = defaultdict(Counts)
    for cell in cells:
        key = getattr(cell, by)
        found[key] = found[key].plus(cell.at[at])
    return dict(found)


class Figure(NamedTuple):
    """A figure of working people, one source's."""

    id: int
    source: str
    year: int
    value: int
    kind: str


class Workers(NamedTuple):
    """What is known of a region's working people.

    `own` are the region's own figures, one a source, the one that is used first; `villages` those
    of its villages of today, of which `without` have none.
    """

    own: list[Figure]
    villages: list[Figure]
    without: int

    @property
    def villages_sum(self) -> int:
        return sum(figure.value for figure in self.villages)

    @property
    def has_all_villages(self) -> bool:
        return bool(self.villages) and not self.without


_WORKERS = f"""
    WITH regions AS (
        SELECT code, level FROM outreach_region AS village
        WHERE (code = %(within)s OR starts_with(code, %(inside)s)) AND {IS_TODAYS}
    ), figures AS (
        SELECT DISTINCT ON (region_id, source) region_id, id, source, year, value, kind
        FROM regions JOIN outreach_denominator ON region_id = code
        WHERE segment = %(segment)s AND year <= %(year)s AND replaced_at IS NULL
        ORDER BY region_id, source, year DESC
    )
    SELECT code, level, id, source, year, value, kind
    FROM regions LEFT JOIN figures ON region_id = code
    ORDER BY code, year DESC, kind = 'official' DESC, source
"""


def workers_of(within: str, period: date) -> dict[str, Workers]:
    """Working people of a regency and each of its districts. One statement."""
    own: dict[str, list[Figure]] = defaultdict(list)
    used: dict[str, Figure | None] = {}
    for code, level, *figure in bulk.run(
        _WORKERS,
        {"within": within, "inside": f"{within}.", "segment": SEGMENT, "year": period.year},
    ):
        known = Figure(*figure) if figure[0] is not None else None
        if level == Region.Level.VILLAGE:
            used.setdefault(code, known)
        else:
            own[code] += [known] if known else []
    villages: dict[str, list[Figure | None]] = defaultdict(list)
    for code, known in used.items():
        villages[within].append(known)
        villages[code[:DISTRICT]].append(known)
    return {code: _workers(figures, villages[code]) for code, figures in own.items()}


def _workers(own: list[Figure], villages: Sequence[Figure | None]) -> Workers:
    known = [figure for figure in villages if figure]
    return Workers(own, known, len(villages) - len(known))


class Leads(NamedTuple):
    """Leads of a segment up to a month, and how many of them are registered by now."""

    segment: str
    leads: int
    registered: int


def leads_of(within: str, period: date) -> list[Leads]:
    """Leads in a regency by segment; erased ones are still counted. One statement."""
    rows = bulk.run(
        "SELECT segment, count(*)::int, count(registration_id)::int FROM outreach_lead"
        " WHERE starts_with(village_id, %s) AND local_day < %s GROUP BY segment ORDER BY segment",
        [f"{within}.", later(period, 1)],
    )
    return [Leads(*row) for row in rows]


def district_names(within: str) -> dict[str, str]:
    """The districts of a regency, by code."""
    rows: list[tuple[Any, ...]] = bulk.run(
        "SELECT code, name FROM outreach_region WHERE parent_id = %s AND level = 3 ORDER BY code",
        [within],
    )
    return dict(rows)
