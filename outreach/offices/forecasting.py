"""How many verified people a year ends with, said with its uncertainty: pure arithmetic.

Method 2026-1. Months are taken to scatter around one rate per unit of their plan: a Poisson count
whose rate is drawn anew for each month (a gamma mixture, so negative binomial). What a recent month
still lacks is estimated from how late records arrived so far (a chain ladder over days, which does
not mistake the young for the punctual), and what still waits for a decision is verified at the
share at which decisions went so far. Rate, scatter and that share are drawn as uncertain as the
months seen leave them (scatter beginning at a usual one); the interval holds nine of ten draws. It
knows nothing of what is not in the plan: a new rule, a drive nobody planned, a strike.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

METHOD = "2026-1"
LEAST_MONTHS = 3
"""Months that are over; with fewer no forecast is made."""
LONGEST_DELAY = 60
"""Days after which a record counts as arrived, or as never coming."""
INTERVAL = 0.9
DRAWS = 2000
USUAL_SCATTER = 0.06
"""How far months scatter until they show otherwise, as a variance: by about a quarter."""
USUAL_WEIGHT = 3
"""The months that this is worth."""
LEAST_SCATTER = 1e-4

Floats = npt.NDArray[np.float64]
Delays = Mapping[tuple[int, int], int]
"""How many records arrived so many days after capture, of captures so many days old."""


class Seen(NamedTuple):
    """A month as it is known now.

    `weight` is its share of the plan, in any unit. `elapsed` is the share of its days that is over,
    and `arrived` the share expected to have arrived of what was captured on those.
    """

    weight: float
    verified: int
    waiting: int
    rejected: int
    elapsed: float
    arrived: float


class Forecast(NamedTuple):
    """Verified people at the year's end: nine of ten futures lie from `low` to `high`."""

    low: int
    middle: int
    high: int
    months_seen: int
    verified_share: float
    arrived_share: float
    method: str = METHOD


def arrived_within(delays: Delays) -> Floats:
    """The share of records that arrive within 0, 1, … LONGEST_DELAY days of their capture."""
    counts = np.zeros((LONGEST_DELAY + 1, LONGEST_DELAY + 1))
    for (delay, age), number in delays.items():
        counts[min(max(delay, 0), LONGEST_DELAY), min(max(age, 0), LONGEST_DELAY)] += number
    shares = np.ones(LONGEST_DELAY + 1)
    for day in range(LONGEST_DELAY, 0, -1):
        old_enough = counts[:, day:].sum(axis=1)
        known = old_enough[: day + 1].sum()
        late = old_enough[day] / known if known else 0.0
        shares[day - 1] = shares[day] * (1 - late)
    return shares


def forecast(months: Sequence[Seen], seed: int = 0) -> Forecast | None:
    """What a year of twelve months ends with; None where fewer than LEAST_MONTHS are over.

    The same months give the same answer: the draws follow from `seed`.
    """
    over = sum(month.elapsed >= 1 for month in months)
    captured = np.array([m.verified + m.waiting + m.rejected for m in months], float)
    if over < LEAST_MONTHS or not captured.sum():
        return None
    weights = np.array([month.weight for month in months], float)
    if not weights.sum():
        weights = np.ones(len(months))
    seen_share = np.array([month.elapsed * month.arrived for month in months])
    seen, rest = weights * seen_share, weights * (1 - seen_share)
    if not seen.sum():
        return None
    verified, waiting, rejected = (
        np.array([getattr(month, name) for month in months])
        for name in ("verified", "waiting", "rejected")
    )
    rng = np.random.default_rng(seed)
    rate, scatter = _rates(captured, seen, rng)
    # What each month is like, given what was seen of it: a gamma again.
    shape = 1 / scatter[:, None] + captured[None, :]
    scale = 1 / (1 / scatter[:, None] + rate[:, None] * seen[None, :])
    to_come = rng.poisson(rng.gamma(shape, scale) * rate[:, None] * rest[None, :])
    share = rng.beta(verified.sum() + 1, rejected.sum() + 1, DRAWS)
    undecided = to_come.sum(axis=1) + waiting.sum()
    ends = verified.sum() + rng.binomial(undecided, share)
    low, middle, high = np.quantile(ends, [(1 - INTERVAL) / 2, 0.5, (1 + INTERVAL) / 2])
    elapsed = np.array([month.elapsed for month in months])
    started = (weights * elapsed).sum()
    return Forecast(
        low=int(np.floor(low)),
        middle=round(float(middle)),
        high=int(np.ceil(high)),
        months_seen=over,
        verified_share=round(
            float((verified.sum() + 1) / (verified.sum() + rejected.sum() + 2)), 4
        ),
        arrived_share=round(float(seen.sum() / started), 4),
    )


