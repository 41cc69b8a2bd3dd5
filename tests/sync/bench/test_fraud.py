"""Planted fraud is found, and honest people who look alike are left alone: floors with a margin."""

import random
from uuid import UUID

import pytest

from fixtures.field_work import made_up_year
from sync.bench import fraud
from sync.bench.fraud import DETECTORS, Score, bench_fraud, false_alarms, scores_of

FLOORS = {
    "impossible_travel": (0.9, 0.45),
    "burst": (0.9, 0.5),
    "same_place": (0.9, 0.65),
    "shared_phone": (0.75, 0.85),
    "month_end": (0.8, 0.8),
    "threshold_bunching": (0.75, 0.25),
}
"""Of precision and recall; `bench fraud` says how far above them the detectors are."""


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    years = [scores_of(made_up_year(seed, 2)) for seed in (101, 102)]
    return {
        code: Score(*map(sum, zip(*(year[code] for year in years), strict=True)))
        for code in DETECTORS
    }


@pytest.mark.parametrize("code", DETECTORS)
def test_what_was_planted_is_found(scores: dict[str, Score], code: str) -> None:
    precision, recall = FLOORS[code]
    assert scores[code].planted >= 20
    assert scores[code].precision >= precision
    assert scores[code].recall >= recall


def test_chance_flags_hardly_anybody_near_the_threshold() -> None:
    assert false_alarms(random.Random(33), kader=1500) < 0.01, "the rate that the rule states"


def test_what_is_stored_does_not_say_what_was_planted() -> None:
    """Ids alone tell nothing: the same year with other ids has the same findings."""
    year = made_up_year(7, 1)
    rules = fraud.shipped_rules()
    found = fraud.found_in(year, rules)
    for captures in year.captures.values():
        captures[:] = [one._replace(id=UUID(int=(1 << 128) - 1 - one.id.int)) for one in captures]
    again = fraud.found_in(year, rules)
    for code in ("impossible_travel", "burst", "same_place", "month_end"):
        assert len(found[code]) == len(again[code])


def test_the_bench_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.bench.fraud.SEEDS", (1,))
    monkeypatch.setattr("sync.bench.fraud.ROUNDS", 1)
    said: list[str] = []
    assert bench_fraud(said.append).keys() == set(DETECTORS)
    assert said[1].startswith("impossible_travel")
    assert len(said) == len(DETECTORS) + 2
