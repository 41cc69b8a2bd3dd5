"""What people decide about registrations: with a reason, in order, and undone the same way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db.models import Q

from outreach import people
from outreach.corrections import words_to_kader
from outreach.matching import storing, watching
from outreach.matching.settled import Change
from outreach.matching.settling import settlement
from outreach.matching.watching import Since
from outreach.membership import standing
from outreach.membership.keeping import refresh_villages
from outreach.models import Decision, Registration, User
from outreach.reattribution import placing_again
from outreach.scopes import registrations_for
from outreach.statuses import HANDED_OVER, MEMBERS, UNDECIDED, UNJUDGED, VERIFIED, check_step
from outreach.transactions import attempt

Kind = Decision.Kind
Status = Registration.Status
RESULT = {
    Kind.VERIFY: Status.VERIFIED,
    Kind.REJECT: Status.REJECTED,
    Kind.REQUEST_CORRECTION: Status.NEEDS_CORRECTION,
    Kind.WITHDRAW: Status.WITHDRAWN,
    Kind.REFUSE: Status.NEEDS_CORRECTION,
}
ALLOWED_FROM: dict[Kind, Collection[str]] = {
    Kind.VERIFY: UNDECIDED,
    Kind.REJECT: UNDECIDED | {Status.VERIFIED},
    Kind.REQUEST_CORRECTION: UNDECIDED,
    Kind.WITHDRAW: UNDECIDED | VERIFIED,
    Kind.REFUSE: HANDED_OVER,
}


ABOUT_CONTENT = frozenset({Kind.RESTORE, Kind.RELEASE})
"""They changed what a registration says: undone by making it say something else."""


class Ruling(NamedTuple):
    """What a decision did to one registration: its status now, or a problem's slug.

    Problems: not_found, own_record, not_possible (from this status); undo only: superseded,
    already_undone, no_undo.
    """

    id: UUID
    done: bool
    status: str
    problem: str | None
    decision: UUID | None = None


def decide(
    kind: Kind, ids: Sequence[UUID], actor: User, reason: str, now: datetime
) -> list[Ruling]:
    """Verify, reject, send back or withdraw registrations of the actor's scope, in one transaction.

    A registration that is already as decided stays so and gets no second decision, unless it is
    to be corrected for another reason.
    """
    rulings = attempt(lambda: _decide(kind, ids, actor, reason, now))
    if kind == Kind.WITHDRAW:
        refresh_villages([ruling.id for ruling in rulings if ruling.decision], now)
    return rulings


def undo(decision_id: UUID, actor: User, reason: str, now: datetime) -> Ruling:
    """Take a decision back: the registration gets the status it had before.

    Or, if nobody had decided anything before, the one that its doubts amount to by now.
    """
    ruling = attempt(lambda: _undo(decision_id, actor, reason, now))
    if ruling.done and ruling.status in MEMBERS:
        refresh_villages([ruling.id], now)
    if ruling.done and ruling.status in UNJUDGED:
        return ruling._replace(status=attempt(lambda: _judged_anew(ruling.id, now)))
    return ruling


def _decide(
    kind: Kind, ids: Sequence[UUID], actor: User, reason: str, now: datetime
) -> list[Ruling]:
    since = watching.begin()
    registrations = _seen(ids, actor)
    said = _asked_before(ids) if kind == Kind.REQUEST_CORRECTION else {}
    rulings: list[Ruling] = []
    decided: list[tuple[Registration, Decision]] = []
    for record_id in dict.fromkeys(ids):
        registration = registrations.get(record_id)
        if registration is None:
            rulings.append(Ruling(record_id, done=False, status="", problem="not_found"))
        elif registration.kader_id == actor.pk:
            rulings.append(_refusal(registration, "own_record"))
        elif registration.status == RESULT[kind] and said.get(record_id) in {None, reason}:
            rulings.append(Ruling(record_id, done=True, status=RESULT[kind].value, problem=None))
        elif registration.status not in ALLOWED_FROM[kind]:
            rulings.append(_refusal(registration, "not_possible"))
        else:
            decision = new_decision(kind, registration, actor, reason, now)
            decided.append((registration, decision))
            rulings.append(
                Ruling(
                    record_id,
                    done=True,
                    status=RESULT[kind].value,
                    problem=None,
                    decision=decision.id,
                )
            )
    carry_out(
        {registration: RESULT[kind] for registration, _ in decided},
        [decision for _, decision in decided],
        now,
        since,
    )
    return rulings


def _asked_before(ids: Collection[UUID]) -> dict[UUID, str]:
    return {one: word.reason for one, word in words_to_kader(ids).items()}


def _undo(decision_id: UUID, actor: User, reason: str, now: datetime) -> Ruling:
    since = watching.begin()
    # Locked, so that of two who take it back at once one finds that it is done.
    decision = (
        Decision.objects.filter(pk=decision_id, registration__in=registrations_for(actor))
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if decision is None:
        return Ruling(decision_id, done=False, status="", problem="not_found")
    registration = _seen([decision.registration_id], actor).get(decision.registration_id)
    if registration is None:
        return Ruling(decision_id, done=False, status="", problem="not_found")
    if registration.kader_id == actor.pk:
        return _refusal(registration, "own_record")
    latest = (
        registration.decisions.filter(Q(kind__in=RESULT) | Q(undoes__kind__in=RESULT))
        .order_by("-decided_at", "-id")
        .first()
    )
    if decision.kind in ABOUT_CONTENT:
        return _refusal(registration, "no_undo")
    if (
        latest is None
        or latest.pk != decision.pk
        or decision.kind not in RESULT
        or registration.status != RESULT[Kind(decision.kind)]
    ):
        undone = registration.decisions.filter(undoes=decision).exists()
        return _refusal(registration, "already_undone" if undone else "superseded")
    undoing = new_decision(Kind.UNDO, registration, actor, reason, now)
    undoing.undoes = decision
    standing.reopen([decision])
    due = standing.due_status(registration.id, decision.status_before, now)
    status = carry_out({registration: Status(due)}, [undoing], now, since)
    return Ruling(
        registration.id,
        done=True,
        status=status[registration.id],
        problem=None,
        decision=undoing.id,
    )


def _judged_anew(record_id: UUID, now: datetime) -> str:
    """What boundaries say of a registration may have changed while it was decided."""
    if placing_again.locked("id = %s", [record_id], 1):
        placing_again.place_anew([record_id], now)
    return Registration.objects.values_list("status", flat=True).get(pk=record_id)


def _seen(ids: Collection[UUID], actor: User) -> Mapping[UUID, Registration]:
    return registrations_for(actor).in_bulk(list(ids))


def new_decision(
    kind: Kind, registration: Registration, actor: User, reason: str, now: datetime
) -> Decision:
    """A decision about a registration as it is now, not stored yet."""
    return Decision(
        id=uuid4(),
        registration=registration,
        kind=kind,
        actor=actor,
        reason=reason,
        status_before=registration.status,
        decided_at=now,
    )


def _refusal(registration: Registration, problem: str) -> Ruling:
    return Ruling(registration.id, done=False, status=registration.status, problem=problem)


def carry_out(
    statuses: Mapping[Registration, Status],
    decisions: Iterable[Decision],
    now: datetime,
    since: Since,
) -> Mapping[UUID, str]:
    """Give registrations their new status, and their people and the tallies what follows.

    Runs in the caller's transaction, which began to read at `since`. Gives the statuses they have
    then: an undone one is a duplicate if its person came before.
    """
    if not statuses:
        return {}
    for registration, status in statuses.items():
        check_step(registration.status, status)
    decided = {registration.id: status.value for registration, status in statuses.items()}
    settled = settlement(Change(decided=decided))
    known = storing.move(settled, decided, now)
    Decision.objects.bulk_create(decisions)
    _, changed = watching.settle_log(since)
    watching.hold_true(settled, changed)
    people.recount(known, {row.id: people.credit_of(row) for row in statuses})
    storing.store_found(settled, now, also=decided)
    withdrawn = [
        one.id for one, status in statuses.items() if Status.WITHDRAWN in {status, one.status}
    ]
    if withdrawn:
        standing.follow_payments(withdrawn, now)
    return settled.status
