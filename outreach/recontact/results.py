"""What the calls of a sample say of all that it was drawn from, and how sure that is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from outreach import bulk
from outreach.models import RecontactCase, RecontactSample
from outreach.standings.scoring import wilson

Outcome = RecontactCase.Outcome
Z = 1.96
"""Bounds that hold with 95 %."""
ANSWERED = (Outcome.CONFIRMED, Outcome.DENIED)

_CASES = """
    SELECT kader.office_id, kader.id, stratum.id, cardinality(stratum.frame), one.outcome
    FROM outreach_recontactcase AS one
    JOIN outreach_recontactstratum AS stratum ON stratum.id = one.stratum_id
    JOIN outreach_user AS kader ON kader.id = stratum.kader_id
    WHERE one.sample_id = %s
"""
_WITHOUT_PHONE = """
    SELECT kader.office_id, kader.id, sum(without_phone)::int
    FROM outreach_recontactstratum AS stratum JOIN outreach_user AS kader
        ON kader.id = stratum.kader_id
    WHERE sample_id = %s GROUP BY 1, 2
"""


class Case(NamedTuple):
    """Somebody who was drawn, standing for `weight` people; no outcome if nobody called."""

    weight: float
    outcome: str | None


class Estimate(NamedTuple):
    """The share of people who deny, with its bounds by chance, where anybody answered; and
    between what it lies, whatever those who did not answer would have said."""

    share: float | None
    low: float | None
    high: float | None
    at_least: float
    at_most: float


class Result(NamedTuple):
    """Of all, an office or a kader: how many could be drawn (`frame`), could not for want of a
    phone number, what became of those who were, and the estimate."""

    office: int | None
    kader: int | None
    frame: int
    without_phone: int
    counts: dict[str, int]
    estimate: Estimate


def estimate_of(cases: Sequence[Case]) -> Estimate:
    """Everybody weighs as much as the people they stand for; the bounds are Wilson's for as many
    answers as these would be if they weighed the same (Kish's effective sample size)."""
    whole = sum(one.weight for one in cases)
    denied = sum(one.weight for one in cases if one.outcome == Outcome.DENIED)
    answers = [one for one in cases if one.outcome in ANSWERED]
    answered = sum(one.weight for one in answers)
    at_least, at_most = denied / whole, (denied + whole - answered) / whole
    if not answers:
        return Estimate(None, None, None, at_least, at_most)
    effective = answered**2 / sum(one.weight**2 for one in answers)
    share = denied / answered
    low, high = wilson(share * effective, effective, Z)
    return Estimate(share, low, high, at_least, at_most)


def results_of(sample: RecontactSample) -> list[Result]:
    """The result of all, of each kader's office of today, and of each kader. Two statements."""
    rows = bulk.run(_CASES, [sample.pk])
    drawn = Counter(stratum for _, _, stratum, _, _ in rows)
    groups: dict[tuple[int | None, int | None], list[Case]] = defaultdict(list)
    frames: dict[tuple[int | None, int | None], dict[int, int]] = defaultdict(dict)
    for office, kader, stratum, whole, outcome in rows:
        for key in ((None, None), (office, None), (office, kader)):
            groups[key].append(Case(whole / drawn[stratum], outcome))
            frames[key][stratum] = whole
    without: Counter[tuple[int | None, int | None]] = Counter()
    for office, kader, number in bulk.run(_WITHOUT_PHONE, [sample.pk]):
        for key in ((None, None), (office, None), (office, kader)):
            without[key] += number
    return [
        Result(*key, sum(frames[key].values()), without[key], _counts(cases), estimate_of(cases))
        for key, cases in sorted(groups.items(), key=lambda group: _none_first(group[0]))
    ]


def _counts(cases: Iterable[Case]) -> dict[str, int]:
    counted = Counter(one.outcome or "not_called" for one in cases)
    return {name: counted[name] for name in (*Outcome.values, "not_called")}


def _none_first(key: tuple[int | None, int | None]) -> tuple[int, int]:
    return key[0] or 0, key[1] or 0
