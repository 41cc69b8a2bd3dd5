"""What a worker would pay: reckoned month by month, by the rules in force in each. Pure.

Money is never handled: a quote tells, and nothing more.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from msgspec import Struct
from msgspec.structs import replace

from outreach.contributions.rules import Payer, Relief, RuleBook, Terms, later

MISSING = (
    "programmes_minimum",
    "jht_required",
    "income_missing",
    "no_rule",
    "brackets_missing",
    "occupation_unknown",
    "payer_missing",
    "months_missing",
)
"""Why there is no amount, or of `months_missing`, no total."""
NOTES = ("brackets_unchecked", "lowest_base")
MOST_KEPT = 4096
_PAYERS: tuple[str, ...] = get_args(Payer)


class Worker(NamedTuple):
    """What a quote depends on; null is what is not known, and nothing is put in its place.

    `first_month` is the first contribution month, `months` how many are paid together.
    """

    income: int | None
    programmes: Collection[str]
    is_transport: bool | None
    payer: str | None
    is_employer: bool
    first_month: str
    months: int | None


class Months(Struct, frozen=True):
    """Months that follow each other and cost the same: amounts of one month, in whole rupiah, and
    the versions of what they were reckoned by."""

    first_month: str
    months: int
    base: int
    jkk: int
    jkm: int
    jht: int
    rule: str
    brackets: str | None
    reliefs: tuple[str, ...]

    @property
    def last_month(self) -> str:
        return later(self.first_month, self.months - 1)

    @property
    def total(self) -> int:
        """Of one month."""
        return self.jkk + self.jkm + self.jht


class _Cost(NamedTuple):
    """What Months say of each."""

    base: int
    jkk: int
    jkm: int
    jht: int
    rule: str
    brackets: str | None
    reliefs: tuple[str, ...]


class Total(NamedTuple):
    """Of all months together."""

    jkk: int
    jkm: int
    jht: int
    total: int


class Quote(Struct, frozen=True):
    """What the months cost. `missing` says why some, or all, have no amount.

    `months` are those asked for; where that is null, the first alone is quoted. `rules` is the load
    (RuleBook.number) that was known when it was made.
    """

    first_month: str
    months: int | None
    spans: tuple[Months, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    rules: int | None

    @property
    def total(self) -> Total | None:
        """None unless every month has its amounts."""
        if self.missing:
            return None
        jkk, jkm, jht = (
            sum(getattr(span, name) * span.months for span in self.spans)
            for name in ("jkk", "jkm", "jht")
        )
        return Total(jkk, jkm, jht, jkk + jkm + jht)


def quote(worker: Worker, book: RuleBook) -> Quote:
    """What the worker's months cost, each by the rules of that month."""
    missing = set(_always_missing(worker))
    notes: set[str] = set()
    spans: list[Months] = []
    if not missing or missing == {"months_missing"}:
        for first_month, months, terms in book.rows(worker.first_month, worker.months or 1):
            cost, remarks = _cost(worker, terms)
            if cost is None:
                missing |= remarks
            else:
                spans.append(Months(first_month, months, *cost))
                notes |= remarks
    return Quote(
        worker.first_month,
        worker.months,
        tuple(_joined(spans)),
        tuple(sorted(missing, key=MISSING.index)),
        tuple(sorted(notes, key=NOTES.index)),
        book.number,
    )


def same_amounts(one: Quote, other: Quote) -> bool:
    """Whether two quotes ask for the same each month, by whatever rules and notes."""
    return _asked(one) == _asked(other)


def _asked(quoted: Quote) -> tuple[Any, ...]:
    by_month = [
        (later(span.first_month, number), span.base, span.jkk, span.jkm, span.jht)
        for span in quoted.spans
        for number in range(span.months)
    ]
    return quoted.months, quoted.missing, by_month


