"""Held leads and attendance: whose they are, and what coordinators do with them.

What a kader sent under one id is decided together: its versions. Whoever decides takes an advisory
lock on the id first, and the note's own rows afterwards, as a push does.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from msgspec.structs import fields

from outreach import bulk
from outreach.drafts import FieldProblem
from outreach.flagging import Sender
from outreach.models import NoteDecision, NoteVersion, User
from outreach.notes.storing import take_in
from outreach.notes.verdicts import MODELS, Outcome, Verdict
from outreach.problems import MOST_PROBLEMS, Problem, invalid
from outreach.record_problems import problem_text
from outreach.scopes import campaigns_for, offices_for
from outreach.sealing import readable_json
from outreach.transactions import attempt
from sync.failing import log_failure
from sync.note_wire import DRAFTS, read

LOCK = 0x686E6F74
"""The advisory locks on held notes, by the hash of their ids."""

Kind = NoteVersion.Kind
Decision = NoteDecision.Kind
State = Literal["held", "released", "dismissed"]
HELD = Q(outcome__in=[Outcome.REJECTED, Outcome.FAULTY])
DISMISSED = Q(decision__kind=Decision.DISMISS)
STORED_SINCE = Exists(
    NoteVersion.objects.filter(
        kind=OuterRef("kind"),
        record_id=OuterRef("record_id"),
        kader=OuterRef("kader"),
        outcome=Outcome.ACCEPTED,
        received_at__gte=OuterRef("received_at"),
    )
)


class Decided(NamedTuple):
    """A held note after a decision; `note` and `revision` of what it became."""

    kind: str
    id: UUID
    state: State
    decision: UUID
    note: UUID | None = None
    revision: int | None = None


def seen_for(user: User) -> QuerySet[NoteVersion]:
    """Contents that could not be stored as they were sent: those of the user's offices, by the
    campaign that they name, or else by their kader's office."""
    seen = NoteVersion.objects.filter(HELD | Q(decision__isnull=False), content__isnull=False)
    if user.role == User.Role.ADMINISTRATOR:
        return seen
    if user.role != User.Role.COORDINATOR:
        return seen.none()
    offices = offices_for(user)
    return seen.filter(
        Q(campaign__office__in=offices) | Q(campaign=None, kader__office__in=offices)
    )


def waiting_for(user: User) -> QuerySet[NoteVersion]:
    """Those of which nothing was stored since."""
    return seen_for(user).filter(HELD, ~STORED_SINCE)


def content_of(held: NoteVersion) -> Any:
    """The note as it was sent; None where it cannot be read any more."""
    return readable_json(held.content, held.record_id) if held.content else None


def state_of(held: NoteVersion) -> State:
    """Where a content stands of which nothing came from its tablet since."""
    if held.decision and held.decision.kind == Decision.DISMISS:
        return "dismissed"
    return "released" if held.outcome == Outcome.ACCEPTED else "held"


