"""Giving a registration's credit to another campaign of its office, and taking that back.

The campaign that the tablet named stays on record. Credit and tallies follow in the same
transaction; whoever worked something out from the registration meanwhile starts over, as it is in
the change log. Locks: the registration, its person, then `changes.settle`.
"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from outreach import changes, people
from outreach.matching import watching
from outreach.models import Campaign, Decision, Registration, Stop, User
from outreach.problems import invalid
from outreach.reviewing import Ruling, new_decision
from outreach.scopes import campaigns_for, registrations_for
from outreach.statuses import OUT
from outreach.transactions import attempt

Kind = Decision.Kind


def reassign(
    registration_id: UUID,
    campaign_id: UUID,
    stop_id: UUID | None,
    actor: User,
    reason: str,
    now: datetime,
) -> Ruling:
    """Credit a registration to this campaign; where it is already, nothing is decided.

    Raises Problem invalid for a campaign or stop that it cannot be credited to.
    """

    def decide() -> Ruling:
        watching.begin()
        registration = _locked(registration_id, actor)
        if registration is None:
            return Ruling(registration_id, done=False, status="", problem="not_found")
        if refusal := _refusal(registration, actor):
            return refusal
        _check(registration, campaign_id, stop_id, actor)
        if registration.credited_campaign_id == campaign_id and (
            stop_id in {None, registration.credited_stop_id}
        ):
            return Ruling(registration.id, done=True, status=registration.status, problem=None)
        decision = new_decision(Kind.REASSIGN, registration, actor, reason, now)
        decision.about = {
            "before": _decided(registration),
            "campaign": str(campaign_id),
            "stop": str(stop_id) if stop_id else None,
        }
        return _apply(registration, campaign_id, stop_id, decision)

    return attempt(decide)


def undo(decision_id: UUID, actor: User, reason: str, now: datetime) -> Ruling:
    """Credit the campaign that had the credit before, if nobody reassigned it since."""

    def take_back() -> Ruling:
        watching.begin()
        decision = Decision.objects.filter(pk=decision_id, kind=Kind.REASSIGN).first()
        registration = _locked(decision.registration_id, actor) if decision else None
        if decision is None or registration is None:
            return Ruling(decision_id, done=False, status="", problem="not_found")
        if refusal := _refusal(registration, actor):
            return refusal
        if Decision.objects.filter(undoes=decision).exists():
            return _refused(registration, "already_undone")
        about = decision.about or {}
        if _decided(registration) != {name: about[name] for name in ("campaign", "stop")}:
            return _refused(registration, "superseded")
        undoing = new_decision(Kind.UNDO, registration, actor, reason, now)
        undoing.undoes = decision
        campaign, stop = (
            value and UUID(value) for value in (about["before"][n] for n in ("campaign", "stop"))
        )
        return _apply(registration, campaign, stop, undoing)

    return attempt(take_back)


def _locked(registration_id: UUID, actor: User) -> Registration | None:
    return (
        registrations_for(actor)
        .select_related("campaign")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=registration_id)
        .first()
    )


def _refusal(registration: Registration, actor: User) -> Ruling | None:
    if registration.kader_id == actor.pk:
        return _refused(registration, "own_record")
    return _refused(registration, "not_possible") if registration.status in OUT else None


def _refused(registration: Registration, problem: str) -> Ruling:
    return Ruling(registration.id, done=False, status=registration.status, problem=problem)


def _check(
    registration: Registration, campaign_id: UUID, stop_id: UUID | None, actor: User
) -> None:
    campaign = campaigns_for(actor).filter(pk=campaign_id).first()
    if (
        campaign is None
        or campaign.office_id != registration.campaign.office_id
        or campaign.type in Campaign.WITHOUT_SIGNUPS
    ):
        text = _("This is no campaign of the registration's office that takes signups.")
        raise invalid(("/campaign", "does_not_exist", text))
    if stop_id and not Stop.objects.filter(pk=stop_id, campaign=campaign).exists():
        raise invalid(("/stop", "does_not_exist", _("This campaign has no such stop.")))


def _decided(registration: Registration) -> dict[str, str | None]:
    campaign, stop = registration.decided_campaign_id, registration.decided_stop_id
    return {"campaign": str(campaign) if campaign else None, "stop": str(stop) if stop else None}


def _apply(
    registration: Registration, campaign: UUID | None, stop: UUID | None, decision: Decision
) -> Ruling:
    was = people.credit_of(registration)
    known = people.lock([registration.person_id])
    registration.decided_campaign_id, registration.decided_stop_id = campaign, stop
    registration.save(update_fields=["decided_campaign", "decided_stop"])
    decision.save(force_insert=True)
    changes.settle()
    people.recount(known, {registration.id: was})
    changes.log_registrations([(registration.id, registration.kader_id)])
    return Ruling(
        registration.id,
        done=True,
        status=registration.status,
        problem=None,
        decision=decision.id,
    )
