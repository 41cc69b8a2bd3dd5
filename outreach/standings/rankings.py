"""Where villages stand among each other: now from the kept rows, earlier from the tallies."""

from dataclasses import dataclass, replace
from datetime import date

from outreach import bulk
from outreach.models import Formula, Standing, VillageTally
from outreach.standings.recounting import (
    SCOPE_LENGTHS,
    Month,
    VillageStanding,
    formula_of,
    kept_formula,
    month_before,
    ranked_order,
    recounted,
    scope_ranks,
    standing_row,
)
from outreach.standings.scoring import ranks
from outreach.standings.small_cells import shown

BEFORE_THE_UNRANKED = "00.00.00.0000"
"""No village's code: a ranking goes on after it with the villages without a rank."""


class NotInRanking(LookupError):
    """A village that is in no ranking, or not in the one that was to go on after it."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Villages of a region in a period: best first, the unranked at the end by code.

    `next` is the code of the village to go on after, null at the end. Only the code: whoever
    follows a ranking may not know the scores in it.
    """

    within: str
    period: date
    stratum: str | None
    formula: Formula
    rows: list[VillageStanding]
    next: str | None


def village_standings(
    within: str,
    period: date,
    stratum: str | None = None,
    *,
    limit: int = 100,
    after: str | None = None,
) -> Ranking:
    """The ranking of the villages of a province, regency or district; of all for `""`.

    Ranks, also those of the period before, are among these villages, in the stratum if given.
    `after` is the code of one of them, or BEFORE_THE_UNRANKED. Raises NotInRanking.
    """
    formula = kept_formula(within, period)
    if formula:
        rows = _kept_ranking(within, stratum, formula, after, limit + 1)
    else:
        formula = formula_of(period)
        rows = _rest(_recounted_ranking(within, period, stratum), after)
    following = rows[limit - 1].code if len(rows) > limit else None
    return Ranking(within, period, stratum, formula, rows[:limit], following)


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


def _scope(within: str, stratum: str | None) -> tuple[str, list[str]]:
    """The kept standings of a region and stratum as SQL and its parameters."""
    match len(within):
        case 0:
            condition, parameters = "TRUE", []
        case 2:
            condition, parameters = "kept.province = %s", [within]
        case _:
            condition, parameters = "kept.regency = %s", [within[:5]]
    if len(within) > 5:
        condition, parameters = f"{condition} AND village_id LIKE %s", [*parameters, f"{within}.%"]
    if stratum is not None:
        condition, parameters = f"{condition} AND kept.stratum = %s", [*parameters, stratum]
    return condition, parameters


def _slot(within: str, stratum: str | None) -> int:
    """Where `Standing.previous_ranks` has the rank of this scope."""
    return 2 * SCOPE_LENGTHS.index(len(within)) + (stratum is not None)


def _kept_ranking(
    within: str, stratum: str | None, formula: Formula, after: str | None, limit: int
) -> list[VillageStanding]:
    condition, parameters = _scope(within, stratum)
    slot = _slot(within, stratum)
    rows: list[VillageStanding] = []
    score = _kept_score(condition, parameters, after) if after else None
    if after is None or score is not None:
        # The first comparison bounds the index scan, the second passes over equal scores.
        start = "kept.score <= %s AND (kept.score < %s OR village_id > %s)" if after else "TRUE"
        rows = _kept_rows(
            f"{condition} AND kept.score IS NOT NULL AND {start}",
            [*parameters, *([score, score, after] if after else [])],
            limit,
            slot,
            formula,
        )
        ahead, level = _before(condition, parameters, rows[0]) if after and rows else (0, 0)
        places = ranks([row.result.score for row in rows], ahead, level)
        rows = [replace(row, rank=rank) for row, rank in zip(rows, places, strict=True)]
    if len(rows) < limit:
        start = after if after and score is None else ""
        rows += _kept_rows(
            f"{condition} AND kept.score IS NULL AND village_id > %s",
            [*parameters, start],
            limit - len(rows),
            slot,
            formula,
        )
    return rows