def release(
    kind: Kind, record_id: UUID, fixes: Mapping[str, Any], actor: User, reason: str, now: datetime
) -> Decided:
    """Store a held note, with some fields fixed, as if its kader pushed it.

    Raises Problem: not_found, own_record, already_decided, invalid (with pointers into the
    request), conflict where it was changed meanwhile, server_fault; nothing has changed then.
    """
    try:
        return attempt(lambda: _release(kind, record_id, fixes, actor, reason, now))
    except (Problem, OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - what fails quotes the note: say only where
        log_failure(error, record_id, 1)
        raise Problem("server_fault") from None


def dismiss(kind: Kind, record_id: UUID, actor: User, reason: str, now: datetime) -> Decided:
    """Say that a held note, with its versions so far, will not be stored; it is kept.

    Dismissing again what oneself dismissed changes nothing. Raises Problem: not_found, own_record,
    already_decided.
    """
    return attempt(lambda: _turn(kind, record_id, Decision.DISMISS, actor, reason, now))


def reopen(kind: Kind, record_id: UUID, actor: User, reason: str, now: datetime) -> Decided:
    """Take a dismissal back. Raises Problem: not_found, own_record, already_decided."""
    return attempt(lambda: _turn(kind, record_id, Decision.REOPEN, actor, reason, now))


def _release(
    kind: Kind, record_id: UUID, fixes: Mapping[str, Any], actor: User, reason: str, now: datetime
) -> Decided:
    held = _locked(kind, record_id, actor)
    state = state_of(held)
    if state == "released":
        return _released_before(held, fixes, actor)
    if state != "held":
        raise _already(state)
    target, base_revision = _target_of(held)
    note = read(kind, _corrected(held, fixes, target, base_revision), held.kader_id).note
    if note.draft is None:
        raise _invalid(note.problems)
    if not campaigns_for(actor).filter(pk=note.draft.campaign).exists():
        raise _invalid([FieldProblem("/campaign", "campaign_unknown")])
    waiting = [bytes(digest) for digest in _versions(held).values_list("digest", flat=True)]
    # What is released as it was sent must not get the verdict again that it has.
    _versions(held).update(outcome=Outcome.FAULTY)
    sender = Sender(held.kader_id, held.enrolled, held.clock_skew_s, held.received_at)
    [verdict] = take_in(kind, [note], sender)
    _check(verdict)
    decision = _decided(held, Decision.RELEASE, actor, reason, now)
    NoteVersion.objects.filter(
        kind=kind, record_id=record_id, kader=held.kader_id, digest__in=waiting
    ).update(
        decision=decision,
        outcome=Outcome.ACCEPTED,
        revision=verdict.revision,
        stored_as=None if target == record_id else target,
    )
    return Decided(kind, record_id, "released", decision.pk, target, verdict.revision)


def _turn(
    kind: Kind,
    record_id: UUID,
    decision: NoteDecision.Kind,
    actor: User,
    reason: str,
    now: datetime,
) -> Decided:
    """Dismiss what is held, or reopen what was dismissed."""
    before: State
    after: State
    before, after = ("held", "dismissed") if decision == Decision.DISMISS else ("dismissed", "held")
    held = _locked(kind, record_id, actor)
    state, last = state_of(held), held.decision
    if state == after and last and (last.kind, last.actor_id) == (decision, actor.pk):
        return Decided(kind, record_id, state, last.pk)
    if state != before:
        raise _already(state)
    made = _decided(held, decision, actor, reason, now)
    _versions(held).update(decision=made)
    return Decided(kind, record_id, after, made.pk)


def _already(state: State) -> Problem:
    """Somebody has decided: what to do about it."""
    texts = {
        "dismissed": _("It was dismissed: reopen it first."),
        "released": _("It was stored: what is wrong is put right there."),
        "held": _("It is open: decide about it."),
    }
    return Problem("already_decided", texts[state], state=state)


def _locked(kind: Kind, record_id: UUID, actor: User) -> NoteVersion:
    """The newest version as it is once nobody else decides about it.

    Raises Problem: not_found, own_record, already_decided where its tablet has corrected it.
    """
    bulk.run("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(record_id)])
    seen = seen_for(actor).filter(kind=kind, record_id=record_id).annotate(is_over=STORED_SINCE)
    held = seen.select_related("decision").order_by("-received_at", "digest").first()
    if held is None:
        raise Problem("not_found")
    if held.kader_id == actor.pk:
        raise Problem("own_record")
    if held.outcome != Outcome.ACCEPTED and held.is_over:
        text = _("Its tablet has sent it again, and it is stored.")
        raise Problem("already_decided", text, state="stored")
    return held


def _versions(held: NoteVersion) -> QuerySet[NoteVersion]:
    """What its kader sent under the same id and could not be stored."""
    return NoteVersion.objects.filter(
        HELD, kind=held.kind, record_id=held.record_id, kader=held.kader_id
    )


def _target_of(held: NoteVersion) -> tuple[UUID, int]:
    """The id under which it is to be stored, and the revision that it edits.

    An id that is another kader's note's is never used: the note gets one of its own, which its
    later versions share.
    """
    versions = NoteVersion.objects.filter(
        kind=held.kind, record_id=held.record_id, kader=held.kader_id
    )
    known = versions.exclude(stored_as=None).values_list("stored_as", flat=True).first()
    target = known or held.record_id
    stored = MODELS[Kind(held.kind)].objects.filter(pk=target).first()
    if stored is None:
        return target, 0
    return (stored.pk, stored.revision) if stored.kader_id == held.kader_id else (uuid4(), 0)


def _corrected(
    held: NoteVersion, fixes: Mapping[str, Any], target: UUID, base_revision: int
) -> dict[str, Any]:
    """The content as sent with the fixes; null takes out a field that the wire does not know."""
    content = content_of(held)
    note = {**(content if isinstance(content, dict) else {}), **fixes}
    known = {field.encode_name for field in fields(DRAFTS[Kind(held.kind)])}
    for name in fixes.keys() - known:
        if fixes[name] is None:
            del note[name]
    return note | {"id": str(target), "base_revision": base_revision}


def _released_before(held: NoteVersion, fixes: Mapping[str, Any], actor: User) -> Decided:
    """The actor's own release of just this content once more, as after an answer that was lost."""
    target, mine = held.stored_as or held.record_id, held.decision
    note = read(Kind(held.kind), _corrected(held, fixes, target, 0), held.kader_id).note
    same = NoteVersion.objects.filter(
        kind=held.kind, record_id=target, digest=note.digest, outcome=Outcome.ACCEPTED
    ).first()
    if same is None or mine is None or mine.actor_id != actor.pk:
        raise _already("released")
    return Decided(held.kind, held.record_id, "released", mine.pk, target, same.revision)


def _check(verdict: Verdict) -> None:
    if verdict.outcome == Outcome.CONFLICT:
        raise Problem("conflict", revision=verdict.revision)
    if verdict.outcome != Outcome.ACCEPTED:
        raise _invalid(verdict.problems)


def _invalid(problems: Iterable[FieldProblem]) -> Problem:
    return invalid(
        *(
            (f"/note{found.pointer}", found.code, problem_text(found.code, found.pointer))
            for found in islice(problems, MOST_PROBLEMS)
        )
    )


def _decided(
    held: NoteVersion, kind: NoteDecision.Kind, actor: User, reason: str, now: datetime
) -> NoteDecision:
    return NoteDecision.objects.create(
        kind=kind,
        note_kind=held.kind,
        record_id=held.record_id,
        kader_id=held.kader_id,
        actor=actor,
        reason=reason,
        decided_at=now,
    )
