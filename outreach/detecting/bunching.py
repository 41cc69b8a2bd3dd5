"""Bunching: a kader's months, or an office's, heaped just over the incentive threshold.

Whatever makes a month's count puts about as many months just over the threshold as the mean of just
under it and a little further over, so about a third of those near it. More than the rule's share of
it has to be unlikely (`alpha`): a binomial test, one-sided, of all months near the threshold.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from math import comb

from outreach.detecting.captures import Evidence
from outreach.detecting.rules import Bunching

CODE = "threshold_bunching"
Counts = Mapping[date, tuple[int, int]]
"""By month: how many verified people, and the threshold of the month."""


def of_kader(counts: Counts, month: date, since: str, rule: Bunching) -> Evidence | None:
    """Whether a month that is just over the threshold is one of suspiciously many.

    `counts` are of the rule's months up to this one.
    """
    if month not in counts or not _is_over(*counts[month], rule):
        return None
    return _tested(counts.values(), counts[month][1], since, rule.least_near, rule.alpha, rule)


def of_office(
    counts: Iterable[tuple[int, int]], threshold: int, since: str, rule: Bunching
) -> Evidence | None:
    """Whether the months of an office's kader are heaped, in the rule's `office_months`."""
    return _tested(counts, threshold, since, rule.office_least_near, rule.office_alpha, rule)


def _tested(
    counts: Iterable[tuple[int, int]],
    threshold: int,
    since: str,
    least: int,
    alpha: float,
    rule: Bunching,
) -> Evidence | None:
    near = [pair for pair in counts if _is_near(*pair, rule)]
    over = sum(_is_over(*pair, rule) for pair in near)
    chance = tail(over, len(near), rule.share)
    if len(near) < least or chance > alpha:
        return None
    return {
        "over": over,
        "near": len(near),
        "threshold": threshold,
        "chance_percent": max(0.001, round(chance * 100, 3)),
        "false_alarms_percent": alpha * 100,
        "rule": since,
    }


def _is_over(count: int, threshold: int, rule: Bunching) -> bool:
    return threshold <= count < threshold + rule.width


def _is_near(count: int, threshold: int, rule: Bunching) -> bool:
    return threshold - rule.width <= count < threshold + 2 * rule.width


def tail(successes: int, trials: int, share: float) -> float:
    """How likely so many successes or more are, in so many trials."""
    return sum(
        comb(trials, number) * share**number * (1 - share) ** (trials - number)
        for number in range(successes, trials + 1)
    )
