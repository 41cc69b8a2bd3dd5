"""Result files: what BPJS says of what was handed off, checked and applied.

A row counts at once, or is held because somebody has to look (outreach.membership.held), or stops
the whole file. Every row is a fact that is kept once; statuses and memberships follow from the
facts, so files may come in any order and more than once.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec

from outreach import bulk, changes, reviewing
from outreach.imports.kinds import Chunks, Finding, Kind, NumberedRow, Rows, Setting, recheck
from outreach.matching import storing
from outreach.membership import standing
from outreach.membership.keeping import refresh_villages
from outreach.membership.months import today
from outreach.membership.result_rows import (
    ACCEPTED,
    COLUMNS,
    PAID,
    REFUSED,
    TITLE,
    Known,
    Owner,
    ResultRow,
    known_of,
    kpj_key,
    owners_of,
)
from outreach.membership.words import REASONS, WORDS
from outreach.models import (
    Decision,
    HandOffRow,
    HeldResult,
    Membership,
    Payment,
    Registration,
    User,
)
from outreach.scopes import offices_for
from outreach.sealing import blind_index, seal, seal_bytes
from outreach.statuses import HANDED_OVER, OUT
from outreach.transactions import Overtaken

NEEDED: Mapping[str, Sequence[str]] = {
    ACCEPTED: (),
    PAID: ("paid_on", "first_month", "months"),
    REFUSED: ("reason",),
}
FARTHEST = timedelta(days=731)
"""Between the day of payment and the first month paid: beyond it somebody mistook a year."""
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
    owners = _Owners(rows)
    for (number, row), known in rows:
        problems = list(_problems(number, row, known, setting))
        yield from problems
        if problems:
            continue
        if _is_said(row, known):
            yield Finding(number, "", "said_before", "warning")
            continue
        for code in [*_doubts(row, known), *owners.doubts(row, known)]:
            yield Finding(number, _COLUMN_OF.get(code, ""), code, "warning")


_COLUMN_OF = {
    "other_code": "payment_code",
    "other_kpj": "kpj",
    "kpj_of_other": "kpj",
    "person_has_other_kpj": "kpj",
}


def _problems(number: int, row: ResultRow, known: Known, setting: Setting) -> Iterator[Finding]:
    assert row.result is not None
    for name in NEEDED[row.result]:
        if getattr(row, name) is None:
            yield Finding(number, name, "needed", named={"result": row.result})
    if row.paid_on and row.paid_on > today(setting.now):
        yield Finding(number, "paid_on", "in_future")
    if row.paid_on and row.first_month and abs(row.paid_on - row.first_month) > FARTHEST:
        yield Finding(number, "first_month", "far_from_paid")
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


def _is_said(row: ResultRow, known: Known) -> bool:
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
    elif row.result == PAID and known.undone_so:
        yield "payment_undone"
    elif row.payment_code and known.payment_code not in {None, row.payment_code}:
        yield "other_code"


class _Owners:
    """Who has, or gets, the KPJs that rows name."""

    def __init__(self, rows: Sequence[Judged]) -> None:
        naming = [(row, known) for (_, row), known in rows if row.kpj and known.registration]
        people = [known.person for _, known in naming if known.person]
        self._owners = owners_of([row.kpj for row, _ in naming], people) if naming else []
        # Those of the same file count as well, whichever of them comes first.
        self._owners += [
            Owner(known.registration, known.person, kpj_key(row.kpj))
            for row, known in naming
            if known.registration and known.person and known.status not in OUT
        ]
        self._of_kpj: dict[bytes, set[UUID]] = defaultdict(set)
        self._of_person: dict[UUID, set[bytes]] = defaultdict(set)
        for owner in self._owners:
            self._of_kpj[owner.kpj_index].add(owner.person)
            self._of_person[owner.person].add(owner.kpj_index)

    def doubts(self, row: ResultRow, known: Known) -> Iterator[str]:
        if not row.kpj or known.person is None:
            return
        key = kpj_key(row.kpj)
        if known.kpj_index not in {None, key}:
            yield "other_kpj"
        elif self._of_kpj[key] - {known.person}:
            yield "kpj_of_other"
        elif self._of_person[known.person] - {key}:
            yield "person_has_other_kpj"


# What rows do.


class Facts(NamedTuple):
    """A row that counts: about which registration, by which of its rows in hand-offs."""

    registration: UUID
    hand_off_row: int
    number: int
    row: ResultRow


def apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    """Apply a whole file in the caller's transaction, and say what it did."""
    since = storing.begin()
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


