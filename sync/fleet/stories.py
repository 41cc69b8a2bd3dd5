"""What happens to the workers a fleet meets: the ordinary, and everything that goes wrong."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from fixtures.mistyping import (
    day_and_month_swapped,
    placeholder_birth_date,
    respelled,
    with_a_slip,
    wrong_digit,
)
from fixtures.people import Population, Worker
from outreach.dedup.nik import disagrees
from sync.fleet.world import Outing, World

MET_KEPT = 3000
UNKNOWN_VILLAGE = "98.98.98.9998"
PLACEHOLDERS = ("9999999999999999", "1234567890123456", "0000000000000000")
NIK_REASONS = ("KTP tertinggal di rumah", "KTP hilang", "KTP rusak")

SHARES = {
    "worker": 640,
    "family": 50,
    "twins": 5,
    "homonym": 5,
    "exact_duplicate": 70,
    "name_conflict": 15,
    "date_conflict": 10,
    "nik_of_another": 6,
    "nik_typo": 10,
    "double_unseen": 8,
    "twin_without_nik": 15,
    "no_nik": 30,
    "nik_placeholder": 6,
    "wrong_sex": 5,
    "too_young_or_old": 5,
    "unknown_village": 3,
    "mocked": 10,
    "no_location": 25,
    "outside_venue": 10,
    "off_team": 10,
    "elsewhere": 40,
    "invalid": 20,
    "edited": 25,
    "overtaken": 7,
}
"""How often each story is told, beside each other. `double_unseen` is somebody registered again
under a mistyped NIK."""
_AT_A_VENUE = {name: share for name, share in SHARES.items() if name != "elsewhere"}
_AT_HOME = {name: SHARES[name] for name in SHARES if name not in ("off_team", "outside_venue")}

EXPECTED = {
    "exact_duplicate": "duplicate, or the earlier record is",
    "name_conflict": "duplicate or review, or the earlier record is",
    "date_conflict": "duplicate or review, or the earlier record is",
    "double_unseen": "duplicate or review, or the earlier record is",
    "twin_without_nik": "duplicate or review, or the earlier record is",
    "nik_of_another": "review, or the earlier record is",
    "elsewhere": "review",
}
"""Outcome class by story, where it is not `accepted`. Of two records that repeat each other the
one that arrives later is the duplicate, or the one to review."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A worker as typed, before the record is written: what to change, and what should come."""

    worker: Worker
    person: int
    story: str
    changes: dict[str, Any] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    may_return: bool = False
    """Whether somebody may register this worker again later."""


@dataclass(frozen=True, slots=True)
class Met:
    """A worker who was registered before, by whom."""

    worker: Worker
    person: int
    kader: int


