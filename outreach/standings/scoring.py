"""A village's score from its counts: pure arithmetic, so that a recount gives the same number.

Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference",
Journal of the American Statistical Association 22.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from typing import Literal, NamedTuple, Protocol

SCORE_DECIMALS = 2
SHARE_DECIMALS = 4

COMPONENTS = ("coverage", "gap_closed", "retention", "officials")

Unranked = Literal["no_denominator", "denominator_too_small", "no_component"]


class Formula(Protocol):
    """Weights by component, the width of the bounds, and the smallest village that is ranked."""

    @property
    def weights(self) -> Mapping[str, float]: ...
    @property
    def z(self) -> float: ...
    @property
    def smallest_denominator(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """Verified people among working people, uncapped, and the bounds around it, at most 1."""

    share: float
    low: float
    high: float
    is_capped: bool


class Part(NamedTuple):
    """So many of so many; of nobody where there is no data."""

    part: int = 0
    whole: int = 0


NOBODY = Part()


@dataclass(frozen=True, slots=True)
class Scored:
    """A score of 0 to 100 with its parts of 0 to 1, null where absent, or why there is none.

    `weights` are those of the present components, filled up to one.
    """

    score: float | None
    components: Mapping[str, float | None]
    coverage: Coverage | None = None
    unranked: Unranked | None = None
    weights: Mapping[str, float] = field(default_factory=dict)


def scored(
    verified: int,
    opening_verified: int,
    working_people: int | None,
    formula: Formula,
    members: Part = NOBODY,
    officials: Part = NOBODY,
) -> Scored:
    """The score of a village with `verified` people now, `opening_verified` before the period.

    `members` are those of its cohort that stayed, `officials` those who are members. Components
    without data are left out and the weights of the others fill up to one.
    """
    if working_people is None:
        return Scored(None, dict.fromkeys(COMPONENTS), unranked="no_denominator")
    if working_people < max(1, formula.smallest_denominator):
        return Scored(None, dict.fromkeys(COMPONENTS), unranked="denominator_too_small")
    now = _bounded(verified, working_people)
    then = _bounded(opening_verified, working_people)
    low, high = wilson(now, working_people, formula.z)
    present = {"coverage": low, "gap_closed": _gap_closed(now, then, working_people)}
    if members.whole > 0:
        present["retention"] = wilson(_bounded(*members), members.whole, formula.z)[0]
    if officials.whole > 0:
        present["officials"] = _bounded(*officials) / officials.whole
    weights = weights_in_use(formula, present)
    score = None
    if weights:
        total = sum(weight * present[name] for name, weight in weights.items())
        score = round(100 * total, SCORE_DECIMALS)
    return Scored(
        score,
        {
            name: round(present[name], SHARE_DECIMALS) if name in present else None
            for name in COMPONENTS
        },
        Coverage(
            share=round(verified / working_people, SHARE_DECIMALS),
            low=round(low, SHARE_DECIMALS),
            high=round(high, SHARE_DECIMALS),
            is_capped=verified > working_people,
        ),
        None if score is not None else "no_component",
        weights,
    )


def weights_in_use(formula: Formula, present: Collection[str]) -> dict[str, float]:
    """The weights of the components that there is data for, filled up to one, if any has one."""
    weights = {name: formula.weights.get(name, 0.0) for name in COMPONENTS if name in present}
    whole = fsum(weights.values())
    return {name: weight / whole for name, weight in weights.items()} if whole > 0 else {}


def present_components(results: Iterable[Scored]) -> list[str]:
    """The components that any of these scores has data for; all where there is no score at all."""
    present = {name for result in results for name in result.weights}
    return [name for name in COMPONENTS if name in present or not present]


def wilson(part: float, whole: float, z: float) -> tuple[float, float]:
    """The bounds of a share that was seen as `part` of `whole`, z standard deviations wide."""
    share = part / whole
    widening = z * z / whole
    centre = share + widening / 2
    margin = sqrt(widening * (share * (1 - share) + widening / 4))
    return max(0.0, (centre - margin) / (1 + widening)), min(
        1.0, (centre + margin) / (1 + widening)
    )


def _bounded(part: int, whole: int) -> int:
    # Below zero only if a tally went wrong, which is for a recount to find, not to fail a push.
    return max(0, min(part, whole))


def _gap_closed(now: int, then: int, working_people: int) -> float:
    """How much of what was missing at the period's start is there now; all, if none was."""
    missing = working_people - then
    return max(0.0, (now - then) / missing) if missing else 1.0


def ranks(scores: Sequence[float | None], ahead: int = 0, level: int = 0) -> list[int | None]:
    """Ranks of scores in falling order, null last: equal ones share a rank, null has none.

    `ahead` villages stand before these with a higher score than the first, `level` with the same.
    Where the best has nothing to show there is no ranking to speak of, so nobody has a rank.
    """
    if not ahead and scores and not scores[0]:
        return [None] * len(scores)
    found: list[int | None] = []
    for place, score in enumerate(scores):
        if score is None:
            found.append(None)
        elif place and score == scores[place - 1]:
            found.append(found[-1])
        else:
            found.append(1 + ahead + (level + place if place else 0))
    return found


MEDIUM_FROM = 500
LARGE_FROM = 2000
"""Size classes of strata, in working people.

One point of coverage is fewer than 5 people in a small village and 20 or more in a large one, so
that neither luck nor one market day is compared with months of work. Spread evenly over each
regency's villages, Indonesia's working people make 22 % of the villages small and 27 % large.
"""

KIND_NAMES = {"desa": "desa", "kelurahan": "kelurahan", "customary_village": "customary"}


def stratum(regency_kind: str, village_kind: str, working_people: int | None) -> str:
    """The group in which a village is compared: `regency.desa.small`, `city.kelurahan.large`."""
    size = "unknown"
    if working_people is not None:
        above = (working_people >= MEDIUM_FROM) + (working_people >= LARGE_FROM)
        size = ("small", "medium", "large")[above]
    return f"{regency_kind}.{KIND_NAMES[village_kind]}.{size}"


STRATA = tuple(
    f"{regency}.{kind}.{size}"
    for regency in ("regency", "city")
    for kind in KIND_NAMES.values()
    for size in ("small", "medium", "large", "unknown")
)
