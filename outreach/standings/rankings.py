"""Where villages stand among each other: now from the kept rows, earlier from frozen ones."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from outreach import bulk
from outreach.models import Formula, VillageTally
from outreach.standings.recounting import (
    Month,
    VillageStanding,
    formula_of,
    ranked_order,
    recounted,
)
from outreach.standings.scoring import ranks
from outreach.standings.small_cells import shown
from outreach.standings.tables import (
    Table,
    narrowed,
    ranks_before,
    read,
    scoped,
    slot,
    table_of,
)

BEFORE_THE_UNRANKED = "00.00.00.0000"
"""No village's code: a ranking goes on after it with the villages without a rank."""


class NotInRanking(LookupError):
    """A village that is in no ranking, or not in the one that was to go on after it."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Villages of a region in a period: best first, the unranked at the end by code.

    `next` is the code of the village to go on after, null at the end. Only the code: whoever
    follows a ranking may not know the scores in it. `revision` and `frozen_at` are null for live
    figures.
    """

    within: str
    period: date
    stratum: str | None
    formula: Formula
    rows: list[VillageStanding]
    next: str | None
    revision: int | None = None
    frozen_at: datetime | None = None


def village_standings(
    within: str,
    period: date,
    stratum: str | None = None,
    *,
    limit: int = 100,
    after: str | None = None,
    revision: int | None = None,
) -> Ranking:
    """The ranking of the villages of a province, regency or district; of all for `""`.

    Of a frozen month its newest revision, unless another is asked for. Ranks, also those of the
    period before, are among these villages, in the stratum if given. `after` is the code of one of
    them, or BEFORE_THE_UNRANKED. Raises NotInRanking and NoSuchRevision.
    """
    table = table_of(within, period, revision)
    if table is None:
        rows = _rest(_recounted_ranking(within, period, stratum), after)
        formula = formula_of(period)
        return Ranking(within, period, stratum, formula, rows[:limit], _following(rows, limit))
    rows = _page(scoped(table, within, stratum), slot(within, stratum), after, limit + 1)
    return Ranking(
        within,
        period,
        stratum,
        table.formula,
        rows[:limit],
        _following(rows, limit),
        table.revision,
        table.frozen_at,
    )


def _following(rows: list[VillageStanding], limit: int) -> str | None:
    """The last village of a page that others come after."""
    return rows[limit - 1].code if len(rows) > limit else None


def _rest(ranking: list[VillageStanding], after: str | None) -> list[VillageStanding]:
    """The rows of a ranking that come after a village."""
    if after is None:
        return ranking
    if after == BEFORE_THE_UNRANKED:
        return [row for row in ranking if row.result.score is None]
    for place, row in enumerate(ranking, start=1):
        if row.code == after:
            return ranking[place:]
    raise NotInRanking(after)


def _page(table: Table, rank_slot: int, after: str | None, limit: int) -> list[VillageStanding]:
    """Rows of a table after a village, with their ranks in the table."""
    rows: list[VillageStanding] = []
    score = _score_of(table, after) if after else None
    if after is None or score is not None:
        ranked = narrowed(table, "kept.score IS NOT NULL")
        if after:
            # The first comparison bounds the index scan, the second passes over equal scores.
            beyond = "kept.score <= %s AND (kept.score < %s OR kept.village_id > %s)"
            ranked = narrowed(ranked, beyond, score, score, after)
        rows = read(ranked, limit, rank_slot)
        ahead, level = _before(table, rows[0]) if after and rows else (0, 0)
        places = ranks([row.result.score for row in rows], ahead, level)
        rows = [replace(row, rank=rank) for row, rank in zip(rows, places, strict=True)]
    if len(rows) < limit:
        start = after if after and score is None else ""
        unranked = narrowed(table, "kept.score IS NULL AND kept.village_id > %s", start)
        rows += read(unranked, limit - len(rows), rank_slot)
    return rows


def _score_of(table: Table, code: str) -> float | None:
    if code == BEFORE_THE_UNRANKED:
        return None
    rows = bulk.run(
        f"SELECT score FROM {table.rows} WHERE {table.condition} AND kept.village_id = %s",
        [*table.parameters, code],
    )
    if not rows:
        raise NotInRanking(code)
    score: float | None = rows[0][0]
    return score