class Stories:
    """Tells one registration after another. The same seed and outings tell the same ones."""

    def __init__(self, seed: str, world: World, day: date) -> None:
        self._random = random.Random(f"{seed}/stories")
        self._population = Population(f"{seed}/people", world.gazetteer.codes, day)
        self._codes = world.gazetteer.codes
        self._day = day
        self._met: list[Met] = []
        self._people = 0
        self._following: list[Sketch] = []

    def next(self, outing: Outing, home: str | None) -> Sketch:
        """Whom the kader registers next; living in `home` where people are visited there."""
        if self._following and home is None:
            return self._remember(self._following.pop(), outing)
        shares = _AT_HOME if home else _AT_A_VENUE
        [story] = self._random.choices(tuple(shares), tuple(shares.values()))
        teller: Callable[[str, Outing, str | None], Iterator[Sketch]]
        teller = getattr(self, f"_{story}", self._somebody)
        first, *others = teller(story, outing, home)
        if home is None:
            self._following += others
        return self._remember(first, outing)

    def _somebody(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        sketch = self._new(self._population.worker(home), story)
        yield replace(sketch, may_return=story == "worker")

    def _family(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        for worker in self._population.family(home):
            yield replace(self._new(worker, story), may_return=True)

    def _twins(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        one = self._population.worker(home)
        for worker in (one, self._population.twin(one)):
            yield replace(self._new(worker, story), may_return=True)

    def _homonym(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        one = self._population.worker(home)
        for worker in (one, self._population.homonym(one)):
            yield replace(self._new(worker, story), may_return=True)

    def _exact_duplicate(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        """Another kader registers somebody again, often with a title or in an older spelling."""
        met = self._take(outing, home)
        if met is None:
            yield from self._somebody("worker", outing, home)
            return
        rng, worker = self._random, met.worker
        changes: dict[str, Any] = {}
        if rng.random() < 0.6:
            changes["full_name"] = respelled(rng, worker.full_name, worker.sex).strip()
        if home is None and rng.random() < 0.1:
            changes["domicile_village"] = rng.choice(self._codes)
        elif rng.random() < 0.3:
            self._met.append(met)
        yield Sketch(worker, met.person, story, changes)

    def _name_conflict(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        yield self._again(
            story, outing, home, lambda w: {"full_name": with_a_slip(self._random, w.full_name)}
        )

    def _date_conflict(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        def slip(worker: Worker) -> dict[str, Any]:
            born = worker.birth_date
            return {"birth_date": day_and_month_swapped(born) or placeholder_birth_date(born)}

        yield self._again(story, outing, home, slip)

    def _double_unseen(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        yield self._again(story, outing, home, lambda w: {"nik": wrong_digit(self._random, w.nik)})

    def _twin_without_nik(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        yield self._again(story, outing, home, lambda _: self._without_nik())

    def _nik_of_another(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        met = self._take(outing, None)
        sketch = self._new(self._population.worker(home), story if met else "worker")
        yield self._with(sketch, {"nik": met.worker.nik}) if met else sketch

    def _nik_typo(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        sketch = self._new(self._population.worker(home), story)
        yield self._with(sketch, {"nik": wrong_digit(self._random, sketch.worker.nik)})

    def _no_nik(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        yield self._with(self._new(self._population.worker(home), story), self._without_nik())

    def _nik_placeholder(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        sketch = self._new(self._population.worker(home), story)
        flags = frozenset({"nik_placeholder"})
        yield replace(sketch, changes={"nik": self._random.choice(PLACEHOLDERS)}, flags=flags)

    def _wrong_sex(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        sketch = self._new(self._population.worker(home), story)
        other = "male" if sketch.worker.sex == "female" else "female"
        yield self._with(sketch, {"sex": other})

    def _too_young_or_old(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        sketch = self._new(self._population.worker(home), story)
        years = self._random.choice((12, 16, 67, 80))
        born = self._day - timedelta(days=round(years * 365.25) + 60)
        changed = self._with(sketch, {"birth_date": born})
        yield replace(changed, flags=changed.flags | {"age_out_of_range"})

    def _unknown_village(self, story: str, outing: Outing, home: str | None) -> Iterator[Sketch]:
        del outing
        sketch = self._new(self._population.worker(home), story)
        changes = {"domicile_village": UNKNOWN_VILLAGE}
        yield replace(sketch, changes=changes, flags=frozenset({"village_unknown"}))

    def _again(
        self,
        story: str,
        outing: Outing,
        home: str | None,
        slip: Callable[[Worker], dict[str, Any]],
    ) -> Sketch:
        """Somebody met before, for the last time, and typed differently now."""
        met = self._take(outing, home)
        if met is None:
            return next(self._somebody("worker", outing, home))
        return self._with(Sketch(met.worker, met.person, story), slip(met.worker))

    def _new(self, worker: Worker, story: str) -> Sketch:
        self._people += 1
        return Sketch(worker, self._people, story)

    def _with(self, sketch: Sketch, changes: dict[str, Any]) -> Sketch:
        """The sketch as changed, with what its NIK then says against it."""
        worker = sketch.worker
        nik = changes.get("nik", worker.nik)
        if nik is None:
            return replace(sketch, changes=changes)
        against = disagrees(
            nik, changes.get("birth_date", worker.birth_date), changes.get("sex", worker.sex)
        )
        flags = frozenset(f"nik_{field}_mismatch" for field in against)
        return replace(sketch, changes=changes, flags=flags)

    def _without_nik(self) -> dict[str, Any]:
        return {"nik": None, "nik_missing_reason": self._random.choice(NIK_REASONS)}

    def _remember(self, sketch: Sketch, outing: Outing) -> Sketch:
        if not sketch.may_return:
            return sketch
        met = Met(sketch.worker, sketch.person, outing.kader)
        if len(self._met) < MET_KEPT:
            self._met.append(met)
        else:
            self._met[self._random.randrange(MET_KEPT)] = met
        return sketch

    def _take(self, outing: Outing, home: str | None) -> Met | None:
        """Somebody another kader met, of this home where one is asked; not to be met again."""
        for _ in range(20):
            if not self._met:
                return None
            at = self._random.randrange(len(self._met))
            met = self._met[at]
            if met.kader != outing.kader and home in (None, met.worker.village):
                self._met[at] = self._met[-1]
                self._met.pop()
                return met
        return None
