"""Result files: what BPJS says of what was handed off, checked and applied.

A row counts at once, or is held because somebody has to look (outreach.membership.held), or stops
the whole file. Every row is a fact that is kept once; statuses and memberships follow from the
facts, so files may come in any order and more than once.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from outreach.imports.kinds import Chunks, Kind, Rows, Setting, recheck
from outreach.matching import watching
from outreach.membership import standing
from outreach.membership.across import Survey, across, survey
from outreach.membership.checking import check, judged
from outreach.membership.held import hold
from outreach.membership.keeping import refresh_villages
from outreach.membership.recording import Facts, record, settle
from outreach.membership.result_rows import COLUMNS, REFUSED, TITLE, Known, ResultRow
from outreach.membership.sayers import note_sayer
from outreach.membership.undoing import undo
from outreach.membership.words import REASONS, WORDS
from outreach.models import Payment, User


def apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    """Apply a whole file in the caller's transaction, and say what it did."""
    since = watching.begin()
    surveyed = survey(chunks, setting)
    standing.lock(surveyed.registrations)
    counts: Counter[str] = Counter(answered=0, paid=0, refused=0, held=0, unchanged=0)
    refused: list[Facts] = []
    numbered: set[UUID] = set()
    for rows in chunks():
        sorted_out = _sorted_out(rows, surveyed, setting)
        counts["unchanged"] += len(sorted_out.unchanged)
        refused += [fact for fact in sorted_out.facts if fact.row.result == REFUSED]
        counted = [fact for fact in sorted_out.facts if fact.row.result != REFUSED]
        numbered |= record(counted, setting, counts)
        note_sayer([*sorted_out.facts, *sorted_out.unchanged], setting.source.pk)
        counts["held"] += hold(sorted_out.held, setting)
    counts["refused"] = len(refused)
    settle(surveyed.registrations, refused, numbered, since, setting)
    return counts


class _Sorted(NamedTuple):
    """Rows by what is done with them."""

    facts: list[Facts]
    held: list[tuple[int, ResultRow, Known, Sequence[str]]]
    unchanged: list[Facts]


def _sorted_out(rows: Rows, surveyed: Survey, setting: Setting) -> _Sorted:
    codes: dict[int, list[str]] = defaultdict(list)
    for finding in recheck(HAND_OFF_RESULTS, rows, setting):
        codes[finding.number].append(finding.code)
    found = _Sorted([], [], [])
    for (number, row), known in judged(rows, setting):
        codes[number] += [finding.code for finding in surveyed.findings.get(number, ())]
        if "said_before" in codes[number]:
            found.unchanged.append(_fact(number, row, known, setting.source.pk))
        elif not REASONS.keys().isdisjoint(codes[number]):
            found.held.append((number, row, known, codes[number]))
        else:
            found.facts.append(_fact(number, row, known, setting.source.pk))
    return found


def _fact(number: int, row: ResultRow, known: Known, source: UUID) -> Facts:
    assert known.registration is not None and known.row is not None
    return Facts(known.registration, known.row, number, row, source)


def _after(setting: Setting) -> None:
    paid = Payment.objects.filter(Q(source=setting.source) | Q(undone_with=setting.source))
    refresh_villages(list(paid.values_list("registration_id", flat=True)), setting.now)


HAND_OFF_RESULTS = Kind(
    name="hand_off_results",
    title=TITLE,
    roles={User.Role.OFFICER},
    columns=COLUMNS,
    row=ResultRow,
    check=check,
    apply=apply,
    words=WORDS,
    across=across,
    after=_after,
    undo=undo,
)
