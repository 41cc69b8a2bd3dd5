"""Detectors' thresholds: dated data, shown with what was found by them."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from outreach.models import DetectorRule

Detector = DetectorRule.Detector
Rule = TypeVar("Rule")
MONTHS_BEFORE = 2
"""How far back a month's findings may reach: what changed there has them looked at again."""


class Travel(Struct, frozen=True, forbid_unknown_fields=True):
    """How far somebody gets: on the ground, or in the air with `flight_extra_minutes` beside."""

    least_km: float
    slack_minutes: float
    ground_kmh: float
    flight_kmh: float
    flight_extra_minutes: float


class Burst(Struct, frozen=True, forbid_unknown_fields=True):
    """The `usual` most within `minutes`, by type; `own_factor` times the kader's own median daily
    peak where that is more and known from `own_days`; never more than `hard`."""

    minutes: float
    usual: dict[str, int]
    otherwise: int
    own_factor: float
    own_days: int
    hard: int


class SamePlace(Struct, frozen=True, forbid_unknown_fields=True):
    """So many people on so many days within `radius_m`, and that share of the kader's month."""

    radius_m: float
    accuracy_m: float
    people: int
    days: int
    share: float
    not_types: frozenset[str]


class SharedPhone(Struct, frozen=True, forbid_unknown_fields=True):
    people: int
    households: int


class MonthEnd(Struct, frozen=True, forbid_unknown_fields=True):
    """The last `days` of a month against any as many days in it and `before_months` before."""

    days: int
    before_months: Annotated[int, Meta(ge=0, le=MONTHS_BEFORE)]
    least_whole: int
    least_last: int
    share: float
    factor: float
    types: frozenset[str]


class Bunching(Struct, frozen=True, forbid_unknown_fields=True):
    """Counts of `width` numbers from the threshold on, against as many under and further over.

    `share` is the most of them that a smooth count puts just over; `alpha` the false alarm rate.
    """

    width: int
    months: int
    least_near: int
    share: float
    alpha: float
    office_months: int
    office_least_near: int
    office_alpha: float


class Dated(Generic[Rule]):
    """Rules that follow each other, from the day each is in force."""

    def __init__(self, rules: Sequence[tuple[date, Rule]]) -> None:
        self._rules = sorted(rules, key=lambda dated: dated[0])
        self._days = [day for day, _ in self._rules]

    def on(self, day: date) -> tuple[str, Rule] | None:
        """The rule of a day and since when it is in force; None before the first."""
        place = bisect_right(self._days, day)
        if not place:
            return None
        since, rule = self._rules[place - 1]
        return since.isoformat(), rule


class Rules:
    """All detectors' rules, from rows of DetectorRule or of the shipped file."""

    def __init__(self, rows: Sequence[tuple[str, date, Any]]) -> None:
        self._rows = rows
        self.travel = self._dated(Detector.TRAVEL, Travel)
        self.burst = self._dated(Detector.BURST, Burst)
        self.same_place = self._dated(Detector.SAME_PLACE, SamePlace)
        self.shared_phone = self._dated(Detector.SHARED_PHONE, SharedPhone)
        self.month_end = self._dated(Detector.MONTH_END, MonthEnd)
        self.bunching = self._dated(Detector.BUNCHING, Bunching)

    def _dated(self, detector: str, kind: type[Rule]) -> Dated[Rule]:
        return Dated(
            [
                (day, msgspec.convert(thresholds, kind))
                for name, day, thresholds in self._rows
                if name == detector
            ]
        )


def stored_rules() -> Rules:
    """The rules of this installation. One statement."""
    return Rules(list(DetectorRule.objects.values_list("detector", "effective_from", "thresholds")))
