"""What coordinators do with held records: corrected and released, or dismissed with a reason.

What a tablet sent of one record, under one id, is decided together: its versions. Whoever decides
takes an advisory lock on the record first, and rows of held records only under the change log's
lock, where a push has them too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from outreach import bulk, changes, revisions
from outreach.drafts import FieldProblem, known_fields
from outreach.flagging import Sender
from outreach.matching import watching
from outreach.models import Decision, Registration, User
from outreach.problems import MOST_PROBLEMS, Problem, invalid
from outreach.record_problems import problem_text
from outreach.scopes import campaigns_for, registrations_for
from outreach.sealing import readable
from outreach.statuses import UNDECIDED
from outreach.surroundings import known_villages
from outreach.transactions import Overtaken, attempt
from sync.answers import Result
from sync.failing import log_failure
from sync.held import content_of, held_for, target_of, versions_of
from sync.models import HeldDecision, HeldRecord, Receipt
from sync.push import Pusher, accept
from sync.wire import Batch, Received, receive

LOCK = 0x68656C64
"""The advisory locks on records, by the hash of their ids."""

VILLAGES = ("domicile_village", "work_village")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows them: a name is read as another one."""

State = HeldRecord.State
Kind = HeldDecision.Kind


class Decided(NamedTuple):
    """A held record after a decision; `outcome` and `revision` of the registration it became."""

    id: int
    state: str
    decision: UUID
    registration: UUID | None = None
    revision: int | None = None
    outcome: str | None = None


