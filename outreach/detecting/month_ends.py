"""Heaps at a month's end: the last days far above anything the kader does otherwise.

By when captures were made, not when they were sent, so that who was offline for weeks is in no
doubt; for work whose days the kader choose.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from outreach.detecting.captures import Capture, Evidence, by_month
from outreach.detecting.rules import Rules
from outreach.months import later

CODE = "month_end"


def find(captures: Sequence[Capture], rules: Rules) -> dict[date, Evidence]:
    """The months of one kader that end in a heap."""
    found: dict[date, Evidence] = {}
    for month in by_month(captures):
        dated = rules.month_end.on(month)
        if dated is None:
            continue
        since, rule = dated
        counts = Counter(
            one.day for one in captures if one.clock_trusted and one.type in rule.types
        )
        span = timedelta(days=rule.days)
        last_days = _sum(counts, later(month, 1) - span, rule.days)
        whole = _sum(counts, month, (later(month, 1) - month).days)
        enough = whole >= rule.least_whole and last_days >= rule.least_last
        if not enough or last_days < rule.share * whole:
            continue
        begin = month
        for _ in range(rule.before_months):
            begin = (begin - timedelta(days=1)).replace(day=1)
        # Those who heap up every month are not to be measured by that.
        rhythm = Counter(
            {day: count for day, count in counts.items() if day < later(day, 1) - span}
        )
        most = max(
            (
                _sum(rhythm, day - timedelta(days=back), rule.days)
                for day in rhythm
                if begin <= day < later(month, 1)
                for back in range(rule.days)
            ),
            default=0,
        )
        if most and last_days >= rule.factor * most:
            found[month] = {
                "last": last_days,
                "whole": whole,
                "days": rule.days,
                "most": most,
                "rule": since,
            }
    return found


def _sum(counts: Counter[date], first: date, days: int) -> int:
    return sum(counts[first + timedelta(days=number)] for number in range(days))
