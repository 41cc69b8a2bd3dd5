"""Counts kept beside the people they count: per village and month, per campaign and kader.

They move with the people, in the same transaction; `rebuild_standings` makes them anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.models import CampaignTally, Formula, Standing, VillageTally
from outreach.standings.retention import members
from outreach.standings.scoring import NOBODY, Part, scored


class Counted(NamedTuple):
    """How one provisional or verified person counts now.

    `village` and `month` are the person's domicile and the first day of the month of the credited
    registration's corrected local day; the rest is that registration's. Somebody of unknown
    domicile counts for the campaign and for the event's village only.
    """

    village: str | None
    month: date
    campaign: UUID
    kader: int
    event_village: str | None
    verified: bool


def move(before: Iterable[Counted], after: Iterable[Counted]) -> None:
    """Take `before` out of the tallies and standings and put `after` in.

    Runs in the caller's transaction with the same number of statements for one person and for a
    thousand. The caller holds the change log's lock, so scores are computed from what is final.
    """
    villages, campaigns = _differences(before, after)
    _move_villages(villages)
    _move_campaigns(campaigns)
    domiciles = [row for row in villages if row["provisional"] or row["verified"]]
    if domiciles:
        stale = _move_standings(domiciles)
        if stale:
            _rescore(stale)


Rows = list[dict[str, Any]]


def _differences(before: Iterable[Counted], after: Iterable[Counted]) -> tuple[Rows, Rows]:
    """What changes per village and month, and per campaign, kader and month: no zeros, by key."""
    villages: dict[tuple[str, date], dict[str, int]] = defaultdict(
        lambda: {"provisional": 0, "verified": 0, "hosted": 0}
    )
    campaigns: dict[tuple[UUID, int, date], dict[str, int]] = defaultdict(
        lambda: {"provisional": 0, "verified": 0}
    )
    for sign, people in ((-1, before), (1, after)):
        for person in people:
            state = "verified" if person.verified else "provisional"
            campaigns[person.campaign, person.kader, person.month][state] += sign
            if person.village is not None:
                villages[person.village, person.month][state] += sign
            if person.event_village is not None:
                villages[person.event_village, person.month]["hosted"] += sign
    return (
        [
            {"village_id": village, "month": month, **change}
            for (village, month), change in sorted(villages.items())
            if any(change.values())
        ],
        [
            {"campaign_id": campaign, "kader_id": kader, "month": month, **change}
            for (campaign, kader, month), change in sorted(campaigns.items())
            if any(change.values())
        ],
    )


def _move_villages(rows: Rows) -> None:
    bulk.insert(
        VillageTally,
        rows,
        order_by="village_id, month",
        on_conflict="""(village_id, month) DO UPDATE SET
            provisional = old.provisional + excluded.provisional,
            verified = old.verified + excluded.verified,
            hosted = old.hosted + excluded.hosted""",
    )


def _move_campaigns(rows: Rows) -> None:
    bulk.insert(
        CampaignTally,
        rows,
        order_by="campaign_id, kader_id, month",
        on_conflict="""(campaign_id, kader_id, month) DO UPDATE SET
            provisional = old.provisional + excluded.provisional,
            verified = old.verified + excluded.verified""",
    )


def _move_standings(rows: Rows) -> list[str]:
    """Move the counts of the kept standings; give back the villages whose score is now stale.

    A standing takes in what happened up to its own period, whichever month it is by now: a later
    month waits in the tallies until the period is opened. So does a village without a standing.
    """
    moved = bulk.run(
        f"""
        WITH moved AS (
            SELECT kept.village_id,
                sum(new.provisional) AS provisional,
                sum(new.verified) AS verified,
                coalesce(sum(new.verified) FILTER (WHERE new.month < kept.period), 0) AS opening
            FROM {bulk.recordset(VillageTally, rows[0])}
            JOIN outreach_standing AS kept
                ON kept.village_id = new.village_id AND new.month <= kept.period
            GROUP BY kept.village_id
        )
        UPDATE outreach_standing AS kept SET
            provisional = kept.provisional + moved.provisional,
            verified = kept.verified + moved.verified,
            opening_verified = kept.opening_verified + moved.opening
        FROM moved
        WHERE kept.village_id = moved.village_id
            AND (moved.provisional <> 0 OR moved.verified <> 0 OR moved.opening <> 0)
        RETURNING kept.village_id, moved.verified <> 0 OR moved.opening <> 0
        """,
        [bulk.encode(rows)],
    )
    return [village for village, is_stale in moved if is_stale]


def recount_members(villages: Collection[str]) -> None:
    """Count anew who stays a member in the kept standings of villages, and score them.

    For people who move with their payments; the caller holds the change log's lock.
    """
    kept = Standing.objects.filter(village__in=villages).values_list("period", "formula")
    formulas = Formula.objects.in_bulk()
    for period, version in set(kept):
        counted = members(period, formulas[version], villages=villages)
        rows = [
            {
                "village_id": village,
                "cohort": counted.get(village, NOBODY).whole,
                "retained": counted.get(village, NOBODY).part,
            }
            for village in sorted(villages)
        ]
        bulk.run(
            f"""
            UPDATE outreach_standing AS kept SET cohort = new.cohort, retained = new.retained
            FROM {bulk.recordset(Standing, rows[0])}
            WHERE kept.village_id = new.village_id AND (period, formula_id) = (%s, %s)
            """,
            [bulk.encode(rows), period, version],
        )
    _rescore(sorted(villages))


def _rescore(villages: list[str]) -> None:
    """Score kept standings anew from their counts, measures and formulas."""
    formulas = Formula.objects.in_bulk()
    rows = bulk.run(
        """
        SELECT kept.village_id, formula_id, verified, opening_verified, denominator.value,
            ARRAY[retained, cohort],
            ARRAY[coalesce(told.members, 0), coalesce(told.officials, 0)]
        FROM outreach_standing AS kept
        LEFT JOIN outreach_denominator AS denominator ON denominator.id = denominator_id
        LEFT JOIN outreach_villageofficials AS told ON told.id = kept.officials_id
        WHERE kept.village_id = ANY(%s)
        """,
        [villages],
    )
    bulk.update(
        Standing,
        [
            {
                "village_id": village,
                "score": scored(
                    verified, opening, working, formulas[version], Part(*stay), Part(*officials)
                ).score,
            }
            for village, version, verified, opening, working, stay, officials in rows
        ],
        key="village_id",
    )
