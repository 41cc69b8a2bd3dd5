"""Revisions of frozen months: what came late, beside what was published before."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from outreach import bulk
from outreach.models import Formula, FrozenStanding, StandingSnapshot
from outreach.standings.retention import EVERYBODY, MEMBERS, cohort_parameters
from outreach.standings.scoring import Part, ranks, scored
from outreach.standings.tables import newest_snapshot

WESTERNMOST = ZoneInfo("Asia/Jakarta")
"""Where midnight comes last: days of frozen tables begin there."""
LOCK = 0x6A656D66
"""An advisory lock: whoever freezes or revises a month does it alone."""
MEANWHILE = timedelta(minutes=10)
"""How long making a table may take, and so how long a push may run beside it."""
COUNTS = ("verified", "opening_verified", "provisional", "cohort", "retained", "score")
"""Columns of a frozen row that another revision may say otherwise."""

Rows = list[dict[str, Any]]


def alone() -> None:
    """Wait until nobody else freezes or revises a month, and keep others waiting till commit."""
    bulk.run("SET LOCAL lock_timeout = '10min'")
    bulk.run("SET LOCAL statement_timeout = '10min'")
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def revise(period: date, now: datetime) -> StandingSnapshot | None:
    """Make a frozen month's next revision if anything counts for it that did not.

    None if nothing does, or if there is a revision of today already.
    """
    with transaction.atomic():
        alone()
        newest = newest_snapshot(period)
        if newest is None or _day(now) <= _day(newest.frozen_at):
            return None
        changed = _changed(newest)
        if not changed:
            return None
        late = _late(changed, newest)
        moves = _moves(changed, newest)
        number = newest.revision + 1
        _replace(changed, newest, number)
        return StandingSnapshot.objects.create(
            period=period,
            revision=number,
            formula=newest.formula,
            frozen_at=now,
            reasons=_reasons(changed, late),
            changes={
                "villages": len(changed),
                "late_people": sum(map(sum, late.values())),
                "verified": sum(row.verified - row.was_verified for row in changed),
                "moved_up": sum(move > 0 for move in moves),
                "moved_down": sum(move < 0 for move in moves),
                "largest_move": max(map(abs, moves), default=0),
            },
        )


def _day(at: datetime) -> date:
    return at.astimezone(WESTERNMOST).date()


class Changed(NamedTuple):
    """A village's newest frozen row that is not what is counted now: before, and now."""

    row: int
    village: str
    regency: str
    was_score: float | None
    was_verified: int
    was_opening: int
    was_provisional: int
    was_cohort: int
    was_retained: int
    verified: int
    opening: int
    provisional: int
    cohort: int
    retained: int
    working_people: int | None
    members: int
    officials: int

    def score(self, formula: Formula) -> float | None:
        return scored(
            self.verified,
            self.opening,
            self.working_people,
            formula,
            Part(self.retained, self.cohort),
            Part(self.members, self.officials),
        ).score


NEWEST = "period = %(period)s AND until_revision IS NULL"


def _changed(newest: StandingSnapshot) -> list[Changed]:
    """The villages of which anything else is counted than their newest row says, by code.

    A village that is gone since, or was split, and its successors keep the figures they were
    published with: to whom its people moved is another change than who was there.
    """
    rows = bulk.run(
        f"""
        SELECT kept.id, kept.village_id, kept.regency, kept.score,
            kept.verified, kept.opening_verified, kept.provisional, kept.cohort, kept.retained,
            fresh.*, kept.denominator_value,
            coalesce(kept.officials_members, 0), coalesce(kept.officials_count, 0)
        FROM outreach_frozenstanding AS kept
        LEFT JOIN (
            SELECT village_id, sum(verified) AS verified, sum(provisional) AS provisional,
                sum(verified) FILTER (WHERE month < %(period)s) AS opening
            FROM outreach_villagetally WHERE month <= %(period)s GROUP BY village_id
        ) AS tally ON tally.village_id = kept.village_id
        LEFT JOIN ({MEMBERS.format(whose=EVERYBODY)}) AS membership
            ON membership.village_id = kept.village_id
        CROSS JOIN LATERAL (
            SELECT coalesce(tally.verified, 0)::int, coalesce(tally.opening, 0)::int,
                coalesce(tally.provisional, 0)::int,
                coalesce(membership.cohort, 0), coalesce(membership.retained, 0)
        ) AS fresh (verified, opening, provisional, cohort, retained)
        WHERE {NEWEST}
            AND (kept.verified, kept.opening_verified, kept.provisional, kept.cohort, kept.retained)
                IS DISTINCT FROM (fresh.verified, fresh.opening, fresh.provisional, fresh.cohort,
                    fresh.retained)
            AND kept.village_id NOT IN (
                SELECT unnest(ARRAY[gone.code, gone.region_id]) FROM outreach_regionalias AS gone
                JOIN outreach_frozenstanding AS listed ON listed.village_id = gone.code
                WHERE gone.system = 'kemendagri' AND gone.confidence = 'high'
                    AND listed.period = %(period)s AND listed.until_revision IS NULL)
            AND kept.village_id NOT IN (
                SELECT unnest(from_codes || to_codes) FROM outreach_regionchange
                WHERE kind <> 'rename' AND undone_at IS NULL AND applied_at > (
                    SELECT frozen_at FROM outreach_standingsnapshot
                    WHERE period = %(period)s AND revision = 1))
        ORDER BY kept.village_id
        """,
        cohort_parameters(newest.period, newest.formula),
    )
    return [Changed(*row) for row in rows]


