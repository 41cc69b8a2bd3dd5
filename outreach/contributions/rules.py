"""What contributions are reckoned by: rates, income brackets and reliefs, each for its months.

All of it is data with a version and a source. Months are contribution months, as `2026-11`; so
written, they sort by themselves.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Annotated, Literal, NamedTuple, Protocol

from msgspec import Meta, Struct

from outreach.validity import Span

# A bare `$` would let a newline pass behind it.
Month = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(?!\n)$")]
Version = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}(?!\n)$")]
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*$"
LONGEST_SOURCE = 500
Source = Annotated[str, Meta(min_length=3, max_length=LONGEST_SOURCE, pattern=PRINTABLE)]
Check = Annotated[str, Meta(min_length=3, max_length=200, pattern=PRINTABLE)]
Rupiah = Annotated[int, Meta(ge=0, le=10**12)]
Amount = Annotated[int, Meta(ge=1, le=10**12)]
Rate = Annotated[int, Meta(ge=1, le=1_000_000)]
Programme = Literal["JKK", "JKM", "JHT"]
PROGRAMMES: tuple[Programme, ...] = ("JKK", "JKM", "JHT")
Payer = Literal["self", "sponsor", "village", "local_budget", "national_budget"]


class Dated(Protocol):
    """Something that is in force for some months, both included; without a last, for good."""

    @property
    def version(self) -> str: ...
    @property
    def first_month(self) -> str: ...
    @property
    def last_month(self) -> str | None: ...


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """What the programmes cost a month: JKK and JHT as millionths of the income base, JKM in
    rupiah. No base is under `lowest_base`."""

    version: Version
    first_month: Month
    last_month: Month | None
    jkk_rate_ppm: Rate
    jkm_amount: Amount
    jht_rate_ppm: Rate
    lowest_base: Amount
    source: Source


class Relief(Struct, frozen=True, forbid_unknown_fields=True):
    """What is paid less for some months, by those in transport occupations or by all others.

    Of each of the `programmes` only `pays_percent` is paid, rounded once at the end; who pays from
    one of `not_for_payers` pays all.
    """

    version: Version
    first_month: Month
    last_month: Month | None
    for_transport: bool
    programmes: Annotated[list[Programme], Meta(min_length=1, max_length=3)]
    pays_percent: Annotated[int, Meta(ge=0, le=100)]
    not_for_payers: Annotated[list[Payer], Meta(max_length=5)]
    source: Source


class Bracket(Struct, frozen=True, forbid_unknown_fields=True):
    """Monthly incomes, both bounds included, and the base they are reckoned with."""

    min: Rupiah
    max: Rupiah | None
    base: Amount


class BracketTable(Struct, frozen=True, forbid_unknown_fields=True):
    """Brackets from 0 on, each `step` rupiah after the one before; incomes go in whole steps.

    `checked` says by whom and against what the table was checked; null, that nobody has.
    """

    version: Version
    first_month: Month
    last_month: Month | None
    step: Literal[1, 1000]
    brackets: Annotated[list[Bracket], Meta(min_length=1, max_length=1000)]
    source: Source
    checked: Check | None = None

    def base_of(self, income: int) -> int:
        """The base of an income; a table that was accepted has one for each."""
        whole = income - income % self.step
        return self.brackets[bisect_right(self.brackets, whole, key=_lowest) - 1].base


def _lowest(bracket: Bracket) -> int:
    return bracket.min


class Terms(Struct, frozen=True, eq=False):
    """What is in force in one month; one object for all months that have the same."""

    rule: Rule | None
    table: BracketTable | None
    reliefs: tuple[Relief, ...]


class Row(NamedTuple):
    """Months in a row."""

    first_month: str
    months: int
    terms: Terms


Known = Rule | Relief | BracketTable


class RuleBook:
    """All rules there are; `number` is that of the load that they are known since."""

    def __init__(
        self,
        number: int | None,
        rules: Iterable[Rule] = (),
        reliefs: Iterable[Relief] = (),
        tables: Iterable[BracketTable] = (),
    ) -> None:
        self.number = number
        self.rules = tuple(sorted(rules, key=_order))
        self.reliefs = tuple(sorted(reliefs, key=_order))
        self.tables = tuple(sorted(tables, key=_order))
        self._terms: dict[tuple[str, ...], Terms] = {}
        self._rows: dict[tuple[str, int], tuple[Row, ...]] = {}

    def rows(self, first_month: str, months: int) -> tuple[Row, ...]:
        """So many months with what is in force in them; those in a row that have the same, as one.

        Kept: there are few questions, and each is asked for thousands of workers.
        """
        found = self._rows.get((first_month, months))
        if found is None:
            asked = (later(first_month, number) for number in range(months))
            same = [(terms, list(row)) for terms, row in groupby(asked, self._in_force)]
            found = tuple(Row(row[0], len(row), terms) for terms, row in same)
            self._rows[first_month, months] = found
        return found

    def _in_force(self, month: str) -> Terms:
        rule = next((rule for rule in self.rules if in_force(rule, month)), None)
        table = next((table for table in self.tables if in_force(table, month)), None)
        reliefs = tuple(relief for relief in self.reliefs if in_force(relief, month))
        versions = (one.version if one else "" for one in (rule, table, *reliefs))
        return self._terms.setdefault(tuple(versions), Terms(rule, table, reliefs))

    def by_version(self) -> Mapping[str, Known]:
        everything: list[Known] = [*self.rules, *self.reliefs, *self.tables]
        return {one.version: one for one in everything}


def _order(dated: Dated) -> tuple[str, str]:
    return dated.first_month, dated.version


def in_force(dated: Dated, month: str) -> bool:
    return dated.first_month <= month and (dated.last_month is None or month <= dated.last_month)


def span_of(dated: Dated) -> Span:
    """The days of something's months."""
    last = None
    if dated.last_month:
        year, month = map(int, dated.last_month.split("-"))
        last = date(year, month, monthrange(year, month)[1])
    return Span(first_day(dated.first_month), last)


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def later(month: str, months: int) -> str:
    """The month so many months after another."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return f"{number // 12:04}-{number % 12 + 1:02}"
