"""What people decide about registrations: with a reason, in order, and undone the same way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from outreach import bulk, changes, people
from outreach import placing_again as replacing
from outreach.models import Decision, Registration, User
from outreach.scopes import registrations_for
from outreach.statuses import UNDECIDED, UNJUDGED
from outreach.transactions import attempt

Kind = Decision.Kind
Status = Registration.Status
RESULT = {
    Kind.VERIFY: Status.VERIFIED,
    Kind.REJECT: Status.REJECTED,
    Kind.REQUEST_CORRECTION: Status.NEEDS_CORRECTION,
}
ALLOWED_FROM: dict[Kind, Collection[str]] = {
    Kind.VERIFY: UNDECIDED,
    Kind.REJECT: UNDECIDED | {Status.VERIFIED},
    Kind.REQUEST_CORRECTION: UNDECIDED,
}


class Ruling(NamedTuple):
    """What a decision did to one registration: its status now, or a problem's slug.

    Problems: not_found, own_record, not_possible (from this status), superseded (undo only).
    """

    id: UUID
    done: bool
    status: str
    problem: str | None
    decision: UUID | None = None


def decide(
    kind: Kind, ids: Sequence[UUID], actor: User, reason: str, now: datetime
) -> list[Ruling]:
    """Verify, reject or send back registrations of the actor's scope, in one transaction.

    A registration that is already as decided stays so and gets no second decision.
    """
    return attempt(lambda: _decide(kind, ids, actor, reason, now))


def undo(decision_id: UUID, actor: User, reason: str, now: datetime) -> Ruling:
    """Take a decision back: the registration gets the status it had before.

    Or, if nobody had decided anything before, the one that its doubts amount to by now.
    """
    ruling = attempt(lambda: _undo(decision_id, actor, reason, now))
    if ruling.done and ruling.status in UNJUDGED:
        return ruling._replace(status=attempt(lambda: _judged_anew(ruling.id, now)))
    return ruling


def _decide(
    kind: Kind, ids: Sequence[UUID], actor: User, reason: str, now: datetime
) -> list[Ruling]:
    registrations = _locked(ids, actor)
    rulings: list[Ruling] = []
    decided: list[tuple[Registration, Decision]] = []
    for record_id in dict.fromkeys(ids):
        registration = registrations.get(record_id)
        if registration is None:
            rulings.append(Ruling(record_id, done=False, status="", problem="not_found"))
        elif registration.kader_id == actor.pk:
            rulings.append(_refusal(registration, "own_record"))
        elif registration.status == RESULT[kind]:
            rulings.append(Ruling(record_id, done=True, status=RESULT[kind].value, problem=None))
        elif registration.status not in ALLOWED_FROM[kind]:
            rulings.append(_refusal(registration, "not_possible"))
        else:
            decision = _decision(kind, registration, actor, reason, now)
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
    _apply({registration: RESULT[kind] for registration, _ in decided}, [d for _, d in decided])
    return rulings


def _undo(decision_id: UUID, actor: User, reason: str, now: datetime) -> Ruling:
    decision = Decision.objects.filter(
        pk=decision_id, registration__in=registrations_for(actor)
    ).first()
    if decision is None:
        return Ruling(decision_id, done=False, status="", problem="not_found")
    registration = _locked([decision.registration_id], actor).get(decision.registration_id)
    if registration is None:
        return Ruling(decision_id, done=False, status="", problem="not_found")
    if registration.kader_id == actor.pk:
        return _refusal(registration, "own_record")
    latest = registration.decisions.order_by("-decided_at", "-id").first()
    if (
        latest is None
        or latest.pk != decision.pk
        or decision.kind == Kind.UNDO
        or registration.status != RESULT[Kind(decision.kind)]
    ):
        return _refusal(registration, "superseded")
    undoing = _decision(Kind.UNDO, registration, actor, reason, now)
    undoing.undoes = decision
    _apply({registration: Status(decision.status_before)}, [undoing])
    return Ruling(
        registration.id, done=True, status=decision.status_before, problem=None, decision=undoing.id
    )


def _judged_anew(record_id: UUID, now: datetime) -> str:
    """What boundaries say of a registration may have changed while it was decided."""
    if replacing.locked("id = %s", [record_id], 1):
        replacing.place_anew([record_id], now)
    return Registration.objects.values_list("status", flat=True).get(pk=record_id)


def _locked(ids: Collection[UUID], actor: User) -> Mapping[UUID, Registration]:
    return {
        registration.id: registration
        for registration in registrations_for(actor)
        .filter(id__in=ids)
        .order_by("id")
        .select_for_update(of=("self",), no_key=True)
    }


def _decision(
    kind: Kind, registration: Registration, actor: User, reason: str, now: datetime
) -> Decision:
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


def _apply(statuses: Mapping[Registration, Status], decisions: Iterable[Decision]) -> None:
    """Give registrations their new status, and their people and the tallies what follows."""
    if not statuses:
        return
    known = people.lock({registration.person_id for registration in statuses})
    was = {registration.id: people.credit_of(registration) for registration in statuses}
    bulk.update(
        Registration,
        [{"id": row.id, "status": status.value} for row, status in statuses.items()],
    )
    Decision.objects.bulk_create(decisions)
    changes.settle()
    people.recount(known, was)
    changes.log_registrations((row.id, row.kader_id) for row in statuses)
