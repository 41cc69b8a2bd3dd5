"""What rows of one result file say against each other, wherever in the file they stand."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from outreach.imports.kinds import Chunks, Finding, Setting
from outreach.membership.checking import is_said, judged
from outreach.membership.result_rows import PAID, REFUSED, Known, ResultRow, kpj_key
from outreach.months import later
from outreach.statuses import OUT


class _Said(NamedTuple):
    """What is to be held against the other rows; `is_new` unless all of it is known."""

    number: int
    result: str
    is_new: bool
    person: UUID | None
    code: str | None
    kpj: bytes | None
    first_month: date | None
    months: int | None


class Survey(NamedTuple):
    """The registrations that a file names, and what its rows say against each other."""

    registrations: set[UUID]
    findings: Mapping[int, Sequence[Finding]]


def survey(chunks: Chunks, setting: Setting) -> Survey:
    """Go through a whole file; one statement for each of its chunks."""
    said: dict[UUID, list[_Said]] = defaultdict(list)
    for rows in chunks():
        for (number, row), known in judged(rows, setting):
            if known.registration:
                said[known.registration].append(_said(number, row, known))
    findings: dict[int, list[Finding]] = defaultdict(list)
    for finding in _contradictions(said.values()):
        findings[finding.number].append(finding)
    return Survey(set(said), findings)


def across(chunks: Chunks, setting: Setting) -> Iterator[Finding]:
    """For the preview."""
    for findings in survey(chunks, setting).findings.values():
        yield from findings


def _said(number: int, row: ResultRow, known: Known) -> _Said:
    assert row.result is not None
    return _Said(
        number,
        row.result,
        not is_said(row, known),
        None if known.status in OUT else known.person,
        row.payment_code,
        kpj_key(row.kpj) if row.kpj else None,
        row.first_month,
        row.months,
    )


def _contradictions(registrations: Collection[Sequence[_Said]]) -> Iterator[Finding]:
    people: dict[bytes, set[UUID]] = defaultdict(set)
    kpjs: dict[UUID, set[bytes]] = defaultdict(set)
    for rows in registrations:
        for row in rows:
            if row.kpj and row.person:
                people[row.kpj].add(row.person)
                kpjs[row.person].add(row.kpj)
    for rows in registrations:
        yield from _repeated(rows)
        new = [row for row in rows if row.is_new]
        yield from _of_codes(rows, new)
        yield from _of_refusals(rows, new)
        yield from _of_months(rows)
        for row in new:
            if row.kpj and row.person and len(people[row.kpj]) > 1:
                yield Finding(row.number, "kpj", "kpj_of_other", "warning")
            elif row.kpj and row.person and len(kpjs[row.person]) > 1:
                yield Finding(row.number, "kpj", "person_has_other_kpj", "warning")


def _repeated(rows: Sequence[_Said]) -> Iterator[Finding]:
    """Whichever way each of them names the registration."""
    first: dict[object, int] = {}
    for row in rows:
        before = first.setdefault((row.result, row.first_month), row.number)
        if before != row.number:
            yield Finding(row.number, "", "repeated", named={"row": before})


def _of_codes(rows: Sequence[_Said], new: Sequence[_Said]) -> Iterator[Finding]:
    if len({row.code for row in rows if row.code}) > 1:
        for row in new:
            if row.code:
                yield Finding(row.number, "payment_code", "codes_differ", "warning")


def _of_refusals(rows: Sequence[_Said], new: Sequence[_Said]) -> Iterator[Finding]:
    """What is refused waits, and what is accepted counts."""
    refusing = [row.number for row in rows if row.result == REFUSED]
    if refusing and len(refusing) < len(rows):
        for row in new:
            if row.result == REFUSED:
                yield Finding(row.number, "result", "accepted_too", "warning")
            else:
                named = {"row": refusing[0]}
                yield Finding(row.number, "result", "refused_too", "warning", named)


def _of_months(rows: Sequence[_Said]) -> Iterator[Finding]:
    paid: dict[date, int] = {}
    for row in rows:
        if row.result != PAID or row.first_month is None or row.months is None:
            continue
        months = [later(row.first_month, number) for number in range(row.months)]
        before = next((paid[month] for month in months if month in paid), None)
        if before is not None and row.is_new:
            yield Finding(row.number, "first_month", "paid_twice", "warning", {"row": before})
        for month in months:
            paid.setdefault(month, row.number)
