"""How well people were told apart: figures over pairs of records, after transitive closure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Measured:
    """Precision and recall of pairs of records that are in one person."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


class Scored(Protocol):
    """Two records and how likely they are one person."""

    @property
    def left(self) -> int: ...
    @property
    def right(self) -> int: ...
    @property
    def score(self) -> float: ...


class Closure:
    """People that grow by joining, with the figures kept up. `truth` gives each record's person."""

    def __init__(self, truth: Sequence[object]) -> None:
        self._truth = truth
        self._total = sum(n * (n - 1) // 2 for n in Counter(truth).values())
        self._parent = list(range(len(truth)))
        self._held: list[Counter[object]] = [Counter([person]) for person in truth]
        self._right = self._joined = 0

    def together(self, one: int, other: int) -> bool:
        return self._find(one) == self._find(other)

    def join(self, one: int, other: int) -> None:
        a, b = self._find(one), self._find(other)
        if a == b:
            return
        if len(self._held[a]) < len(self._held[b]):
            a, b = b, a
        ours, theirs = self._held[a], self._held[b]
        self._joined += ours.total() * theirs.total()
        self._right += sum(count * ours[person] for person, count in theirs.items())
        ours.update(theirs)
        theirs.clear()
        self._parent[b] = a

    def measured(self) -> Measured:
        precision = self._right / self._joined if self._joined else 1.0
        return Measured(precision, self._right / self._total if self._total else 1.0)

    def _find(self, record: int) -> int:
        while self._parent[record] != record:
            self._parent[record] = self._parent[self._parent[record]]
            record = self._parent[record]
        return record


def of_people(truth: Sequence[object], people: Iterable[Sequence[int]]) -> Closure:
    """A closure of the given groups of records."""
    closure = Closure(truth)
    for first, *others in people:
        for other in others:
            closure.join(first, other)
    return closure


def best_f1(closure: Closure, pairs: Iterable[Scored]) -> Measured:
    """The best F1 while pairs are joined one by one, the best-scored first."""
    best = closure.measured()
    for pair in sorted(pairs, key=lambda pair: -pair.score):
        if not closure.together(pair.left, pair.right):
            closure.join(pair.left, pair.right)
            best = max(best, closure.measured(), key=lambda figures: figures.f1)
    return best


def recall_at(truth: Sequence[object], pairs: Iterable[Scored], precision: float) -> float:
    """The best recall after closure of any threshold that keeps this precision."""
    closure, best = Closure(truth), 0.0
    for pair in sorted(pairs, key=lambda pair: -pair.score):
        if not closure.together(pair.left, pair.right):
            closure.join(pair.left, pair.right)
            figures = closure.measured()
            if figures.precision >= precision:
                best = max(best, figures.recall)
    return best


def after_reviews(
    truth: Sequence[object],
    people: Iterable[Sequence[int]],
    reviews: Iterable[Scored],
    asked: int,
) -> Measured:
    """After somebody who is always right answered so many questions in their order; a pair that
    an earlier answer joined costs none."""
    closure = of_people(truth, people)
    for question in reviews:
        one, other = question.left, question.right
        if closure.together(one, other):
            continue
        if asked == 0:
            break
        asked -= 1
        if truth[one] == truth[other]:
            closure.join(one, other)
    return closure.measured()
