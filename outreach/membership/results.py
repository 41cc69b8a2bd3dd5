"""Result files: what BPJS says of what was handed off, checked and applied.

A row counts at once, or is held because somebody has to look (outreach.membership.held), or stops
the whole file. Every row is a fact that is kept once; statuses and memberships follow from the
facts, so files may come in any order and more than once.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import Any
from uuid import UUID

from outreach.imports.kinds import Chunks, Kind, Setting, recheck
from outreach.matching import watching
from outreach.membership import standing
from outreach.membership.checking import check, judged
from outreach.membership.held import hold
from outreach.membership.keeping import refresh_villages
from outreach.membership.recording import Facts, record, settle
from outreach.membership.result_rows import COLUMNS, REFUSED, TITLE, Known, ResultRow
from outreach.membership.words import WORDS
from outreach.models import Payment, User


def apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    """Apply a whole file in the caller's transaction, and say what it did."""
    since = watching.begin()
    ids: set[UUID] = set()
    for rows in chunks():
        ids |= {known.registration for _, known in judged(rows, setting) if known.registration}
    standing.lock(ids)
    counts: Counter[str] = Counter(answered=0, paid=0, refused=0, held=0, unchanged=0)
    refused: list[tuple[Facts, Known]] = []
    recorded: set[UUID] = set()
    numbered: set[UUID] = set()
    for rows in chunks():
        codes: dict[int, list[str]] = defaultdict(list)
        for finding in recheck(HAND_OFF_RESULTS, rows, setting):
            codes[finding.number].append(finding.code)
        counted = []
        held = []
        for (number, row), known in judged(rows, setting):
            if "said_before" in codes[number]:
                counts["unchanged"] += 1
            elif codes[number]:
                held.append((number, row, known, codes[number]))
            else:
                assert known.registration is not None and known.row is not None
                fact = Facts(known.registration, known.row, number, row)
                if row.result == REFUSED:
                    refused.append((fact, known))
                else:
                    counted.append(fact)
        recorded |= {fact.registration for fact in counted}
        numbered |= record(counted, setting, counts)
        counts["held"] += hold(held, setting)
    # One file that refuses what it also accepts.
    both = [
        (fact.number, fact.row, known, ["accepted_before"])
        for fact, known in refused
        if fact.registration in recorded
    ]
    counts["held"] += hold(both, setting)
    only = [fact for fact, _ in refused if fact.registration not in recorded]
    counts["refused"] = len(only)
    settle(ids, only, numbered, since, setting)
    return counts


def _key(row: Any) -> Hashable | None:
    which = row.registration or (row.hand_off, row.number)
    return (which, row.result, row.first_month) if row.result else None


def _after(setting: Setting) -> None:
    paid = Payment.objects.filter(source=setting.source)
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
    key=_key,
    after=_after,
)