def _always_missing(worker: Worker) -> Iterator[str]:
    """What is missing whatever the rules are."""
    programmes = set(worker.programmes)
    if not programmes >= {"JKK", "JKM"}:
        yield "programmes_minimum"
    if worker.is_employer and "JHT" not in programmes:
        yield "jht_required"
    if worker.income is None:
        yield "income_missing"
    if worker.months is None:
        yield "months_missing"


def _cost(worker: Worker, terms: Terms) -> tuple[_Cost | None, set[str]]:
    """A month with what is to be said about it, or None with what is missing."""
    rule, table, income = terms.rule, terms.table, worker.income or 0
    if rule is None:
        return None, {"no_rule"}
    if table:
        base = table.base_of(income)
        notes = set() if table.checked else {"brackets_unchecked"}
    elif income <= rule.lowest_base:
        base, notes = rule.lowest_base, {"lowest_base"}
    else:
        return None, {"brackets_missing"}
    kind = _Kind(base, "JHT" in worker.programmes, worker.is_transport, worker.payer)
    found = _cost_of(kind, terms)
    return (found, notes) if found else (None, _undecided(worker))


class _Kind(NamedTuple):
    """What a month's cost depends on, beside what is in force: few kinds, of many workers."""

    base: int
    has_jht: bool
    is_transport: bool | None
    payer: str | None


@lru_cache(MOST_KEPT)
def _cost_of(kind: _Kind, terms: Terms) -> _Cost | None:
    """A month by rates that are there; None where it depends on what is not known."""
    rule, base = terms.rule, kind.base
    assert rule
    amounts: set[tuple[int, int, int]] = set()
    versions: set[str] = set()
    for reliefs in _possible_reliefs(kind, terms):
        amounts.add(
            (
                _part(base, rule.jkk_rate_ppm, _percent("JKK", reliefs)),
                _half_up(rule.jkm_amount * _percent("JKM", reliefs), 100),
                _part(base, rule.jht_rate_ppm, _percent("JHT", reliefs)) if kind.has_jht else 0,
            )
        )
        versions |= {one.version for one in reliefs if kind.has_jht or {*one.programmes} != {"JHT"}}
    if len(amounts) > 1:
        return None
    brackets = terms.table.version if terms.table else None
    return _Cost(base, *amounts.pop(), rule.version, brackets, tuple(sorted(versions)))


def _possible_reliefs(kind: _Kind, terms: Terms) -> Iterator[list[Relief]]:
    """The reliefs that apply; where what they depend on is not known, for each way it may be."""
    marks = (True, False) if kind.is_transport is None else (kind.is_transport,)
    payers = (kind.payer,) if kind.payer else _PAYERS
    for mark in marks:
        for payer in payers:
            yield [
                relief
                for relief in terms.reliefs
                if relief.for_transport == mark and payer not in relief.not_for_payers
            ]


def _undecided(worker: Worker) -> set[str]:
    """What would have to be known to say what a month costs."""
    unknown = {"occupation_unknown": worker.is_transport, "payer_missing": worker.payer}
    return {code for code, value in unknown.items() if value is None}


def _percent(programme: str, reliefs: Iterable[Relief]) -> int:
    return next((one.pays_percent for one in reliefs if programme in one.programmes), 100)


def _part(base: int, rate_ppm: int, percent: int) -> int:
    """A share of the base in whole rupiah."""
    return _half_up(base * rate_ppm * percent, 100 * 1_000_000)


def _half_up(amount: int, divisor: int) -> int:
    """Divided, and half a rupiah and more rounded up."""
    return (2 * amount + divisor) // (2 * divisor)


def _joined(spans: Iterable[Months]) -> list[Months]:
    """The spans, those that follow each other and cost the same as one."""
    joined: list[Months] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and _is_more_of(last, span):
            joined[-1] = replace(last, months=last.months + span.months)
        else:
            joined.append(span)
    return joined


def _is_more_of(last: Months, span: Months) -> bool:
    follows = later(last.first_month, last.months) == span.first_month
    return follows and replace(last, first_month=span.first_month, months=span.months) == span
