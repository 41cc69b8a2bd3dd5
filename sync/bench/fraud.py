"""How well detectors find what was planted in a made-up year, and whom they flag beside it.

All detectors look at everybody, and nobody tells them whom to look for. What they flag beside the
planted is wrong here, as honest people who look alike are planted as well.
"""

import json
import random
from collections.abc import Callable, Hashable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import fixtures
from fixtures.field_work import THRESHOLD, Year, made_up_year
from outreach.detecting import bunching, bursts, month_ends, phones, same_place, travel
from outreach.detecting.rules import Rules
from outreach.months import later

SEEDS = (1, 2, 3, 4, 5)
ROUNDS = 4
DETECTORS = (
    travel.CODE,
    bursts.CODE,
    same_place.CODE,
    phones.CODE,
    month_ends.CODE,
    bunching.CODE,
)


class Score(NamedTuple):
    """Registrations, or kader's months: so many planted, found, and both."""

    planted: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.planted if self.planted else 1.0


def bench_fraud(say: Callable[[str], None]) -> dict[str, float]:
    """Measure and print; gives the precisions over all seeds."""
    years = [scores_of(made_up_year(seed, ROUNDS)) for seed in SEEDS]
    whole = {}
    say(
        f"{'detector':<20}{'planted':>9}{'found':>9}{'right':>9}  precision (worst)  recall (worst)"
    )
    for code in DETECTORS:
        each = [scores[code] for scores in years]
        score = whole[code] = Score(*map(sum, zip(*each, strict=True)))
        say(
            f"{code:<20}{score.planted:>9,}{score.found:>9,}{score.right:>9,}"
            f"  {score.precision:>9.1%} {min(one.precision for one in each):>8.1%}"
            f"  {score.recall:>6.1%} {min(one.recall for one in each):>7.1%}"
        )
    alarms = false_alarms(random.Random(SEEDS[0]))
    say(f"kader near the threshold by chance, flagged in a month: {alarms:.3%}")
    return {code: score.precision for code, score in whole.items()}


def scores_of(year: Year, rules: Rules | None = None) -> dict[str, Score]:
    """What each detector makes of a year."""
    found = found_in(year, rules or shipped_rules())
    return {
        code: Score(
            len(year.planted[code]),
            len(found[code]),
            len(found[code] & year.planted[code]),
        )
        for code in DETECTORS
    }


def found_in(year: Year, rules: Rules) -> dict[str, set[Hashable]]:
    """By code the ids of registrations, or the kader's months, that are flagged."""
    found: dict[str, set[Hashable]] = {code: set() for code in DETECTORS}
    for kader, captures in year.captures.items():
        found[travel.CODE] |= travel.find(captures, rules).keys()
        found[bursts.CODE] |= bursts.find(captures, rules).keys()
        found[same_place.CODE] |= same_place.find(captures, rules).keys()
        found[month_ends.CODE] |= {(kader, one) for one in month_ends.find(captures, rules)}
    for uses in year.phones.values():
        found[phones.CODE] |= phones.find(uses, rules).keys()
    for kader, counts in year.counts.items():
        found[bunching.CODE] |= {(kader, month) for month in _bunched(counts, rules)}
    return found


def _bunched(counts: dict[date, int], rules: Rules) -> list[date]:
    found = []
    for month in counts:
        dated = rules.bunching.on(month)
        assert dated is not None
        since, rule = dated
        window = {
            of: (count, THRESHOLD)
            for of, count in counts.items()
            if later(month, -rule.months) < of <= month
        }
        if bunching.of_kader(window, month, since, rule):
            found.append(month)
    return found


def false_alarms(rng: random.Random, kader: int = 3000) -> float:
    """The share of kader flagged in the last month of an honest year near the threshold."""
    rules = shipped_rules()
    months = [date(2026, number, 1) for number in range(1, 13)]
    flagged = 0
    for _ in range(kader):
        usual, spread = rng.uniform(20, 30), rng.uniform(3, 7)
        counts = {month: max(0, round(rng.gauss(usual, spread))) for month in months}
        flagged += months[-1] in _bunched(counts, rules)
    return flagged / kader


def shipped_rules() -> Rules:
    """The thresholds as they come with the release."""
    path = Path(fixtures.__file__).parent / "detectors.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    return Rules(
        [
            (row["detector"], date.fromisoformat(row["effective_from"]), row["thresholds"])
            for row in rows
        ]
    )