def release(
    held_id: int,
    fixes: Mapping[str, Any],
    base_revision: int | None,
    actor: User,
    reason: str,
    now: datetime,
) -> Decided:
    """Make a registration of a held record, with some fields fixed, as if its kader pushed it.

    Of a registration that its kader has by that id, it is an edit of `base_revision`, by default of
    the revision that is current as the call begins. Raises Problem: not_found, own_record,
    already_decided, conflict and not_possible (the registration changed, or its state allows no
    edit), invalid (with pointers into the request), server_fault; nothing has changed then.
    """
    held = _seen(held_id, actor)
    if base_revision is None:
        stored = target_of(held)[1]
        base_revision = stored.revision if stored else 0
    try:
        return attempt(lambda: _release(held_id, fixes, base_revision, actor, reason, now))
    except (Problem, OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - what fails quotes the record: say only where
        log_failure(error, held.record_id, 1)
        raise Problem("server_fault") from None


def dismiss(held_id: int, actor: User, reason: str, now: datetime) -> Decided:
    """Say that a held record, with its versions so far, will be no registration; it is kept.

    Dismissing again what oneself dismissed changes nothing. Raises Problem: not_found, own_record,
    already_decided.
    """
    return attempt(lambda: _dismiss(held_id, actor, reason, now))


def reopen(held_id: int, actor: User, reason: str, now: datetime) -> Decided:
    """Take a dismissal back. Raises Problem: not_found, own_record, already_decided."""
    return attempt(lambda: _reopen(held_id, actor, reason, now))


def _release(
    held_id: int,
    fixes: Mapping[str, Any],
    base_revision: int,
    actor: User,
    reason: str,
    now: datetime,
) -> Decided:
    watching.begin()
    held = _locked(held_id, actor)
    if held.state != State.HELD:
        return _released_before(held, fixes, base_revision, actor)
    target, stored = target_of(held)
    if stored and not registrations_for(actor).filter(pk=stored.pk).exists():
        raise Problem("not_possible")
    corrected = _corrected(held, fixes, target or uuid4(), base_revision)
    _check(corrected, actor)
    _check_typed(held, fixes)
    waiting = [*versions_of(held).filter(state=State.HELD).values_list("pk", flat=True)]
    decision = _decision(held, Kind.RELEASE, actor, reason, now)
    sender = Sender(held.kader_id, held.device_id is not None, held.clock_skew_s, held.received_at)
    result = _accepted(corrected, held, decision.id, sender)
    status_before = stored.status if stored else Registration.Status.SUBMITTED
    _note(held, corrected, result, decision, status_before, sender)
    _settle_versions(waiting, corrected, decision)
    return Decided(
        held.pk, State.RELEASED, decision.id, corrected.key, result.revision, result.outcome
    )


def _seen(held_id: int, actor: User) -> HeldRecord:
    held = held_for(actor).select_related("kader", "device", "decision").filter(pk=held_id).first()
    if held is None:
        raise Problem("not_found")
    return held


def _locked(held_id: int, actor: User) -> HeldRecord:
    """The held record as it is once nobody else decides about it."""
    record_id = _seen(held_id, actor).record_id
    bulk.run("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(record_id)])
    held = _seen(held_id, actor)
    if held.kader_id == actor.pk:
        raise Problem("own_record")
    return held


def _corrected(
    held: HeldRecord, fixes: Mapping[str, Any], record_id: UUID, base_revision: int
) -> Received:
    """The content as sent with the fixes; null takes out a field that the wire does not know."""
    content = content_of(held)
    record = {**(content if isinstance(content, dict) else {}), **fixes}
    for name in fixes.keys() - known_fields():
        if fixes[name] is None:
            del record[name]
    return receive(record | {"id": str(record_id), "base_revision": base_revision}, held.kader_id)


def _check(corrected: Received, actor: User) -> None:
    """Raise Problem invalid for what could not be stored, or would be out of the actor's sight."""
    if corrected.problems:
        raise _invalid(corrected.problems)
    campaign = corrected.campaign
    if campaign is None or not campaigns_for(actor).filter(pk=campaign).exists():
        raise _invalid([FieldProblem("/campaign", "campaign_unknown")])


def _check_typed(held: HeldRecord, fixes: Mapping[str, Any]) -> None:
    """Raise Problem invalid for what a push would take, with a flag or without, but nobody means
    to write who has the list of villages at hand."""
    content = content_of(held)
    sent = content if isinstance(content, dict) else {}
    typed = {
        name: value
        for name, value in fixes.items()
        if isinstance(value, str) and value != sent.get(name)
    }
    villages = {name: typed[name] for name in VILLAGES if name in typed}
    known = known_villages(villages.values()) if villages else {}
    problems = [
        FieldProblem(f"/{name}", "village_unknown")
        for name, code in villages.items()
        if code not in known
    ]
    problems += [
        FieldProblem(f"/{name}", "bad_text")
        for name, text in typed.items()
        if not TURNING.isdisjoint(text)
    ]
    if problems:
        raise _invalid(problems)


def _invalid(problems: Iterable[FieldProblem]) -> Problem:
    return invalid(
        *(
            (
                f"/registration{found.pointer}",
                found.code,
                problem_text(found.code, found.pointer),
            )
            for found in islice(problems, MOST_PROBLEMS)
        )
    )


def _accepted(corrected: Received, held: HeldRecord, batch_id: UUID, sender: Sender) -> Result:
    """What a push of it by its kader, with the tablet's clock as it stood, comes to."""
    sent_at = held.received_at + timedelta(seconds=held.clock_skew_s)
    pusher = Pusher(held.kader, held.device)
    [result] = accept([corrected], Batch(batch_id, sent_at, []), pusher, sender).values()
    if result.outcome == "conflict" or result.replayed:
        state = result.state if isinstance(result.state, str) else None
        slug = "conflict" if state is None or state in UNDECIDED else "not_possible"
        raise Problem(slug, revision=result.revision, state=state)
    if any(found.code == "id_taken" for found in result.problems):
        raise Overtaken
    if result.outcome == "rejected":
        raise _invalid(result.problems)
    return result


def _note(
    held: HeldRecord,
    corrected: Received,
    result: Result,
    decision: HeldDecision,
    status_before: str,
    sender: Sender,
) -> None:
    """Write down at the registration who corrected it, and what the tablet had sent."""
    sent = readable(held.content, held.record_id)
    if sent is not None and corrected.digest != bytes(held.digest):
        revisions.keep_as_sent(corrected.key, sent, bytes(held.digest), sender)
    decision.save(force_insert=True)
    Decision.objects.create(
        id=decision.id,
        registration_id=corrected.key,
        kind=Decision.Kind.RELEASE,
        actor=decision.actor,
        reason=decision.reason,
        status_before=status_before,
        about={"held_record": held.pk, "made": result.revision},
        decided_at=decision.decided_at,
    )


def _settle_versions(waiting: Sequence[int], corrected: Received, decision: HeldDecision) -> None:
    """All versions that waited are what was released, and their receipts say so."""
    HeldRecord.objects.filter(pk__in=waiting).update(
        state=State.RELEASED, registration=corrected.key, decision=decision
    )
    if decision.held.record_id != corrected.key:
        changes.log_registrations([(decision.held.record_id, decision.held.kader_id)])
    bulk.run(
        "INSERT INTO sync_receipt (record_id, digest, outcome, revision, delivery_id)"
        " SELECT held.record_id, held.digest, own.outcome, own.revision, own.delivery_id"
        " FROM sync_heldrecord held, sync_receipt own"
        " WHERE held.id = ANY(%s) AND (own.record_id, own.digest) = (%s, %s)"
        " ORDER BY 1, 2 ON CONFLICT (record_id, digest)"
        " DO UPDATE SET outcome = excluded.outcome, revision = excluded.revision",
        [list(waiting), corrected.key, corrected.digest],
    )


def _released_before(
    held: HeldRecord, fixes: Mapping[str, Any], base_revision: int, actor: User
) -> Decided:
    """The actor's own release of just this content once more, as after an answer that was lost."""
    mine = held.decision
    if held.registration_id and mine and (mine.kind, mine.actor_id) == (Kind.RELEASE, actor.pk):
        digest = _corrected(held, fixes, held.registration_id, base_revision).digest
        receipt = Receipt.objects.filter(record_id=held.registration_id, digest=digest).first()
        if receipt and receipt.outcome != Receipt.Outcome.REJECTED:
            return Decided(
                held.pk,
                held.state,
                mine.id,
                held.registration_id,
                receipt.revision,
                receipt.outcome,
            )
    raise _already(held)


def _already(held: HeldRecord) -> Problem:
    """Somebody has decided: what to do about it."""
    if held.state == State.DISMISSED:
        text = _("It was dismissed: reopen it first.")
        return Problem("already_decided", text, state=held.state)
    if held.state == State.RELEASED:
        text = _("It became a registration: what is wrong is put right there.")
        return Problem("already_decided", text, state=held.state)
    return Problem("already_decided", _("It is open: decide about it."), state=held.state)


def _dismiss(held_id: int, actor: User, reason: str, now: datetime) -> Decided:
    held = _locked(held_id, actor)
    mine = held.decision
    if held.state == State.DISMISSED and mine and mine.actor_id == actor.pk:
        return Decided(held.pk, held.state, mine.id)
    versions = versions_of(held).filter(state=State.HELD, pk__lte=held.pk)
    decision = _decision(held, Kind.DISMISS, actor, reason, now)
    return _turned(held, versions, State.DISMISSED, decision)


def _reopen(held_id: int, actor: User, reason: str, now: datetime) -> Decided:
    held = _locked(held_id, actor)
    mine = held.decision
    if held.state == State.HELD and mine and (mine.kind, mine.actor_id) == (Kind.REOPEN, actor.pk):
        return Decided(held.pk, held.state, mine.id)
    versions = versions_of(held).filter(state=State.DISMISSED, decision=mine)
    return _turned(held, versions, State.HELD, _decision(held, Kind.REOPEN, actor, reason, now))


def _turned(
    held: HeldRecord, versions: QuerySet[HeldRecord], state: State, decision: HeldDecision
) -> Decided:
    """Give versions another state, unless a push has released them, and have the tablets told."""
    decision.save(force_insert=True)
    changes.settle()
    turned = list(versions.values_list("pk", flat=True))
    if held.pk not in turned:
        held.refresh_from_db(fields=["state"])
        raise _already(held)
    HeldRecord.objects.filter(pk__in=turned).update(state=state, decision=decision)
    changes.log_registrations([(held.record_id, held.kader_id)])
    return Decided(held.pk, state, decision.id)


def _decision(
    held: HeldRecord, kind: Kind, actor: User, reason: str, now: datetime
) -> HeldDecision:
    return HeldDecision(
        id=uuid4(), held=held, kind=kind, actor=actor, reason=reason, decided_at=now
    )