def _before(table: Table, row: VillageStanding) -> tuple[int, int]:
    """How many villages have a higher score than this one, and how many an equal one before it."""
    [(ahead, level)] = bulk.run(
        f"""
        SELECT count(*) FILTER (WHERE score > %s),
            count(*) FILTER (WHERE score = %s AND village_id < %s)
        FROM {table.rows} WHERE {table.condition} AND score >= %s
        """,
        [row.result.score, row.result.score, row.code, *table.parameters, row.result.score],
    )
    return ahead, level


def _recounted_ranking(within: str, period: date, stratum: str | None) -> list[VillageStanding]:
    rows = ranked_order(
        row for row in recounted(period, within) if stratum is None or row.stratum == stratum
    )
    places = ranks([row.result.score for row in rows])
    previous = ranks_before(period, within)
    place = slot(within, stratum)
    return [
        replace(row, rank=rank, previous_rank=previous[row.code][place])
        for row, rank in zip(rows, places, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Position:
    """A village's rank, null if it has none, among how many ranked ones."""

    rank: int | None
    among: int


@dataclass(frozen=True, slots=True)
class VillageDetail:
    """One village in a period; its rank in the regency is the row's. Months run from old to new."""

    period: date
    formula: Formula
    row: VillageStanding
    in_regency: Position
    in_stratum: Position
    months: list[Month]
    revision: int | None = None
    frozen_at: datetime | None = None


def village_standing(code: str, period: date, revision: int | None = None) -> VillageDetail:
    """Where one village stands in its regency and its stratum.

    Raises NotInRanking for one that is not listed, or is gone and has a successor, and
    NoSuchRevision.
    """
    table, regency = regency_of(code, period, revision)
    row = next((row for row in regency if row.code == code), None)
    if row is None:
        raise NotInRanking(code)
    in_regency = _position(row, regency)
    in_stratum = _position(row, [other for other in regency if other.stratum == row.stratum])
    months = VillageTally.objects.filter(village=code, month__lte=period).order_by("month")
    return VillageDetail(
        period,
        table.formula if table else formula_of(period),
        replace(row, rank=in_regency.rank),
        in_regency,
        in_stratum,
        [Month(*m) for m in months.values_list("month", "provisional", "verified", "hosted")],
        table.revision if table else None,
        table.frozen_at if table else None,
    )


def regency_of(
    code: str, period: date, revision: int | None = None
) -> tuple[Table | None, list[VillageStanding]]:
    """The villages of a village's regency with their previous ranks in it, best first, and the
    table they are read from, none if they are counted. Raises NoSuchRevision."""
    table = table_of(code[:5], period, revision)
    if table:
        rows = read(scoped(table, code[:5]), rank_slot=slot(code[:5], None))
        if table.revision is not None or any(row.code == code for row in rows):
            return table, rows
    return None, _recounted_ranking(code[:5], period, None)


def _position(row: VillageStanding, rows: list[VillageStanding]) -> Position:
    ordered = ranked_order(rows)
    places = ranks([other.result.score for other in ordered])
    mine = next(place for one, place in zip(ordered, places, strict=True) if one.code == row.code)
    return Position(mine, sum(place is not None for place in places))


@dataclass(frozen=True, slots=True)
class Totals:
    """Villages of a region and stratum with and without a rank, and the people counted in them.

    `is_partial`: small counts that somebody may not see are left out. `strata` are the region's.
    """

    ranked: int
    unranked: int
    verified: int
    provisional: int
    is_partial: bool
    strata: list[str]


def totals(
    within: str,
    period: date,
    stratum: str | None = None,
    *,
    open_to: tuple[str, ...] = ("",),
    revision: int | None = None,
) -> Totals:
    """What a whole ranking adds up to for who sees small counts in the regions `open_to`."""
    table = table_of(within, period, revision)
    if table:
        table = scoped(table, within)
        everyone = bulk.run(
            "SELECT village_id, stratum, score, verified, provisional"
            f" FROM {table.rows} WHERE {table.condition}",
            table.parameters,
        )
    else:
        everyone = [
            (row.code, row.stratum, row.result.score, row.verified, row.provisional)
            for row in recounted(period, within)
        ]
    chosen = [row for row in everyone if stratum in (None, row[1])]
    seen = [
        counts if code.startswith(open_to) else [shown(count) for count in counts]
        for code, _, _, *counts in chosen
    ]
    return Totals(
        ranked=sum(score is not None for _, _, score, _, _ in chosen),
        unranked=sum(score is None for _, _, score, _, _ in chosen),
        verified=sum(verified or 0 for verified, _ in seen),
        provisional=sum(provisional or 0 for _, provisional in seen),
        is_partial=any(None in counts for counts in seen),
        strata=sorted({row[1] for row in everyone}),
    )