def _rates(captured: Floats, seen: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws of the rate per unit of plan, and of how far months scatter around it."""
    used = seen > 0
    counts, exposure = captured[used], seen[used]
    freedom = len(counts) - 1
    mean = counts.sum() / exposure.sum()
    expected = mean * exposure
    excess = ((counts - expected) ** 2 - expected).sum() / (expected**2).sum()
    scatter = max(excess * len(counts) / freedom, LEAST_SCATTER)
    spread = scatter * freedom + USUAL_SCATTER * USUAL_WEIGHT
    drawn = spread / rng.chisquare(freedom + USUAL_WEIGHT, DRAWS)
    drawn = np.clip(drawn, LEAST_SCATTER, 4.0)
    variance = (expected[None, :] + drawn[:, None] * expected[None, :] ** 2).sum(axis=1)
    variance = variance / exposure.sum() ** 2
    return rng.gamma(mean**2 / variance, variance / mean), drawn


class Backtest(NamedTuple):
    """How often the interval held the simulated truth after so many months, and how wide it was."""

    months_over: int
    years: int
    covered: float
    width: float
    """The interval's mean width as a share of what the year ended with."""


def backtest(years: int, seed: int = 0) -> list[Backtest]:
    """Forecasts of simulated years, made after 3, 6, 9 and 11 months."""
    rng = np.random.default_rng(seed)
    truths = [_year(rng) for _ in range(years)]
    found = []
    for months_over in (3, 6, 9, 11):
        hits, widths = 0, []
        for number, year in enumerate(truths):
            told = forecast(year.seen_after(months_over), seed=number)
            assert told is not None
            hits += told.low <= year.verified <= told.high
            widths.append((told.high - told.low) / max(year.verified, 1))
        found.append(Backtest(months_over, years, hits / years, float(np.mean(widths))))
    return found


class _Year(NamedTuple):
    """A simulated year of months of 30 days: captures with their day, delay and verdict."""

    weights: Floats
    day: npt.NDArray[np.int64]
    delay: npt.NDArray[np.int64]
    decided_after: npt.NDArray[np.int64]
    is_good: npt.NDArray[np.bool_]

    @property
    def verified(self) -> int:
        return int(self.is_good.sum())

    def seen_after(self, months_over: int) -> list[Seen]:
        """The year as it is known ten days after so many months."""
        now = min(months_over * 30 + 10, 359)
        age = now - self.day
        is_here = (age >= 0) & (self.delay <= age)
        pairs, numbers = np.unique(
            np.stack([self.delay[is_here], age[is_here]]).clip(0, LONGEST_DELAY),
            axis=1,
            return_counts=True,
        )
        named = zip(pairs.T.tolist(), numbers.tolist(), strict=True)
        shares = arrived_within({(delay, old): number for (delay, old), number in named})
        is_decided = is_here & (self.delay + self.decided_after <= age)
        months = []
        for month in range(12):
            inside = self.day // 30 == month
            elapsed = min(max((now + 1 - month * 30) / 30, 0.0), 1.0)
            ages = [now - day for day in range(month * 30, month * 30 + 30) if day <= now]
            arrived = float(np.mean([shares[min(a, LONGEST_DELAY)] for a in ages])) if ages else 1.0
            months.append(
                Seen(
                    weight=float(self.weights[month]),
                    verified=int((inside & is_decided & self.is_good).sum()),
                    waiting=int((inside & is_here & ~is_decided).sum()),
                    rejected=int((inside & is_decided & ~self.is_good).sum()),
                    elapsed=elapsed,
                    arrived=arrived,
                )
            )
        return months


def _year(rng: np.random.Generator) -> _Year:
    """A year of some hundreds to some thousands of captures, months scattering by 5 to 35 %."""
    weights = rng.dirichlet(np.full(12, 20.0)) * 12 if rng.random() < 0.5 else np.ones(12)
    scatter = rng.uniform(0.05, 0.35) ** 2
    like = rng.gamma(1 / scatter, scatter, 12)
    counts = rng.poisson(rng.uniform(20, 400) * weights * like)
    number = int(counts.sum())
    return _Year(
        weights=weights,
        day=np.repeat(np.arange(12) * 30, counts) + rng.integers(0, 30, number),
        delay=rng.geometric(rng.uniform(0.1, 0.6), number) - 1,
        decided_after=rng.geometric(0.2, number),
        is_good=rng.random(number) < rng.uniform(0.84, 0.94),
    )
