"""What kader brought in a year, beside each other."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from outreach import bulk
from outreach.standings.small_cells import is_small, suppressed


@dataclass(frozen=True, slots=True)
class KaderYear:
    """A kader's people on campaigns of one office; null where withheld.

    `months` are the verified ones from January to December, `parts` verified and provisional ones
    by campaign.
    """

    kader: int
    name: str
    office: str
    verified: int | None
    provisional: int | None
    months: list[int] | None
    parts: dict[UUID, tuple[int, int]]


def kader_years(offices: Collection[int], year: int) -> list[KaderYear]:
    """Kader with anything on campaigns of these offices, by office, the most verified first."""
    rows = bulk.run(
        """
        SELECT office.name, kader_id, kader.full_name, campaign_id, extract(month FROM month)::int,
            tally.verified, tally.provisional
        FROM outreach_campaigntally AS tally
        JOIN outreach_campaign AS campaign ON campaign.id = campaign_id
        JOIN outreach_office AS office ON office.id = campaign.office_id
        JOIN outreach_user AS kader ON kader.id = kader_id
        WHERE campaign.office_id = ANY(%s) AND month BETWEEN %s AND %s
            AND (tally.verified > 0 OR tally.provisional > 0)
        """,
        [list(offices), date(year, 1, 1), date(year, 12, 1)],
    )
    months: dict[Any, list[int]] = defaultdict(lambda: [0] * 12)
    parts: dict[Any, dict[UUID, tuple[int, int]]] = defaultdict(dict)
    for office, kader, name, campaign, month, verified, provisional in rows:
        key = office, kader, name
        months[key][month - 1] += verified
        before = parts[key].get(campaign, (0, 0))
        parts[key][campaign] = before[0] + verified, before[1] + provisional
    found = [
        KaderYear(
            kader,
            name,
            office,
            sum(verified for verified, _ in parts[key].values()),
            sum(provisional for _, provisional in parts[key].values()),
            months[key],
            parts[key],
        )
        for key in months
        for office, kader, name in [key]
    ]
    return sorted(found, key=lambda one: (one.office, -(one.verified or 0), one.name))


def without_small_counts(years: Sequence[KaderYear]) -> list[KaderYear]:
    """The same for who sees no records: without months, small counts, and what would tell them.

    Beside this the boards tell what offices and campaigns have together.
    """
    hidden = [_hidden(years, column) for column in (0, 1)]
    return [
        replace(
            one,
            verified=None if (one.office, one.kader) in hidden[0] else one.verified,
            provisional=None if (one.office, one.kader) in hidden[1] else one.provisional,
            months=None,
            parts={},
        )
        for one in years
    ]


def _hidden(years: Sequence[KaderYear], column: int) -> set[Any]:
    """Office and kader of the verified (0) or provisional (1) counts that are withheld."""
    counts: dict[Any, int] = {}
    sums: dict[Any, list[Any]] = defaultdict(list)
    for one in years:
        row = one.office, one.kader
        sums[one.office].append(row)
        for campaign, numbers in one.parts.items():
            cell = *row, campaign
            counts[cell] = numbers[column]
            sums[row].append(cell)
            sums[campaign].append(cell)
        counts[row] = sum(counts[cell] for cell in sums[row])
    for whole, parts in sums.items():
        counts[whole] = sum(counts[part] for part in parts)
    hidden = suppressed(counts, list(sums.items()))
    # A campaign's board tells its people unless they are few: who would have to hide them, goes.
    told = {key for key in hidden if isinstance(key, UUID) and not is_small(counts[key])}
    rows = {cell[:2] for campaign in told for cell in sums[campaign]}
    return suppressed(counts, list(sums.items()), also=rows)
