"""The laws a score keeps, whatever the counts."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.standings.scoring import ranks, scored, stratum, wilson


@dataclass(frozen=True)
class Formula:
    weights: dict[str, float] = field(
        default_factory=lambda: {
            "coverage": 0.5,
            "gap_closed": 0.2,
            "retention": 0.2,
            "officials": 0.1,
        }
    )
    z: float = 1.28
    smallest_denominator: int = 30


PROPOSED = Formula()
people = st.integers(0, 20_000)
villages = st.integers(30, 20_000)


@given(villages, people, people)
def test_a_score_lies_between_0_and_100(working: int, opening: int, new: int) -> None:
    result = scored(opening + new, opening, working, PROPOSED)
    assert result.score is not None and 0 <= result.score <= 100
    assert all(part is None or 0 <= part <= 1 for part in result.components.values())


@given(villages, people, people, people)
def test_more_verified_people_never_lower_a_score(
    working: int, opening: int, new: int, more: int
) -> None:
    before = scored(opening + new, opening, working, PROPOSED).score
    late = scored(opening + more + new, opening + more, working, PROPOSED).score
    now = scored(opening + new + more, opening, working, PROPOSED).score
    assert before is not None and late is not None and now is not None
    assert now >= before and late >= before


@given(villages, people)
def test_the_bounds_hold_the_share(working: int, verified: int) -> None:
    seen = min(verified, working)
    low, high = wilson(seen, working, 1.28)
    assert 0 <= low <= seen / working <= high + 1e-12 <= 1 + 1e-12


def test_wilsons_bounds_are_the_published_ones() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 15 of 148 at 95 %.
    assert wilson(81, 263, 1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148, 1.959964) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20, 1.959964) == pytest.approx((0, 0.1611), abs=5e-5)


def test_present_components_share_the_whole_weight() -> None:
    result = scored(300, 200, 1000, PROPOSED)
    low, _ = wilson(300, 1000, 1.28)
    assert result.score == round(100 * (0.5 * low + 0.2 * 100 / 800) / 0.7, 2)
    assert result.components == {
        "coverage": round(low, 4),
        "gap_closed": 0.125,
        "retention": None,
        "officials": None,
    }


def test_more_people_than_work_there_count_as_all_and_are_marked() -> None:
    over, full = scored(70, 10, 40, PROPOSED), scored(40, 10, 40, PROPOSED)
    assert over.score == full.score
    assert over.coverage and over.coverage.is_capped and over.coverage.share == 1.75
    assert full.coverage and not full.coverage.is_capped


def test_a_village_that_was_full_has_closed_its_gap() -> None:
    assert scored(50, 50, 50, PROPOSED).components["gap_closed"] == 1


def test_a_village_without_enough_known_workers_is_unranked_not_last() -> None:
    assert scored(9, 0, None, PROPOSED).unranked == "no_denominator"
    assert scored(9, 0, 29, PROPOSED).unranked == "denominator_too_small"
    assert scored(9, 0, 0, Formula(smallest_denominator=0)).unranked == "denominator_too_small"
    assert scored(0, 0, 30, PROPOSED).score == 0


def test_a_formula_of_absent_components_alone_ranks_nobody() -> None:
    result = scored(9, 0, 100, Formula(weights={"retention": 1.0}))
    assert (result.score, result.unranked) == (None, "no_component")


def test_equal_scores_share_a_rank_and_the_next_one_skips() -> None:
    assert ranks([9.0, 7.5, 7.5, 3.0, None]) == [1, 2, 2, 4, None]


@given(st.lists(st.none() | st.integers(0, 6).map(float), max_size=30), st.integers(0, 29))
def test_ranks_are_the_same_page_by_page(scores: list[float | None], cut: int) -> None:
    ordered = sorted(scores, key=lambda s: (s is None, -(s or 0)))
    rest = ordered[cut:]
    first = rest[0] if rest else None
    ahead = sum(s is not None and first is not None and s > first for s in ordered)
    level = sum(s is not None and s == first for s in ordered[:cut])
    assert ranks(rest, ahead, level) == ranks(ordered)[cut:]


def test_strata_compare_like_with_like() -> None:
    assert stratum("regency", "desa", 499) == "regency.desa.small"
    assert stratum("regency", "desa", 500) == "regency.desa.medium"
    assert stratum("city", "kelurahan", 2000) == "city.kelurahan.large"
    assert stratum("regency", "customary_village", None) == "regency.customary.unknown"
