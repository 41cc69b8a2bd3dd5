"""Months frozen as they were published, and revised where records came late.

Revision 1 of a month is made a week after its end, at midnight where midnight comes last, so that
the whole country has one table. What counts for the month later on (late records, decisions, merges
undone, payments confirmed) makes another revision, at most one a day, beside those before it.
Working people, officials, formula and names stay those of revision 1.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from outreach import bulk
from outreach.models import Formula, FrozenStanding, Registration, StandingSnapshot
from outreach.standings.months import current_period, months_before
from outreach.standings.rebuilding import refresh
from outreach.standings.recounting import VillageStanding, formula_of, recounted
from outreach.standings.retention import EVERYBODY, MEMBERS, cohort_parameters
from outreach.standings.scoring import Part, ranks, scored
from outreach.standings.tables import NO_RANKS, kept_formula, newest_snapshot, ranks_before

WESTERNMOST = ZoneInfo("Asia/Jakarta")
GRACE = timedelta(days=7)
LOCK = 0x6A656D66
"""An advisory lock: whoever freezes or revises a month does it alone."""
CHUNK = 5000
COUNTS = ("verified", "opening_verified", "provisional", "cohort", "retained", "score")
"""Columns of a frozen row that another revision may say otherwise."""

Rows = list[dict[str, Any]]


def due_at(period: date) -> datetime:
    """When a month is frozen: the midnight a week after its end, in the westernmost zone."""
    return datetime.combine(months_before(period, -1) + GRACE, time(), WESTERNMOST)


def freeze(now: datetime) -> list[StandingSnapshot]:
    """Freeze all months that are due, the oldest first, and revise those that changed since.

    Each in a transaction of its own; gives what was made. Whatever was missed is made up for, and
    whatever others have made meanwhile is left as it is.
    """
    if kept_formula("", current_period(now)) is None:
        refresh(now)
    made = [first_revision(period, now) for period in _due(now)]
    frozen = StandingSnapshot.objects.order_by("period").values_list("period", flat=True)
    made += [revise(period, now) for period in frozen.distinct()]
    return [snapshot for snapshot in made if snapshot]


def _due(now: datetime) -> list[date]:
    """The months that are over for a week and not frozen: from the first on in which anything came
    in, by the server's clock, since tablets tell of any year."""
    newest = StandingSnapshot.objects.order_by("-period").first()
    if newest:
        period = months_before(newest.period, -1)
    else:
        first = Registration.objects.order_by("received_at").first()
        if first is None:
            return []
        period = first.received_at.astimezone(WESTERNMOST).date().replace(day=1)
    periods = []
    while due_at(period) <= now:
        periods.append(period)
        period = months_before(period, -1)
    return periods


def first_revision(period: date, now: datetime) -> StandingSnapshot | None:
    """Freeze a month as it is counted now; None if it is frozen already."""
    with transaction.atomic():
        _alone()
        if newest_snapshot(period):
            return None
        # Whoever alters formulas waits, or we see what they altered.
        list(Formula.objects.select_for_update(no_key=True).order_by("version"))
        formula = formula_of(period)
        rows = recounted(period, formula=formula)
        previous = ranks_before(period)
        _insert([_row(row, period, previous.get(row.code, NO_RANKS)) for row in rows])
        return StandingSnapshot.objects.create(
            period=period,
            revision=1,
            formula=formula,
            frozen_at=now,
            reasons=["month_end"],
            changes={},
        )


def _alone() -> None:
    bulk.run("SET LOCAL lock_timeout = '10min'")
    bulk.run("SET LOCAL statement_timeout = '10min'")
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _insert(rows: Rows) -> None:
    for start in range(0, len(rows), CHUNK):
        bulk.insert(FrozenStanding, rows[start : start + CHUNK])


def _row(row: VillageStanding, period: date, previous: Sequence[int | None]) -> dict[str, Any]:
    measure, told = row.denominator, row.officials
    return {
        "period": period,
        "village_id": row.code,
        "from_revision": 1,
        "province": row.code[:2],
        "regency": row.code[:5],
        "stratum": row.stratum,
        "name": row.name,
        "kind": row.kind,
        "verified": row.verified,
        "opening_verified": row.opening_verified,
        "provisional": row.provisional,
        "cohort": row.cohort,
        "retained": row.retained,
        "denominator_id": measure and measure.id,
        "denominator_value": measure and measure.value,
        "denominator_kind": measure and measure.kind,
        "denominator_source": measure and measure.source,
        "denominator_year": measure and measure.year,
        "officials_id": told and told.id,
        "officials_count": told and told.officials,
        "officials_members": told and told.members,
        "officials_as_of": told and told.as_of,
        "officials_source": told and told.source,
        "score": row.result.score,
        "previous_ranks": list(previous),
    }


def revise(period: date, now: datetime) -> StandingSnapshot | None:
    """Make a frozen month's next revision if anything counts for it that did not.

    None if nothing does, or if there is a revision of today already.
    """
    with transaction.atomic():
        _alone()
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

    A village that is gone since, and its successor, keep the figures they were published with: to
    whom its people moved is another change than who was there.
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
        ORDER BY kept.village_id
        """,
        cohort_parameters(newest.period, newest.formula),
    )
    return [Changed(*row) for row in rows]


def _late(changed: Sequence[Changed], newest: StandingSnapshot) -> dict[str, tuple[int, int]]:
    """Verified and provisional people of villages who came in after a revision was made."""
    rows = bulk.run(
        """
        SELECT village_id, count(*) FILTER (WHERE state = 'verified'),
            count(*) FILTER (WHERE state = 'provisional')
        FROM outreach_registration AS late
        JOIN outreach_person AS person ON person.id = person_id AND credited_id = late.id
        WHERE received_at > %s AND month <= %s AND state <> 'none' AND village_id = ANY(%s)
        GROUP BY village_id
        """,
        [newest.frozen_at, newest.period, [row.village for row in changed]],
    )
    return {village: (verified, provisional) for village, verified, provisional in rows}


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
        moves += [was[code] - becomes[code] for code in was if was[code] != becomes[code]]
    return moves


def _ranked(scores: Mapping[str, float | None]) -> dict[str, int]:
    ordered = sorted((-score, code) for code, score in scores.items() if score is not None)
    places = ranks([-score for score, _ in ordered])
    return {code: place or 0 for (_, code), place in zip(ordered, places, strict=True)}


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
