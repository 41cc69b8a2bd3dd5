"""What is wrong with the rows of result files, and what somebody has to look at."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from outreach.imports.kinds import Finding, NumberedRow, Rows, Setting
from outreach.membership.months import today
from outreach.membership.result_rows import (
    ACCEPTED,
    PAID,
    REFUSED,
    WRITTEN,
    Known,
    ResultRow,
    known_of,
    kpj_key,
    owners_of,
)
from outreach.models import HandOffRow
from outreach.scopes import offices_for
from outreach.sealing import blind_index
from outreach.statuses import HANDED_OVER, OUT

NEEDED: Mapping[str, Sequence[str]] = {
    ACCEPTED: (),
    PAID: ("paid_on", "first_month", "months"),
    REFUSED: ("reason",),
}
FARTHEST = timedelta(days=731)
"""Between the day of payment and the first month paid: beyond it somebody mistook a year."""
YEAR = timedelta(days=366)
BEGINNING = date(2014, 1, 1)
"""BPJS Ketenagakerjaan has been there since (law 24/2011, article 62)."""
Judged = tuple[NumberedRow, Known]


def check(rows: Rows, setting: Setting) -> list[Finding]:
    """What is wrong with rows, or to be looked at; a constant number of statements."""
    return list(_findings(judged(rows, setting), setting))


def judged(rows: Rows, setting: Setting) -> list[Judged]:
    """Rows that say anything, with what is known of their registrations."""
    saying = [one for one in rows if one.row.result]
    offices = list(offices_for(setting.actor).values_list("pk", flat=True))
    return list(zip(saying, known_of(saying, offices), strict=True))


def _findings(rows: Sequence[Judged], setting: Setting) -> Iterator[Finding]:
    doubts_of_kpj = _doubts_of_kpjs(rows)
    for (number, row), known in rows:
        problems = list(_problems(number, row, known, setting))
        yield from problems
        if problems:
            continue
        if is_said(row, known):
            yield Finding(number, "", "said_before", "warning")
            continue
        codes = [*_doubts(row, known), *doubts_of_kpj(row, known), *_oddities(row, known, setting)]
        for code in codes:
            yield Finding(number, _COLUMN_OF.get(code, ""), code, "warning")


_COLUMN_OF = {
    "other_code": "payment_code",
    "other_kpj": "kpj",
    "kpj_of_other": "kpj",
    "person_has_other_kpj": "kpj",
    "months_overlap": "first_month",
    "year_apart": "first_month",
    "paid_long_ago": "paid_on",
}


def _problems(number: int, row: ResultRow, known: Known, setting: Setting) -> Iterator[Finding]:
    assert row.result is not None
    for name in NEEDED[row.result]:
        if getattr(row, name) is None:
            yield Finding(number, name, "needed", named={"result": WRITTEN[row.result]})
    yield from _impossible_days(number, row, today(setting.now))
    if row.registration is None and (row.hand_off is None or row.number is None):
        yield Finding(number, "registration", "which")
    elif known.registration is None:
        yield Finding(number, "registration", "not_of_office")
    elif known.named_other:
        yield Finding(number, "registration", "two_named")
    elif row.nik and blind_index("nik", row.nik) != known.nik_index:
        yield Finding(number, "nik", "nik_differs")
    elif known.row is None:
        yield Finding(number, "registration", "never_handed_off")


def _impossible_days(number: int, row: ResultRow, day: date) -> Iterator[Finding]:
    for name in ("paid_on", "first_month"):
        if (said := getattr(row, name)) and said < BEGINNING:
            yield Finding(number, name, "before_bpjs")
    if row.paid_on and row.paid_on > day:
        yield Finding(number, "paid_on", "in_future")
    if row.paid_on and row.first_month and abs(row.paid_on - row.first_month) > FARTHEST:
        yield Finding(number, "first_month", "far_from_paid")


def is_said(row: ResultRow, known: Known) -> bool:
    """Whether everything that a row says is known."""
    if row.result == REFUSED:
        return known.refused_so
    answered = known.answer == HandOffRow.Answer.ACCEPTED
    same_code = row.payment_code in {None, known.payment_code}
    same_kpj = row.kpj is None or kpj_key(row.kpj) == known.kpj_index
    return answered and same_code and same_kpj and (row.result == ACCEPTED or known.paid_so)


def _doubts(row: ResultRow, known: Known) -> Iterator[str]:
    if known.status in OUT:
        yield "withdrawn"
    elif known.handed_as != known.person:
        yield "merged"
    elif not known.is_current:
        yield "not_waiting"
    elif row.result == REFUSED and known.status not in HANDED_OVER:
        yield "accepted_before"
    elif row.result == REFUSED and known.refused_earlier:
        yield "refused_before"
    elif row.result == PAID and known.undone_so:
        yield "payment_undone"
    elif row.payment_code and known.payment_code not in {None, row.payment_code}:
        yield "other_code"


def _oddities(row: ResultRow, known: Known, setting: Setting) -> Iterator[str]:
    """What may be a slip, and counts all the same."""
    if row.paid_on is None or row.first_month is None:
        return
    if known.overlaps:
        yield "months_overlap"
    if abs(row.paid_on - row.first_month) > YEAR:
        yield "year_apart"
    elif row.paid_on < today(setting.now) - YEAR:
        yield "paid_long_ago"


def _doubts_of_kpjs(rows: Sequence[Judged]) -> Callable[[ResultRow, Known], Iterator[str]]:
    """Doubts about the KPJs that rows name, by who has them."""
    naming = [(row.kpj, known.person) for (_, row), known in rows if row.kpj]
    people = [person for _, person in naming if person]
    of_kpj: dict[bytes, set[UUID]] = defaultdict(set)
    of_person: dict[UUID, set[bytes]] = defaultdict(set)
    for owner in owners_of([kpj for kpj, _ in naming], people) if people else ():
        of_kpj[owner.kpj_index].add(owner.person)
        of_person[owner.person].add(owner.kpj_index)

    def doubts(row: ResultRow, known: Known) -> Iterator[str]:
        if not row.kpj or known.person is None:
            return
        key = kpj_key(row.kpj)
        if known.kpj_index not in {None, key}:
            yield "other_kpj"
        elif of_kpj[key] - {known.person}:
            yield "kpj_of_other"
        elif of_person[known.person] - {key}:
            yield "person_has_other_kpj"

    return doubts