def record(facts: Sequence[Facts], setting: Setting, counts: Counter[str]) -> set[UUID]:
    """Keep acceptances, payments and KPJs of locked registrations, and count them; gives those that
    got a KPJ."""
    answers = [{"id": fact.hand_off_row, "payment_code": fact.row.payment_code} for fact in facts]
    bulk.run(
        "UPDATE outreach_handoffrow AS old SET answer = 'accepted',"
        " payment_code = coalesce(old.payment_code, new.code),"
        " answered_at = coalesce(old.answered_at, %s) FROM ("
        "  SELECT id, max(payment_code) AS code FROM"
        "  jsonb_to_recordset(%s::jsonb) AS one(id bigint, payment_code text) GROUP BY id"
        " ) AS new WHERE old.id = new.id",
        [setting.now, bulk.encode(answers)],
    )
    paid = bulk.insert(
        Payment,
        [
            {
                "registration_id": fact.registration,
                "first_month": fact.row.first_month,
                "months": fact.row.months,
                "paid_on": fact.row.paid_on,
                "confirmed_at": setting.now,
                "source_id": setting.source.pk,
                "source_row": fact.number,
            }
            for fact in facts
            if fact.row.result == PAID
        ],
        on_conflict="DO NOTHING",
    )
    counts["answered"] += len({fact.hand_off_row for fact in facts})
    counts["paid"] += paid
    numbers = {fact.registration: fact.row.kpj for fact in facts if fact.row.kpj}
    return keep_kpjs(numbers, on_conflict="WHERE old.kpj IS NULL")


def keep_kpjs(numbers: Mapping[UUID, str], on_conflict: str = "") -> set[UUID]:
    """Give registrations their KPJs; gives those of which it is new."""
    rows = bulk.insert_returning(
        Membership,
        [
            {
                "registration_id": registration,
                "kpj": bulk.bytea(seal(kpj, registration)),
                "kpj_index": bulk.bytea(kpj_key(kpj)),
            }
            for registration, kpj in numbers.items()
        ],
        "registration_id",
        on_conflict="(registration_id) DO UPDATE SET kpj = excluded.kpj,"
        f" kpj_index = excluded.kpj_index {on_conflict}",
    )
    return {registration for (registration,) in rows}


def hold(held: Iterable[tuple[int, ResultRow, Known, Sequence[str]]], setting: Setting) -> int:
    """Keep rows for somebody to look at; gives how many were not kept before."""
    rows = []
    for number, row, known, codes in held:
        assert known.registration is not None
        content = msgspec.json.encode(row)
        one = uuid4()
        rows.append(
            {
                "id": one,
                "registration_id": known.registration,
                "source_id": setting.source.pk,
                "source_row": number,
                "reasons": [code for code in codes if code in REASONS],
                "content": bulk.bytea(seal_bytes(content, one.bytes)),
                "digest": bulk.bytea(_digest(row)),
                "state": HeldResult.State.OPEN.value,
                "made_at": setting.now,
                "reason": "",
            }
        )
    return bulk.insert(HeldResult, rows, on_conflict="(registration_id, digest) DO NOTHING")


def _digest(row: ResultRow) -> bytes:
    """The same for what says the same, in whichever file and however it names its registration."""
    said = [row.result, row.payment_code, row.paid_on, row.first_month, row.months, row.kpj]
    return blind_index("result", msgspec.json.encode([*said, row.reason]).decode())


def settle(
    ids: Iterable[UUID],
    refused: Sequence[Facts],
    numbered: Collection[UUID],
    since: storing.Since,
    setting: Setting,
) -> None:
    """Have statuses and memberships follow what was recorded, and send back what was refused.

    `numbered` are the registrations that got a KPJ just now. Raises Overtaken.
    """
    followed = standing.follow(set(ids), setting.now)
    if refused:
        _send_back(refused, since, setting)
    changes.settle()
    _nobody_shares_a_kpj(numbered)
    standing.log(followed.owners)


def _send_back(refused: Sequence[Facts], since: storing.Since, setting: Setting) -> None:
    """What BPJS refuses is to be corrected, and can be handed off again."""
    bulk.run(
        "UPDATE outreach_handoffrow AS old SET answer = 'refused', is_current = false,"
        " refusal = new.reason, answered_at = %s"
        " FROM jsonb_to_recordset(%s::jsonb) AS new(id bigint, reason text)"
        " WHERE old.id = new.id",
        [
            setting.now,
            bulk.encode([{"id": one.hand_off_row, "reason": one.row.reason} for one in refused]),
        ],
    )
    registrations = Registration.objects.in_bulk([one.registration for one in refused])
    decisions = [
        Decision(
            id=uuid4(),
            registration=registrations[one.registration],
            kind=Decision.Kind.REFUSE,
            actor=setting.actor,
            reason=f"BPJS: {one.row.reason}",
            status_before=registrations[one.registration].status,
            about={"hand_off_row": one.hand_off_row, "import": str(setting.source.pk)},
            decided_at=setting.now,
        )
        for one in refused
    ]
    reviewing.carry_out(
        dict.fromkeys(registrations.values(), Registration.Status.NEEDS_CORRECTION),
        decisions,
        setting.now,
        since,
    )


def _nobody_shares_a_kpj(numbered: Collection[UUID]) -> None:
    """Raise Overtaken where another file gave one of our KPJs to somebody else meanwhile: under the
    change log's lock nobody commits in between."""
    if not numbered:
        return
    shared = bulk.run(
        "SELECT 1 FROM outreach_membership AS ours"
        " JOIN outreach_membership AS theirs ON theirs.kpj_index = ours.kpj_index"
        " JOIN outreach_registration AS one ON one.id = ours.registration_id"
        " JOIN outreach_registration AS other ON other.id = theirs.registration_id"
        " WHERE ours.registration_id = ANY(%s) AND one.person_id <> other.person_id"
        " LIMIT 1",
        [list(numbered)],
    )
    if shared:
        raise Overtaken


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
