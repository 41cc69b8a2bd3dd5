"""Calling those who were drawn, without knowing whose registrations they are."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When

from outreach import bulk
from outreach.detecting import storing
from outreach.flags import RECONTACT_DENIED
from outreach.models import Decision, Disclosure, RecontactCall, RecontactCase, User
from outreach.offices.territory import ZONE
from outreach.problems import Problem
from outreach.scopes import recontact_samples_for
from outreach.sealing import unseal
from outreach.statuses import OUT

Outcome = RecontactCase.Outcome
HELD = timedelta(minutes=30)
MOST_UNREACHED = 3
"""After so many calls that nobody took, nobody calls again."""
MOST_CALLS = 10
SHOWN = ["full_name", "phone"]


class Shown(NamedTuple):
    """All that a caller is told: whom to ask for, and what to ask about."""

    case: RecontactCase
    full_name: str
    phone: str
    village: str
    day: Any


def cases_for(user: User) -> QuerySet[RecontactCase]:
    """Cases that the user may call: of samples in reach, none that they decided about."""
    if user.role not in {User.Role.COORDINATOR, User.Role.OFFICER}:
        return RecontactCase.objects.none()
    own = Decision.objects.filter(registration=OuterRef("registration"), actor=user)
    return RecontactCase.objects.filter(~Exists(own), sample__in=recontact_samples_for(user))


def is_done(case: RecontactCase, calls: int) -> bool:
    """Whether nobody is to call any more."""
    if case.outcome == Outcome.NOT_REACHED:
        return calls >= MOST_UNREACHED
    return case.outcome is not None


def waiting_for(user: User, sample_id: UUID, now: datetime) -> QuerySet[RecontactCase]:
    """Whom of a sample the user may call: first whom they were shown just now, then those called
    least often, in the order of the draw."""
    is_held = Q(held_until__gt=now)
    return (
        cases_for(user)
        .filter(sample=sample_id, sample__closed_at=None, registration__phone__isnull=False)
        .exclude(registration__status__in=OUT)
        .exclude(is_held & ~Q(caller=user))
        .annotate(call_count=Count("calls"))
        .filter(Q(outcome=None) | Q(outcome=Outcome.NOT_REACHED, call_count__lt=MOST_UNREACHED))
        .annotate(is_free=Case(When(is_held, then=0), default=1))
        .order_by("is_free", "call_count", "place")
    )


@transaction.atomic
def show(case_id: UUID, caller: User, now: datetime) -> Shown:
    """Show whom to call, on the record, and keep the case from others for a while.

    Raises Problem: not_found, sample_closed, being_called, already_answered, not_possible for who
    has withdrawn since.
    """
    case = _locked(case_id, caller)
    is_mine = case.caller_id == caller.pk
    if not is_mine and case.held_until is not None and case.held_until > now:
        raise Problem("being_called")
    if not is_mine and is_done(case, case.calls.count()):
        raise Problem("already_answered")
    registration = case.registration
    if registration.status in OUT or registration.phone is None:
        raise Problem("not_possible", state=registration.status)
    Disclosure.objects.create(
        registration=registration,
        user=caller,
        fields=SHOWN,
        reason=f"recontact sample {case.sample_id}",
        shown_at=now,
    )
    case.caller, case.held_until = caller, now + HELD
    case.save(update_fields=["caller", "held_until"])
    village = registration.domicile_village
    return Shown(
        case,
        registration.full_name,
        unseal(registration.phone, registration.pk),
        village.name if village else "",
        registration.local_day,
    )


@transaction.atomic
def record(
    call_id: UUID, case_id: UUID, outcome: Outcome, note: str, caller: User, now: datetime
) -> RecontactCase:
    """Keep what a call brought; the last one counts, the same under the same id is the same call.

    Who denies becomes a flag of the registration, which is taken back where that was a mistake.
    Raises Problem: not_found, conflict for an id that is another call's, sample_closed, not_shown
    to whom the case was not shown last, not_possible after too many calls.
    """
    case = _locked(case_id, caller, may_be_closed=True)
    if known := RecontactCall.objects.filter(pk=call_id).first():
        if (known.case_id, known.outcome, known.note, known.by_id) != (
            case.pk,
            outcome,
            note,
            caller.pk,
        ):
            raise Problem("conflict")
        return case
    _check_open(case)
    if case.caller_id != caller.pk:
        raise Problem("not_shown")
    if case.calls.count() >= MOST_CALLS:
        raise Problem("not_possible", state=case.registration.status)
    call = {
        "id": str(call_id),
        "case_id": case.pk,
        "outcome": outcome,
        "note": note,
        "by_id": caller.pk,
        "made_at": now,
    }
    if not bulk.insert(RecontactCall, [call], on_conflict="DO NOTHING"):
        # Of another sample's case, whose lock we do not hold.
        raise Problem("conflict")
    before, case.outcome, case.held_until = case.outcome, outcome, None
    case.save(update_fields=["outcome", "held_until"])
    if Outcome.DENIED in {before, outcome}:
        evidence = {"day": now.astimezone(ZONE).date().isoformat()}
        due = evidence if outcome == Outcome.DENIED else None
        found = {(case.registration_id, RECONTACT_DENIED): due}
        storing.store(storing.Found(found, {}), now)
    return case


def _locked(case_id: UUID, caller: User, *, may_be_closed: bool = False) -> RecontactCase:
    case = (
        cases_for(caller)
        .select_related("sample", "registration__domicile_village")
        # The sample too, so that nothing is added to a closed one.
        .select_for_update(of=("self", "sample"), no_key=True)
        .filter(pk=case_id)
        .first()
    )
    if case is None:
        raise Problem("not_found")
    if not may_be_closed:
        _check_open(case)
    return case


def _check_open(case: RecontactCase) -> None:
    if case.sample.closed_at is not None:
        raise Problem("sample_closed")
