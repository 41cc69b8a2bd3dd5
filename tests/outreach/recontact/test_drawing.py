"""The draw and the estimate by themselves."""

from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.recontact.drawing import Stratum, draw, places
from outreach.recontact.results import Case, estimate_of

STRATA = st.dictionaries(
    st.builds(Stratum, st.integers(1, 6), st.booleans()), st.integers(1, 40), min_size=1
)


def ids(number: int, start: int = 0) -> list[UUID]:
    return [UUID(int=start * 10_000 + one) for one in range(number)]


@given(STRATA, st.integers(0, 60))
def test_everybody_has_a_chance_and_all_places_are_given(
    sizes: dict[Stratum, int], more: int
) -> None:
    given_ = places(sizes, len(sizes) + more)
    assert sum(given_.values()) == min(len(sizes) + more, sum(sizes.values()))
    assert all(1 <= given_[one] <= sizes[one] for one in sizes)


def test_those_in_doubt_are_drawn_three_times_as_often() -> None:
    given_ = places({Stratum(1, False): 300, Stratum(1, True): 100, Stratum(2, False): 200}, 80)
    assert given_ == {Stratum(1, False): 30, Stratum(1, True): 30, Stratum(2, False): 20}


@given(STRATA, st.text(max_size=4), st.randoms())
def test_the_same_seed_draws_the_same_in_whatever_order_the_frame_comes(
    sizes: dict[Stratum, int], seed: str, shuffling: Random
) -> None:
    frame = {one: ids(size, place) for place, (one, size) in enumerate(sorted(sizes.items()))}
    first = draw(frame, len(frame) + 5, seed)
    again = list(frame.items())
    shuffling.shuffle(again)
    mixed = {one: shuffling.sample(own, len(own)) for one, own in again}
    assert draw(mixed, len(frame) + 5, seed) == first
    assert len({one for _, one in first}) == len(first)


def test_another_seed_draws_others_and_everybody_comes_up_alike() -> None:
    frame = {Stratum(1, False): ids(20)}
    times = dict.fromkeys(ids(20), 0)
    for seed in range(400):
        for _, one in draw(frame, 5, str(seed)):
            times[one] += 1
    assert all(70 <= count <= 130 for count in times.values()), "100 each, give or take 8.7"


def test_who_is_drawn_more_often_weighs_less() -> None:
    """Half of the flagged tenth deny, nobody else does: a twentieth of all, not a quarter."""
    cases = [Case(10, "confirmed")] * 9 + [Case(1, "confirmed"), Case(1, "denied")] * 5
    found = estimate_of(cases)
    assert found.share == pytest.approx(5 / 100)
    assert found.low is not None and found.high is not None
    assert found.low < 0.05 < found.high
    assert found.high > 0.3, "nineteen answers of which nine carry the weight"
    assert found.at_least == found.at_most == found.share


def test_equal_weights_give_wilsons_interval() -> None:
    found = estimate_of([Case(7, "denied")] * 10 + [Case(7, "confirmed")] * 90)
    assert found.low == pytest.approx(0.0552, abs=1e-4)
    assert found.high == pytest.approx(0.1744, abs=1e-4)


def test_who_does_not_answer_leaves_it_open() -> None:
    found = estimate_of(
        [Case(1, "denied"), Case(1, "confirmed"), Case(1, "not_reached"), Case(1, None)]
    )
    assert (found.share, found.at_least, found.at_most) == (0.5, 0.25, 0.75)
    nobody = estimate_of([Case(1, "refused"), Case(1, "wrong_number")])
    assert (nobody.share, nobody.at_least, nobody.at_most) == (None, 0, 1)


def test_the_interval_holds_as_often_as_it_says() -> None:
    """A tenth of the flagged and two hundredths of the others deny; drawn as in a sample."""
    rng = Random(5)
    truth, held = (300 * 0.1 + 900 * 0.02) / 1200, 0
    given_ = places({Stratum(1, True): 300, Stratum(1, False): 900}, 200)
    for _ in range(400):
        cases = [
            Case(whole / number, "denied" if rng.random() < chance else "confirmed")
            for whole, chance, number in (
                (300, 0.1, given_[Stratum(1, True)]),
                (900, 0.02, given_[Stratum(1, False)]),
            )
            for _ in range(number)
        ]
        found = estimate_of(cases)
        assert found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert held >= 0.93 * 400
