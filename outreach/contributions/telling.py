"""Quotes and rules as they are told, in the language of the request."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from outreach.contributions.quoting import Months, Quote
from outreach.contributions.rules import BracketTable, Relief, Rule, RuleBook
from outreach.contributions.words import MISSING_TEXTS, NOTE_TEXTS


class AmountsTold(Struct, frozen=True):
    """Whole rupiah."""

    jkk: int
    jkm: int
    jht: int
    total: int


class SpanTold(Struct, frozen=True):
    """Months that follow each other and cost the same; the amounts are those of one month."""

    first_month: str
    last_month: str
    months: int
    base: int
    jkk: int
    jkm: int
    jht: int
    total: int
    rule: str
    brackets: str | None
    reliefs: Sequence[str]


class Remark(Struct, frozen=True):
    """A code, and what it means."""

    code: str
    detail: str


class QuoteTold(Struct, frozen=True):
    """What a worker was to pay by the rules known when the content came in.

    `total` is null unless each month has its amounts, and `missing` says why. `rules_version` is
    that of the rules that tablets are told.
    """

    first_month: str
    months: int | None
    spans: Sequence[SpanTold]
    total: AmountsTold | None
    missing: Sequence[Remark]
    notes: Sequence[Remark]
    rules_version: int | None


class RulesTold(Struct, frozen=True):
    """All that contributions are reckoned by, to quote without signal."""

    version: int | None
    rules: Sequence[Rule]
    reliefs: Sequence[Relief]
    bracket_tables: Sequence[BracketTable]


def quote_told(quote: Quote) -> QuoteTold:
    total = quote.total
    return QuoteTold(
        quote.first_month,
        quote.months,
        [_span(span) for span in quote.spans],
        total and AmountsTold(*total),
        _remarks(quote.missing, MISSING_TEXTS),
        _remarks(quote.notes, NOTE_TEXTS),
        quote.rules,
    )


def rules_told(book: RuleBook) -> RulesTold:
    return RulesTold(book.number, book.rules, book.reliefs, book.tables)


def _span(span: Months) -> SpanTold:
    return SpanTold(
        span.first_month,
        span.last_month,
        span.months,
        span.base,
        span.jkk,
        span.jkm,
        span.jht,
        span.total,
        span.rule,
        span.brackets,
        span.reliefs,
    )


def _remarks(codes: Sequence[str], texts: dict[str, Any]) -> list[Remark]:
    return [Remark(code, str(texts[code])) for code in codes]
