"""Rows of result files that somebody has to look at: kept, applied after all, or dismissed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from outreach import bulk
from outreach.imports.kinds import Setting
from outreach.matching import watching
from outreach.membership import standing
from outreach.membership.keeping import refresh_villages
from outreach.membership.recording import Facts, keep_kpjs, record, settle
from outreach.membership.result_rows import REFUSED, Known, ResultRow, kpj_key, owners_of
from outreach.membership.sayers import note_sayer
from outreach.membership.words import REASONS
from outreach.models import HandOffRow, HeldResult, Registration, User
from outreach.problems import Problem
from outreach.scopes import held_results_for
from outreach.sealing import blind_index, seal_bytes, unseal_bytes
from outreach.statuses import HANDED_OVER, UNDECIDED
from outreach.transactions import attempt

State = HeldResult.State


def row_of(held: HeldResult) -> ResultRow:
    """What the row says."""
    content = unseal_bytes(held.content, held.pk.bytes)
    return msgspec.json.decode(content, type=ResultRow)


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
                "reasons": [code for code in dict.fromkeys(codes) if code in REASONS],
                "content": bulk.bytea(seal_bytes(content, one.bytes)),
                "digest": bulk.bytea(_digest(row)),
                "state": HeldResult.State.OPEN.value,
                "made_at": setting.now,
                "reason": "",
                "kpj_left_out": False,
            }
        )
    return bulk.insert(HeldResult, rows, on_conflict="DO NOTHING")


def _digest(row: ResultRow) -> bytes:
    """The same for what says the same, in whichever file and however it names its registration."""
    said = [row.result, row.payment_code, row.paid_on, row.first_month, row.months, row.kpj]
    return blind_index("result", msgspec.json.encode([*said, row.reason]).decode())


def apply(ids: Sequence[UUID], actor: User, reason: str, now: datetime) -> list[HeldResult]:
    """Have rows count as they are, together, for whoever their registrations belong to now.

    KPJs that change hands among them do. One that is still somebody else's is left out, and said to
    be (`kpj_left_out`): applied again when it is free, it is given. Of one that has withdrawn the
    payment is kept, and it stays withdrawn. Raises Problem: not_found, own_record, already_decided,
    not_possible (it is to be verified first, or BPJS refuses what was paid), apply_together (others
    wait that free the KPJ).
    """
    applied = attempt(lambda: _apply(ids, actor, reason, now))
    refresh_villages([held.registration_id for held in applied], now)
    return applied


def dismiss(held_id: UUID, actor: User, reason: str, now: datetime) -> HeldResult:
    """Have a row count for nothing, in whichever file it comes again. Raises Problem."""

    def dismissed() -> HeldResult:
        held = _open(held_id, actor, State.DISMISSED)
        return held if held.decided_at else _decided(held, State.DISMISSED, actor, reason, now)

    return attempt(dismissed)


def _apply(ids: Sequence[UUID], actor: User, reason: str, now: datetime) -> list[HeldResult]:
    since = watching.begin()
    chosen = [_open(one, actor, State.APPLIED) for one in sorted(set(ids))]
    todo = [held for held in chosen if held.decided_at is None or held.kpj_left_out]
    if not todo:
        return chosen
    standing.lock({held.registration_id for held in todo})
    facts = {held: _fact(held) for held in todo}
    given = _kpjs_to_give(facts)
    numbered = keep_kpjs(given)
    setting = Setting(todo[0].source, actor, actor.office, now)
    counting = [fact for fact in facts.values() if fact.row.result != REFUSED]
    record([_without_kpj(fact) for fact in counting], setting, Counter())
    _replace_codes(counting)
    for held, fact in facts.items():
        note_sayer([fact], held.pk)
        held.kpj_left_out = (
            fact in counting and fact.row.kpj is not None and fact.registration not in given
        )
        _decided(held, State.APPLIED, actor, reason, now)
    refused = [fact for fact in facts.values() if fact.row.result == REFUSED]
    settle([fact.registration for fact in facts.values()], refused, numbered, since, setting)
    return chosen


def _fact(held: HeldResult) -> Facts:
    """What a row says of its registration, which is locked. Raises Problem not_possible."""
    row = row_of(held)
    held.registration.refresh_from_db()
    status = held.registration.status
    if status in UNDECIDED or (row.result == REFUSED and status not in HANDED_OVER):
        raise Problem("not_possible", state=status)
    hand_off_row = _hand_off_row(held.registration, row)
    return Facts(held.registration_id, hand_off_row, held.source_row, row, held.source_id)


def _without_kpj(fact: Facts) -> Facts:
    return fact._replace(row=msgspec.structs.replace(fact.row, kpj=None))


def _replace_codes(facts: Sequence[Facts]) -> None:
    """Have what somebody applies replace the payment code that was known."""
    for fact in facts:
        if code := fact.row.payment_code:
            row = HandOffRow.objects.filter(pk=fact.hand_off_row).exclude(payment_code=code)
            row.update(payment_code=code, code_said_by=[])


def _kpjs_to_give(facts: Mapping[HeldResult, Facts]) -> dict[UUID, str]:
    """The KPJs that nobody else has, or that whoever has them gives up for another one here.

    Raises Problem apply_together where rows that wait would have somebody give one up.
    """
    wanted = {
        fact.registration: (held.registration.person_id, fact.row.kpj)
        for held, fact in facts.items()
        if fact.row.kpj and fact.row.result != REFUSED
    }
    keys = {one: kpj_key(kpj) for one, (_, kpj) in wanted.items()}
    owners = owners_of([kpj for _, kpj in wanted.values()], []) if wanted else []
    staying = [one for one in owners if keys.get(one.registration) in {None, one.kpj_index}]
    people: dict[bytes, set[UUID]] = defaultdict(set)
    for owner in staying:
        people[owner.kpj_index].add(owner.person)
    for one, (person, _) in wanted.items():
        people[keys[one]].add(person)
    given = {one: kpj for one, (_, kpj) in wanted.items() if len(people[keys[one]]) == 1}
    contested = {key for key, several in people.items() if len(several) > 1}
    _check_waiting([one.registration for one in staying if one.kpj_index in contested], facts)
    return given


def _check_waiting(owners: Sequence[UUID], todo: Collection[HeldResult]) -> None:
    """Raise Problem apply_together where rows wait that give the owners of KPJs other ones."""
    waiting = HeldResult.objects.filter(registration__in=owners, state=State.OPEN)
    freeing = [
        held
        for held in waiting.exclude(pk__in=[held.pk for held in todo])
        if (kpj := row_of(held).kpj) and held.registration.membership.kpj_index != kpj_key(kpj)
    ]
    if freeing:
        ids = sorted({held.pk for held in [*todo, *freeing]})
        raise Problem("apply_together", ids=[str(one) for one in ids])


def _hand_off_row(registration: Registration, row: ResultRow) -> int:
    """The row that is answered, of the person that the registration belongs to now."""
    rows = HandOffRow.objects.filter(registration=registration)
    asked = rows.filter(hand_off=row.hand_off) if row.hand_off else rows
    answered = asked.order_by("-is_current", "-pk").first()
    if answered is None:
        raise Problem("not_possible", state=registration.status)
    answered.person = registration.person_id
    answered.is_current = answered.is_current or not rows.filter(is_current=True).exists()
    answered.save(update_fields=["person", "is_current"])
    return answered.pk


def _open(held_id: UUID, actor: User, decided: State) -> HeldResult:
    """A row that waits for a decision, locked; or one about which the same was decided."""
    held = (
        held_results_for(actor)
        .select_related("registration", "source")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=held_id)
        .first()
    )
    if held is None:
        raise Problem("not_found")
    if held.registration.kader_id == actor.pk:
        raise Problem("own_record")
    if held.state not in {State.OPEN, decided}:
        raise Problem("already_decided")
    return held


def _decided(held: HeldResult, state: State, actor: User, reason: str, now: datetime) -> HeldResult:
    held.state, held.decided_by, held.reason, held.decided_at = state, actor, reason, now
    held.save(update_fields=["state", "decided_by", "reason", "decided_at", "kpj_left_out"])
    return held
