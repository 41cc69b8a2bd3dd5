"""The forecast of a year's end: what it knows of late records, and how often its interval holds."""

import math
from random import Random
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from outreach.offices.forecasting import LEAST_MONTHS, Seen, arrived_within, backtest, forecast


def over(number: int, *, weight: float = 1, waiting: int = 0, rejected: int = 0) -> Seen:
    return Seen(weight, number, waiting, rejected, elapsed=1, arrived=1)


TO_COME = Seen(1, 0, 0, 0, elapsed=0, arrived=1)


def test_the_interval_holds_as_often_as_it_says() -> None:
    for found in backtest(120):
        print(found)
        assert 0.8 <= found.covered <= 1, found
        assert found.width < 0.6, found


def test_the_interval_narrows_as_the_year_goes_by() -> None:
    widths = [found.width for found in backtest(20, seed=5)]
    assert widths == sorted(widths, reverse=True)


def test_young_records_are_not_mistaken_for_punctual_ones() -> None:
    rng = Random(1)
    delays: dict[tuple[int, int], int] = {}
    for _ in range(20_000):
        age, delay = rng.randrange(90), int(-math.log(rng.random()) * 5)
        if delay <= age:
            key = (min(delay, 60), min(age, 60))
            delays[key] = delays.get(key, 0) + 1
    shares = arrived_within(delays)
    for day in (0, 3, 7, 14):
        assert shares[day] == pytest.approx(1 - math.exp(-(day + 1) / 5), abs=0.03)
    assert list(shares) == sorted(shares) and shares[-1] == 1


def test_nothing_known_of_delays_is_no_delay() -> None:
    assert (arrived_within({}) == np.ones(61)).all()


def test_what_is_still_to_arrive_is_expected() -> None:
    late = Seen(1, 50, 0, 0, elapsed=1, arrived=0.5)
    told = forecast([over(100)] * 5 + [late] + [TO_COME] * 6)
    punctual = forecast([over(100)] * 5 + [late._replace(arrived=1.0)] + [TO_COME] * 6)
    assert told and punctual
    assert told.middle > punctual.middle


def test_what_waits_is_verified_at_the_share_so_far() -> None:
    told = forecast([over(80, waiting=0, rejected=20)] * 11 + [over(0, waiting=100)])
    assert told and told.verified_share == pytest.approx(0.8, abs=0.01)
    assert told.low <= 960 <= told.high


def test_the_plan_says_how_months_differ() -> None:
    small_rest = [over(100)] * 6 + [TO_COME._replace(weight=0.1)] * 6
    told = forecast(small_rest)
    assert told and told.low <= 660 <= told.high and told.high < 900


def test_too_few_months_or_nobody_at_all_give_none() -> None:
    assert forecast([over(100)] * (LEAST_MONTHS - 1) + [TO_COME] * 10) is None
    assert forecast([over(0)] * 6 + [TO_COME] * 6) is None
    assert forecast([over(100)] * LEAST_MONTHS + [TO_COME] * 9) is not None


def test_the_same_months_give_the_same_answer() -> None:
    months = [over(90), over(120), over(100), *[TO_COME] * 9]
    assert forecast(months, 7) == forecast(months, 7)


def test_the_command_prints_the_coverage(capsys: Any) -> None:
    call_command("backtest_forecast", "--years", "10")
    told = capsys.readouterr().out
    assert "method 2026-1" in told and told.count("held") == 4
