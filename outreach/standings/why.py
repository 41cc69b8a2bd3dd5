"""Why a village stands where it does, and what would move it up one rank."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median
from typing import Literal, NamedTuple

from outreach.models import Formula
from outreach.standings.rankings import NotInRanking, regency_of
from outreach.standings.recounting import VillageStanding, formula_of
from outreach.standings.scoring import COMPONENTS, NOBODY, Part, ranks, scored
from outreach.standings.small_cells import guarded

Step = Literal["verified_people", "members_back", "officials"]
Hindrance = Literal["not_enough", "no_data", "no_weight", "all_done"]


class Component(NamedTuple):
    """A part of the score beside its likes in the regency: the village's own value and the points
    it brings, the median and the best of the `compared` values that may be shown."""

    name: str
    value: float | None
    weight: float
    points: float | None
    median: float | None
    best: float | None
    compared: int


class Neighbour(NamedTuple):
    """The next rank above or below: by how many points, null where that may not be shown."""

    code: str
    name: str
    rank: int
    points: float | None


class Closing(NamedTuple):
    """How many more of something would reach the next rank, or why no number of them does.

    `most` are all there are to be won, and `points` what the step, or all of them, would bring.
    """

    step: Step
    number: int | None
    most: int
    points: float
    hindrance: Hindrance | None


@dataclass(frozen=True, slots=True)
class Why:
    """A village's rank in its regency, taken apart. `row` is as the reader may see it."""

    period: date
    formula: Formula
    revision: int | None
    frozen_at: datetime | None
    row: VillageStanding
    among: int
    components: list[Component]
    above: Neighbour | None
    below: Neighbour | None
    closings: list[Closing]


def explain(code: str, period: date, open_to: tuple[str, ...], revision: int | None = None) -> Why:
    """What a village's rank is made of, for who sees small counts in the regions `open_to`.

    Everything follows from what the reader may see of this village and of the others. Raises
    NotInRanking and NoSuchRevision.
    """
    table, regency = regency_of(code, period, revision)
    formula = table.formula if table else formula_of(period)
    places = ranks([row.result.score for row in regency])
    rank_of = {row.code: rank for row, rank in zip(regency, places, strict=True)}
    whole = next((row for row in regency if row.code == code), None)
    if whole is None:
        raise NotInRanking(code)
    seen = [guarded(row, open_to) for row in regency]
    row = replace(next(one for one in seen if one.code == code), rank=rank_of[code])
    likes = [one for one in seen if one.stratum == row.stratum]
    mine = whole.result.score
    scores = {one.result.score for one in regency if one.result.score is not None}
    above = min((score for score in scores if mine is not None and score > mine), default=None)
    below = max((score for score in scores if mine is not None and score < mine), default=None)
    upper = _neighbour(above, regency, seen, rank_of, row)
    return Why(
        period,
        formula,
        table.revision if table else None,
        table.frozen_at if table else None,
        row,
        sum(rank is not None for rank in places),
        [_component(name, row, likes) for name in COMPONENTS],
        upper,
        _neighbour(below, regency, seen, rank_of, row),
        _closings(row, above, formula) if above is not None and upper and upper.points else [],
    )


def _neighbour(
    score: float | None,
    regency: list[VillageStanding],
    seen: list[VillageStanding],
    rank_of: dict[str, int | None],
    row: VillageStanding,
) -> Neighbour | None:
    """One of the villages with this score, one whose score may be shown if there is any."""
    if score is None:
        return None
    level = [shown for one, shown in zip(regency, seen, strict=True) if one.result.score == score]
    chosen = next((one for one in level if one.result.score is not None), level[0])
    points = None
    if chosen.result.score is not None and row.result.score is not None:
        points = round(abs(chosen.result.score - row.result.score), 2)
    return Neighbour(chosen.code, chosen.name, rank_of[chosen.code] or 0, points)


def _component(name: str, row: VillageStanding, likes: list[VillageStanding]) -> Component:
    value, weight = row.result.components[name], row.result.weights.get(name, 0.0)
    values = [one.result.components[name] for one in likes]
    shown = [value for value in values if value is not None]
    return Component(
        name,
        value,
        weight,
        None if value is None else round(100 * weight * value, 2),
        round(median(shown), 4) if shown else None,
        max(shown, default=None),
        len(shown),
    )


def _closings(row: VillageStanding, target: float, formula: Formula) -> list[Closing]:
    """What would bring the score to the target, one thing at a time."""
    assert row.verified is not None and row.opening_verified is not None
    assert row.denominator is not None and row.result.score is not None
    assert row.cohort is not None and row.retained is not None
    verified, opening, working = row.verified, row.opening_verified, row.denominator.value
    stay = Part(row.retained, row.cohort)
    told = Part(row.officials.members, row.officials.officials) if row.officials else NOBODY

    def with_people(more: int) -> float | None:
        return scored(verified + more, opening, working, formula, stay, told).score

    def with_members(more: int) -> float | None:
        stays = stay._replace(part=stay.part + more)
        return scored(verified, opening, working, formula, stays, told).score

    def with_officials(more: int) -> float | None:
        are = told._replace(part=told.part + more)
        return scored(verified, opening, working, formula, stay, are).score

    weights, own = row.result.weights, row.result.score
    counts = weights.get("coverage", 0) + weights.get("gap_closed", 0)
    return [
        _closing("verified_people", with_people, working, working - verified, counts, own, target),
        _closing(
            "members_back",
            with_members,
            stay.whole,
            stay.whole - stay.part,
            weights.get("retention", 0),
            own,
            target,
        ),
        _closing(
            "officials",
            with_officials,
            told.whole,
            told.whole - told.part,
            weights.get("officials", 0),
            own,
            target,
        ),
    ]


def _closing(
    step: Step,
    score_with: Callable[[int], float | None],
    whole: int,
    most: int,
    weight: float,
    own: float,
    target: float,
) -> Closing:
    """The fewest more that reach the target; a score never falls with more of them."""
    if whole == 0:
        return Closing(step, None, 0, 0, "no_data")
    if weight == 0:
        return Closing(step, None, max(0, most), 0, "no_weight")
    if most <= 0:
        return Closing(step, None, 0, 0, "all_done")
    if (score_with(most) or 0) < target:
        return Closing(step, None, most, _gain(score_with(most), own), "not_enough")
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if (score_with(middle) or 0) >= target:
            high = middle
        else:
            low = middle + 1
    return Closing(step, low, most, _gain(score_with(low), own), None)


def _gain(score: float | None, own: float) -> float:
    return round((score or 0) - own, 2)
