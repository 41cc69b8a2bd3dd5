"""What of a campaign's figures is shown to whom: small counts only to who sees the records."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from outreach import bulk
from outreach.activities.figures import HEADS, SEGMENTS, SIGNUPS, STATES, Figures
from outreach.models import Campaign, CampaignTarget, SupervisedBusiness, User
from outreach.scopes import offices_for
from outreach.standings.small_cells import is_small, shown, shown_series, suppressed

SEXES = ("female", "male", "sex_unknown")


def guarded_heads(heads: Mapping[str, int | None]) -> dict[str, int | None]:
    """Heads by sex, and what else was counted of them: all of that is hidden where one by sex is.

    It cannot be more than all of them are, and so would say how few the hidden ones are at least.
    """
    is_hidden = any(heads[name] is None for name in SEXES)
    return {
        name: None if is_hidden and name not in SEXES else count for name, count in heads.items()
    }


def heads_shown(
    columns: Mapping[str, Sequence[int]], totals: Mapping[str, int], *, is_open: bool
) -> tuple[list[dict[str, int | None]], dict[str, int | None]]:
    """The heads of sessions, and of all of them together, as somebody sees them.

    The columns are of the sessions that are listed; the totals may be of more.
    """
    seen: dict[str, Sequence[int | None]] = dict(columns)
    whole: dict[str, int | None] = dict(totals)
    if not is_open:
        seen = {name: shown_series(counts) for name, counts in columns.items()}
        whole = {name: shown(total) for name, total in totals.items()}
    rows = zip(*seen.values(), strict=True)
    sessions = [guarded_heads(dict(zip(seen, row, strict=True))) for row in rows]
    if any(one["officials"] is None for one in sessions):
        # By the totals what is hidden of one session could be worked out.
        whole = {name: total if name in SEXES else None for name, total in whole.items()}
    return sessions, guarded_heads(whole)


def board_shown(figures: Figures, *, is_open: bool, is_beside: bool) -> dict[str, Any]:
    """A campaign's figures as a board has them.

    `is_beside`: its people are withheld too, as they would tell of those of another campaign.
    """
    signups = _parts(figures.signups, SIGNUPS, is_open=is_open)
    people = _each(figures.people, is_open=is_open)
    if is_beside:
        signups |= {name: None if signups[name] else 0 for name in ("verified", "waiting")}
    if is_beside or None in {*signups.values(), *people.values()}:
        # Signups and people nearly add up to each other.
        signups["total"] = None
        people = {name: None if count else count for name, count in people.items()}
    heads = {name: figures.attendance[name] for name in HEADS}
    registered = {"registered": figures.business_registrations}
    return {
        "signups": signups,
        "people": people,
        "segments": [
            _segment(one, figures, people["verified"], is_open=is_open) for one in SEGMENTS
        ],
        "attendance": {
            "sessions": figures.sessions,
            **guarded_heads(_each(heads, is_open=is_open)),
        },
        "businesses": {
            "states": dict.fromkeys(SupervisedBusiness.State.values, 0) | figures.businesses,
            **_each(registered, is_open=is_open),
        },
    }


def _segment(
    segment: str, figures: Figures, people: int | None, *, is_open: bool
) -> dict[str, Any]:
    states = _parts(figures.leads[segment], STATES, is_open=is_open)
    total = states.pop("total")
    return {
        "segment": segment,
        "target": figures.targets.get(segment),
        "reached": people if segment == CampaignTarget.Segment.BPU else states["registered"],
        "leads": total,
        "states": states,
    }


def _parts(
    counts: Mapping[str, int], names: tuple[str, ...], *, is_open: bool
) -> dict[str, int | None]:
    """Parts with their total; without those that are too small, or that tell such."""
    numbers = [counts[name] for name in names]
    parts: list[int | None] = [*numbers] if is_open else shown_series(numbers)
    total = sum(numbers)
    return {
        **dict(zip(names, parts, strict=True)),
        "total": total if is_open else shown(total),
    }


def _each(counts: Mapping[str, int], *, is_open: bool) -> dict[str, int | None]:
    return {name: number if is_open else shown(number) for name, number in counts.items()}


_PEOPLE = """
    SELECT campaign.id, office.id, office.parent_id, campaign.type, to_char(
            campaign.starts_at AT TIME ZONE campaign.time_zone, 'YYYY-MM') AS month,
        sum(tally.verified)::int, sum(tally.provisional)::int
    FROM outreach_campaign AS campaign
    JOIN outreach_office AS office ON office.id = campaign.office_id
    JOIN outreach_campaigntally AS tally ON tally.campaign_id = campaign.id
    WHERE campaign.office_id = ANY(%(offices)s)
        AND date_part('year', campaign.starts_at AT TIME ZONE campaign.time_zone) = ANY(%(years)s)
    GROUP BY campaign.id, office.id
"""


def told_by_targets(user: User, campaigns: Sequence[Campaign]) -> set[UUID]:
    """Campaigns, of the years of these, whose people would tell beside the targets of an office how
    few people another campaign has.

    Targets add up the campaigns of an office and of its branches, of each activity and of all, by
    month and year.
    """
    years = {campaign.starts_at.year for campaign in campaigns}
    years |= {year + 1 for year in years}
    offices = list(offices_for(user).values_list("pk", flat=True))
    rows = bulk.run(_PEOPLE, {"offices": offices, "years": [*years]})
    withheld: set[UUID] = set()
    for column in (-2, -1):
        counts: dict[Any, int] = {row[0]: row[column] for row in rows}
        sums: dict[Any, list[UUID]] = defaultdict(list)
        for campaign, office, parent, activity, month, *_people in rows:
            for of_office in {office, parent} & {*offices}:
                for of_activity in (activity, ""):
                    for period in (month, month[:4]):
                        sums[of_office, of_activity, period].append(campaign)
        wholes = {whole: sum(counts[part] for part in parts) for whole, parts in sums.items()}
        hidden = suppressed(counts | wholes, list(sums.items()))
        withheld |= {one for one in counts.keys() & hidden if not is_small(counts[one])}
    return withheld