def _late(changed: Sequence[Changed], newest: StandingSnapshot) -> dict[str, tuple[int, int]]:
    """Verified and provisional people of villages who came in after a revision was made.

    A push that ran while it was made is in it or not, whenever it had begun: as many of those who
    came around then are late as the counts differ by.
    """
    rows = bulk.run(
        """
        SELECT village_id,
            count(*) FILTER (WHERE state = 'verified' AND received_at >= %(after)s),
            count(*) FILTER (WHERE state = 'verified'),
            count(*) FILTER (WHERE state = 'provisional' AND received_at >= %(after)s),
            count(*) FILTER (WHERE state = 'provisional')
        FROM outreach_registration AS late
        JOIN outreach_person AS person ON person.id = person_id AND credited_id = late.id
        WHERE received_at > %(before)s AND month <= %(period)s AND state <> 'none'
            AND village_id = ANY(%(villages)s)
        GROUP BY village_id
        """,
        {
            "before": newest.frozen_at - MEANWHILE,
            "after": newest.frozen_at + MEANWHILE,
            "period": newest.period,
            "villages": [row.village for row in changed],
        },
    )
    around = {village: counts for village, *counts in rows}
    late = {}
    for row in changed:
        least_verified, verified, least_provisional, provisional = around.get(row.village, (0,) * 4)
        late[row.village] = (
            min(max(row.verified - row.was_verified, least_verified), verified),
            min(max(row.provisional - row.was_provisional, least_provisional), provisional),
        )
    return {village: people for village, people in late.items() if any(people)}


def _reasons(changed: Sequence[Changed], late: Mapping[str, tuple[int, int]]) -> list[str]:
    """Late people, decisions about others, and who is a member, as far as each changed anything."""
    reasons = ["late_records"] if late else []
    for row in changed:
        came = late.get(row.village, (0, 0))
        if came != (row.verified - row.was_verified, row.provisional - row.was_provisional):
            reasons.append("decisions")
            break
    if any((r.cohort, r.retained) != (r.was_cohort, r.was_retained) for r in changed):
        reasons.append("members")
    return reasons


def _moves(changed: Sequence[Changed], newest: StandingSnapshot) -> list[int]:
    """How many ranks each village moves in its regency, up above 0, without those that stay."""
    now = {row.village: row.score(newest.formula) for row in changed}
    regencies: dict[str, dict[str, float | None]] = {}
    for regency, village, score in bulk.run(
        f"SELECT regency, village_id, score FROM outreach_frozenstanding"
        f" WHERE {NEWEST} AND regency = ANY(%(regencies)s)",
        {"period": newest.period, "regencies": sorted({row.regency for row in changed})},
    ):
        regencies.setdefault(regency, {})[village] = score
    moves = []
    for before in regencies.values():
        was, becomes = (
            _ranked(before),
            _ranked({code: now.get(code, before[code]) for code in before}),
        )
        moves += [was[code] - becomes[code] for code in was.keys() & becomes.keys()]
    return [move for move in moves if move]


def _ranked(scores: Mapping[str, float | None]) -> dict[str, int]:
    ordered = sorted((-score, code) for code, score in scores.items() if score is not None)
    places = ranks([-score for score, _ in ordered])
    return {code: place for (_, code), place in zip(ordered, places, strict=True) if place}


def _replace(changed: Sequence[Changed], newest: StandingSnapshot, revision: int) -> None:
    """Have new rows stand beside the old ones from this revision on."""
    bulk.run(
        "UPDATE outreach_frozenstanding SET until_revision = %s WHERE id = ANY(%s)",
        [revision, [row.row for row in changed]],
    )
    copied = [
        field.column
        for field in FrozenStanding._meta.concrete_fields
        if field.column and field.column not in {"id", "from_revision", "until_revision", *COUNTS}
    ]
    rows: Rows = [
        {
            "id": row.row,
            "verified": row.verified,
            "opening_verified": row.opening,
            "provisional": row.provisional,
            "cohort": row.cohort,
            "retained": row.retained,
            "score": row.score(newest.formula),
        }
        for row in changed
    ]
    bulk.run(
        f"""
        INSERT INTO outreach_frozenstanding (from_revision, {", ".join([*COUNTS, *copied])})
        SELECT %s, {", ".join(f"new.{name}" for name in COUNTS)},
            {", ".join(f"was.{name}" for name in copied)}
        FROM {bulk.recordset(FrozenStanding, rows[0])}
        JOIN outreach_frozenstanding AS was ON was.id = new.id
        """,
        [revision, bulk.encode(rows)],
    )