def _kept_score(condition: str, parameters: list[str], code: str) -> float | None:
    if code == BEFORE_THE_UNRANKED:
        return None
    rows = bulk.run(
        f"SELECT score FROM outreach_standing AS kept WHERE {condition} AND village_id = %s",
        [*parameters, code],
    )
    if not rows:
        raise NotInRanking(code)
    score: float | None = rows[0][0]
    return score


def _kept_rows(
    condition: str, parameters: list[object], limit: int, slot: int, formula: Formula
) -> list[VillageStanding]:
    rows = bulk.run(
        f"""
        SELECT village.code, village.name, village.kind, kept.stratum,
            kept.verified, kept.opening_verified, kept.provisional,
            chosen.id, chosen.value, chosen.kind, chosen.source, chosen.year,
            kept.previous_ranks[{slot + 1}]
        FROM outreach_standing AS kept
        JOIN outreach_region AS village ON village.code = kept.village_id
        LEFT JOIN outreach_denominator AS chosen ON chosen.id = kept.denominator_id
        WHERE {condition}
        ORDER BY kept.score DESC NULLS LAST, kept.village_id LIMIT %s
        """,
        [*parameters, limit],
    )
    return [replace(standing_row(row, row[3], formula), previous_rank=rank) for *row, rank in rows]


def _before(condition: str, parameters: list[str], row: VillageStanding) -> tuple[int, int]:
    """How many villages have a higher score than this one, and how many an equal one before it."""
    [(ahead, level)] = bulk.run(
        f"""
        SELECT count(*) FILTER (WHERE score > %s),
            count(*) FILTER (WHERE score = %s AND village_id < %s)
        FROM outreach_standing AS kept WHERE {condition} AND score >= %s
        """,
        [row.result.score, row.result.score, row.code, *parameters, row.result.score],
    )
    return ahead, level


def _recounted_ranking(within: str, period: date, stratum: str | None) -> list[VillageStanding]:
    rows = ranked_order(
        row for row in recounted(period, within) if stratum is None or row.stratum == stratum
    )
    places = ranks([row.result.score for row in rows])
    previous = scope_ranks(recounted(month_before(period), within))
    slot = _slot(within, stratum)
    return [
        replace(row, rank=rank, previous_rank=previous[row.code][slot])
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


def village_standing(code: str, period: date) -> VillageDetail:
    """Where one village stands in its regency and its stratum.

    Raises NotInRanking for one that is not listed, or is gone and has a successor.
    """
    formula = kept_formula(code[:5], period)
    slot = _slot(code[:5], None)
    kept = _kept_rows("village_id = %s", [code], 1, slot, formula) if formula else []
    if formula and kept:
        row = kept[0]
        scores = list(Standing.objects.filter(regency=code[:5]).values_list("stratum", "score"))
    else:
        formula = formula_of(period)
        regency = _recounted_ranking(code[:5], period, None)
        found = next((row for row in regency if row.code == code), None)
        if found is None:
            raise NotInRanking(code)
        row = found
        scores = [(row.stratum, row.result.score) for row in regency]
    in_regency = _position(row, [score for _, score in scores])
    in_stratum = _position(row, [score for stratum, score in scores if stratum == row.stratum])
    months = VillageTally.objects.filter(village=code, month__lte=period).order_by("month")
    return VillageDetail(
        period,
        formula,
        replace(row, rank=in_regency.rank),
        in_regency,
        in_stratum,
        [Month(*m) for m in months.values_list("month", "provisional", "verified", "hosted")],
    )


def _position(row: VillageStanding, scores: list[float | None]) -> Position:
    ranked = [score for score in scores if score is not None]
    mine = row.result.score
    rank = None if mine is None else 1 + sum(score > mine for score in ranked)
    return Position(rank, len(ranked))


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
    within: str, period: date, stratum: str | None = None, *, open_to: tuple[str, ...] = ("",)
) -> Totals:
    """What a whole ranking adds up to for who sees small counts in the regions `open_to`."""
    if kept_formula(within, period):
        condition, parameters = _scope(within, None)
        everyone = bulk.run(
            "SELECT village_id, stratum, score, verified, provisional"
            f" FROM outreach_standing AS kept WHERE {condition}",
            parameters,
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
