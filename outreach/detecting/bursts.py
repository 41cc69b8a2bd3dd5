"""Bursts: more workers registered within minutes than the activity, or the kader, ever has.

Markets and talks are fast; so is a kader who always is, up to what no hand can type.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple
from uuid import UUID

from outreach.detecting.captures import Capture, Evidence
from outreach.detecting.rules import Burst, Rules

CODE = "burst"


class _Window(NamedTuple):
    """Captures that begin with one and follow within the rule's minutes."""

    captures: Sequence[Capture]
    since: str
    rule: Burst


def find(captures: Sequence[Capture], rules: Rules) -> dict[UUID, Evidence]:
    """Of one kader's captures those in a burst; the largest is the evidence."""
    windows = _windows(captures, rules)
    peaks: dict[date, dict[date, int]] = defaultdict(dict)
    for window in windows:
        first = window.captures[0]
        days = peaks[first.month]
        days[first.day] = max(days.get(first.day, 0), len(window.captures))
    found: dict[UUID, Evidence] = {}
    for window in windows:
        first, rule = window.captures[0], window.rule
        count = len(window.captures)
        others = [peak for day, peak in peaks[first.month].items() if day != first.day]
        most = _most(window, others)
        if count <= most:
            continue
        evidence = {
            "count": count,
            "minutes": round(rule.minutes),
            "most": most,
            "rule": window.since,
        }
        for one in window.captures:
            if one.id not in found or found[one.id]["count"] < count:
                found[one.id] = evidence
    return found


def _windows(captures: Sequence[Capture], rules: Rules) -> list[_Window]:
    trusted = sorted((one.at, one.id, one) for one in captures if one.clock_trusted)
    ordered = [one for _, _, one in trusted]
    windows = []
    end = 0
    for start, first in enumerate(ordered):
        dated = rules.burst.on(first.day)
        if dated is None:
            continue
        since, rule = dated
        until = first.at + timedelta(minutes=rule.minutes)
        end = max(end, start)
        while end < len(ordered) and ordered[end].at < until:
            end += 1
        windows.append(_Window(ordered[start:end], since, rule))
    return windows


def _most(window: _Window, others: Sequence[int]) -> int:
    """How many would be nothing unusual; `others` are the peaks of the month's other days."""
    rule = window.rule
    most = max(rule.usual.get(one.type, rule.otherwise) for one in window.captures)
    if len(others) >= rule.own_days:
        most = max(most, round(rule.own_factor * median(others)))
    return min(most, rule.hard)
