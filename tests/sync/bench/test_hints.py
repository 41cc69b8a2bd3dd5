"""What duplicate hints cost and tell, in a small made-up regency: the numbers of decision 26."""

import random

import pytest

from sync.bench.hints import Theft, Use, bench_hints, measured


@pytest.fixture(scope="module")
def figures() -> tuple[Use, Theft]:
    return measured(3_000, 0.2, random.Random(26), niks=5_000)


def test_the_registered_are_hinted_at_and_hardly_anybody_else(figures: tuple[Use, Theft]) -> None:
    use, _ = figures
    assert use.warned == 1
    assert use.respelled > 0.95
    assert use.slip > 0.5
    assert 0.005 < use.false_hints < 0.01


def test_a_thief_who_tries_plausible_niks_finds_nobody_with_confidence(
    figures: tuple[Use, Theft],
) -> None:
    _, theft = figures
    assert theft.name_1 < 0.2
    assert theft.name_100 < 0.1, "at least nine hits are false for each that is right"
    assert theft.plausible > 0.03
    assert theft.suspicious < 8 * theft.plausible


def test_hints_about_niks_alone_would_tell_a_thief_who_is_registered(
    figures: tuple[Use, Theft],
) -> None:
    assert figures[1].nik_only > 0.7


def test_who_has_a_roll_of_names_and_niks_learns_as_much_as_a_kader(
    figures: tuple[Use, Theft],
) -> None:
    assert 0.94 < figures[1].roll < 0.99


def test_two_keys_would_tell_more_than_one(figures: tuple[Use, Theft]) -> None:
    use, theft = figures
    assert theft.two_keys < use.false_hints / 30


def test_the_bench_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.bench.hints.SIZES", (200,))
    monkeypatch.setattr("sync.bench.hints.COVERAGES", (0.2,))
    said: list[str] = []
    assert bench_hints(said.append)["false_hints"] < 0.05
    assert said[0].startswith("    200 people, 20% of the residents: 4,")
