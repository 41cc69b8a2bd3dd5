"""What kader brought in a year, beside each other."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from outreach import bulk
from outreach.standings.small_cells import shown_series


@dataclass(frozen=True, slots=True)
class KaderYear:
    """A kader's people on campaigns of one office, by month of capture; null where withheld.

    `months` are the verified ones from January to December.
    """

    kader: int
    name: str
    office: str
    verified: int | None
    provisional: int | None
    months: list[int] | None = field(default=None)


def kader_years(offices: Collection[int], year: int) -> list[KaderYear]:
    """Kader with anything on campaigns of these offices, by office, the most verified first."""
    rows = bulk.run(
        """
        SELECT kader_id, kader.full_name, office.name, extract(month FROM month)::int,
            sum(verified)::int, sum(provisional)::int
        FROM outreach_campaigntally AS tally
        JOIN outreach_campaign AS campaign ON campaign.id = campaign_id
        JOIN outreach_office AS office ON office.id = campaign.office_id
        JOIN outreach_user AS kader ON kader.id = kader_id
        WHERE campaign.office_id = ANY(%s) AND month BETWEEN %s AND %s
        GROUP BY 1, 2, 3, 4
        """,
        [list(offices), date(year, 1, 1), date(year, 12, 1)],
    )
    verified: dict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0] * 12)
    provisional: dict[tuple[str, int, str], int] = defaultdict(int)
    for kader, name, office, month, counted, waiting in rows:
        verified[office, kader, name][month - 1] += counted
        provisional[office, kader, name] += waiting
    found = [
        KaderYear(kader, name, office, sum(months), provisional[office, kader, name], months)
        for (office, kader, name), months in verified.items()
    ]
    return sorted(
        (one for one in found if one.verified or one.provisional),
        key=lambda one: (one.office, -(one.verified or 0), one.name),
    )


def without_small_counts(years: Iterable[KaderYear]) -> list[KaderYear]:
    """The same for who sees no records: an office's board tells its total, so that of each office
    as many are hidden as are needed, and no month by itself."""
    by_office: dict[str, list[KaderYear]] = defaultdict(list)
    for one in years:
        by_office[one.office].append(one)
    return [
        replace(one, verified=verified, provisional=provisional, months=None)
        for rows in by_office.values()
        for one, verified, provisional in zip(
            rows,
            shown_series([one.verified or 0 for one in rows]),
            shown_series([one.provisional or 0 for one in rows]),
            strict=True,
        )
    ]
