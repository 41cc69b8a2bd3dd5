"""How many doubts of a month there are in each office, and what was decided about them."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from outreach import bulk
from outreach.flags import FOUND_LATER
from outreach.months import later
from outreach.remarks import STATES

_TOTALS = """
    WITH doubt AS (
        SELECT coalesce(kader.office_id, finding.office_id) AS office, code, (
            SELECT kind FROM outreach_findingremark AS said
            WHERE said.finding_id = finding.id AND kind <> 'answer' ORDER BY id DESC LIMIT 1
        ) AS decided
        FROM outreach_monthfinding AS finding
        LEFT JOIN outreach_user AS kader ON kader.id = finding.kader_id
        WHERE month = %(month)s AND taken_back_at IS NULL
        UNION ALL
        SELECT campaign.office_id, flag.code, (
            SELECT kind FROM outreach_flagremark AS said
            WHERE said.registration_id = own.id AND said.code = flag.code AND kind <> 'answer'
            ORDER BY id DESC LIMIT 1
        )
        FROM outreach_registration AS own
        JOIN outreach_flag AS flag ON flag.registration_id = own.id AND flag.code = ANY(%(codes)s)
        JOIN outreach_campaign AS campaign
            ON campaign.id = coalesce(own.decided_campaign_id, own.campaign_id)
        WHERE local_day >= %(month)s AND local_day < %(after)s
    )
    SELECT office, code, decided, count(*) FROM doubt WHERE office = ANY(%(offices)s)
    GROUP BY 1, 2, 3 ORDER BY 1, 2
"""


class DoubtTotals(NamedTuple):
    """Doubts of one kind in one office: `accepted` explanations, `upheld` ones, the rest."""

    office: int
    code: str
    open: int
    accepted: int
    upheld: int

    @property
    def whole(self) -> int:
        return self.open + self.accepted + self.upheld


def totals_of(offices: Collection[int], month: date) -> list[DoubtTotals]:
    """What jobs found in registrations of a month, by the office of the campaign that is credited,
    and in kader's and offices' months. One statement."""
    found: dict[tuple[int, str], DoubtTotals] = {}
    for office, code, decided, count in bulk.run(
        _TOTALS,
        {
            "offices": list(offices),
            "month": month,
            "after": later(month, 1),
            "codes": sorted(FOUND_LATER),
        },
    ):
        row = found.setdefault((office, code), DoubtTotals(office, code, 0, 0, 0))
        state = STATES.get(decided, "open")
        found[office, code] = row._replace(**{state: getattr(row, state) + count})
    return list(found.values())
