"""What is wrong with rules, in words for whoever loads them: all of it, before any is stored."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from outreach.contributions.rules import (
    PROGRAMMES,
    Bracket,
    BracketTable,
    Dated,
    RuleBook,
    in_force,
    month_of,
    span_of,
)
from outreach.validity import faults


def faults_of(book: RuleBook) -> list[str]:
    """What keeps the rules from being used together, a line each."""
    found = [
        f"{one.version}: its last month, {one.last_month}, is before its first, {one.first_month}"
        for one in book.by_version().values()
        if one.last_month and one.last_month < one.first_month
    ]
    for table in book.tables:
        found += _bracket_faults(table)
    if found:
        return found
    found += _span_faults("rules", book.rules)
    found += _span_faults("bracket tables", book.tables)
    for programme in PROGRAMMES:
        for mark, who in ((True, "transport occupations"), (False, "other occupations")):
            some = [
                one
                for one in book.reliefs
                if programme in one.programmes and one.for_transport == mark
            ]
            found += _span_faults(f"reliefs of {programme} for {who}", some, gaps=False)
    return found + list(_base_faults(book))


def _span_faults(what: str, dated: Sequence[Dated], *, gaps: bool = True) -> Iterator[str]:
    for fault in faults([span_of(one) for one in dated]):
        first = month_of(fault.first)
        last = month_of(fault.last) if fault.last else None
        months = f"from {first} on" if last is None else f"{first} to {last}"
        if fault.kind == "overlap":
            both = " and ".join(one.version for one in dated if in_force(one, first))
            yield f"{what} overlap {months}: {both}; end one of them before the other begins"
        elif gaps:
            yield f"{what} leave a gap: nothing is in force {months}"


def _bracket_faults(table: BracketTable) -> Iterator[str]:
    where = table.version
    first, last = table.brackets[0], table.brackets[-1]
    if first.min != 0:
        yield f"{where}: incomes from 0 to {first.min - 1} are in no bracket"
    if last.max is not None:
        yield f"{where}: incomes above {last.max} are in no bracket: leave the last max empty"
    for bracket in table.brackets:
        if bracket.max is not None and bracket.max < bracket.min:
            yield f"{where}: {_shown(bracket)} ends before it begins"
        yield from _uneven(table, bracket)
    for one, after in pairwise(table.brackets):
        yield from _between(table, one, after)


def _uneven(table: BracketTable, bracket: Bracket) -> Iterator[str]:
    for bound in (bracket.min, bracket.max):
        if bound is not None and bound % table.step:
            yield f"{table.version}: {bound} is no whole number of steps of {table.step}"


def _between(table: BracketTable, one: Bracket, after: Bracket) -> Iterator[str]:
    """What is wrong from one bracket to the one that comes after it in the table."""
    where = table.version
    pair = f"{_shown(one)} and {_shown(after)}"
    if after.min < one.min:
        yield f"{where}: {pair} are not in order"
    elif one.max is None or after.min <= one.max:
        yield f"{where}: {pair} overlap from {after.min} on"
    elif after.min > one.max + table.step:
        yield (
            f"{where}: incomes from {one.max + table.step} to {after.min - table.step}"
            " are in no bracket"
        )
    if after.base < one.base:
        yield f"{where}: the base falls from {one.base} to {after.base} from {pair}"


def _base_faults(book: RuleBook) -> Iterator[str]:
    """Bases under the lowest that there is in the same months."""
    for table in book.tables:
        for rule in book.rules:
            meet = max(rule.first_month, table.first_month)
            lowest = table.brackets[0].base
            if in_force(rule, meet) and in_force(table, meet) and lowest < rule.lowest_base:
                yield (
                    f"{table.version}: the base {lowest} is under the lowest base of rule"
                    f" {rule.version}, {rule.lowest_base}"
                )


def _shown(bracket: Bracket) -> str:
    return f"{bracket.min}–{'' if bracket.max is None else bracket.max}"
