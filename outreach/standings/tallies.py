"""Counts kept beside the people they count: per village and month, per campaign and kader.

They move with the people, in the same transaction; `rebuild_standings` makes them anew.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.models import CampaignTally, Formula, Standing, VillageTally
from outreach.standings.scoring import scored


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
    """What changes per village and month, and per campaign and kader: no zeros, in key order."""
    villages: dict[tuple[str, date], dict[str, int]] = defaultdict(
        lambda: {"provisional": 0, "verified": 0, "hosted": 0}
    )
    campaigns: dict[tuple[UUID, int], dict[str, int]] = defaultdict(
        lambda: {"provisional": 0, "verified": 0}
    )
    for sign, people in ((-1, before), (1, after)):
        for person in people:
            state = "verified" if person.verified else "provisional"
            campaigns[person.campaign, person.kader][state] += sign
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
            {"campaign_id": campaign, "kader_id": kader, **change}
            for (campaign, kader), change in sorted(campaigns.items())
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
        order_by="campaign_id, kader_id",
        on_conflict="""(campaign_id, kader_id) DO UPDATE SET
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


def _rescore(villages: list[str]) -> None:
    """Score kept standings anew from their counts, denominators and formulas."""
    formulas = Formula.objects.in_bulk()
    kept = bulk.run(
        """
        SELECT village_id, formula_id, verified, opening_verified, denominator.value
        FROM outreach_standing LEFT JOIN outreach_denominator AS denominator
            ON denominator.id = denominator_id
        WHERE village_id = ANY(%s)
        """,
        [villages],
    )
    bulk.update(
        Standing,
        [
            {
                "village_id": village,
                "score": scored(verified, opening, working_people, formulas[version]).score,
            }
            for village, version, verified, opening, working_people in kept
        ],
        key="village_id",
    )
