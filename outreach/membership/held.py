"""Rows of result files that somebody has to look at: kept, applied after all, or dismissed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec

from outreach import bulk
from outreach.imports.kinds import Setting
from outreach.matching import watching
from outreach.membership import payments, standing
from outreach.membership.keeping import refresh_villages
from outreach.membership.recording import Facts, keep_kpjs, record, settle
from outreach.membership.result_rows import REFUSED, Known, ResultRow, kpj_key, owners_of
from outreach.membership.words import REASONS
from outreach.models import HandOffRow, HeldResult, Registration, User
from outreach.problems import Problem
from outreach.scopes import held_results_for
from outreach.sealing import blind_index, seal_bytes, unseal_bytes
from outreach.statuses import HANDED_OVER, UNDECIDED
from outreach.transactions import attempt

State = HeldResult.State


class Applied(NamedTuple):
    """A held row that counts now; its KPJ was left out where it is still somebody else's."""

    held: HeldResult
    status: str
    kpj_left_out: bool


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
            }
        )
    return bulk.insert(HeldResult, rows, on_conflict="(registration_id, digest) DO NOTHING")


def _digest(row: ResultRow) -> bytes:
    """The same for what says the same, in whichever file and however it names its registration."""
    said = [row.result, row.payment_code, row.paid_on, row.first_month, row.months, row.kpj]
    return blind_index("result", msgspec.json.encode([*said, row.reason]).decode())


def apply(held_id: UUID, actor: User, reason: str, now: datetime) -> Applied:
    """Have a row count as it is, for whoever the registration belongs to now.

    Of one that has withdrawn the payment is kept, and it stays withdrawn. Raises Problem:
    not_found, own_record, already_decided, not_possible (it is to be verified first, or BPJS
    refuses what was paid).
    """
    applied = attempt(lambda: _apply(held_id, actor, reason, now))
    refresh_villages([applied.held.registration_id], now)
    return applied


def dismiss(held_id: UUID, actor: User, reason: str, now: datetime) -> HeldResult:
    """Have a row count for nothing, in whichever file it comes again. Raises Problem."""

    def dismissed() -> HeldResult:
        held = _open(held_id, actor, State.DISMISSED)
        return held if held.decided_at else _decided(held, State.DISMISSED, actor, reason, now)

    return attempt(dismissed)


def _apply(held_id: UUID, actor: User, reason: str, now: datetime) -> Applied:
    since = watching.begin()
    held = _open(held_id, actor, State.APPLIED)
    if held.decided_at:
        return Applied(held, held.registration.status, kpj_left_out=False)
    row = row_of(held)
    standing.lock([held.registration_id])
    registration = Registration.objects.get(pk=held.registration_id)
    refuses = row.result == REFUSED
    if registration.status in UNDECIDED or (refuses and registration.status not in HANDED_OVER):
        raise Problem("not_possible", state=registration.status)
    fact = Facts(registration.pk, _hand_off_row(registration, row), held.source_row, row)
    setting = Setting(held.source, actor, actor.office, now)
    others = row.kpj is not None and any(
        owner.person != registration.person_id
        for owner in owners_of([row.kpj], [])
        if owner.kpj_index == kpj_key(row.kpj or "")
    )
    numbered: set[UUID] = set()
    if not refuses:
        fact = fact._replace(row=msgspec.structs.replace(row, kpj=None))
        record([fact], setting, Counter())
        payments.redo(registration.pk, row)
        if row.kpj and not others:
            numbered = keep_kpjs({registration.pk: row.kpj})
        if row.payment_code:
            HandOffRow.objects.filter(pk=fact.hand_off_row).update(payment_code=row.payment_code)
    _decided(held, State.APPLIED, actor, reason, now)
    settle([registration.pk], [fact] if refuses else [], numbered, since, setting)
    status = Registration.objects.values_list("status", flat=True).get(pk=registration.pk)
    return Applied(held, status, kpj_left_out=others)


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
    held.save(update_fields=["state", "decided_by", "reason", "decided_at"])
    return held
