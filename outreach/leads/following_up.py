"""What is done about leads: come back to, linked to a registration, taken back, erased.

A link says that somebody who was a lead registered; it moves nobody's credit. Locks: the lead, then
`changes.settle`.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from outreach import changes
from outreach.models import CampaignTarget, Lead, LeadEvent, User
from outreach.problems import Problem, invalid
from outreach.scopes import leads_for, registrations_for

Kind = LeadEvent.Kind
State = Lead.State


def follow_up(lead_id: UUID, actor: User, state: str, reason: str, now: datetime) -> Lead:
    """Note that somebody came back to a lead, and where it stands since.

    That it registered counts for targets: the office says so, and of BPU, who are registered here,
    only by a link. Raises Problem: not_found outside the actor's scope, conflict for an erased one,
    invalid for `registered` from a kader, or of BPU without a link.
    """

    def change(lead: Lead) -> LeadEvent:
        if state == State.REGISTERED and not lead.registration_id:
            if lead.segment == CampaignTarget.Segment.BPU:
                text = _("Link the registration that the lead became.")
                raise invalid(("/state", "link_missing", text))
            if actor.role == User.Role.KADER:
                text = _("Your office notes that a lead registered: tell them.")
                raise invalid(("/state", "office_only", text))
        event = _event(Kind.FOLLOW_UP, lead, actor, reason, now)
        lead.state, lead.followed_up_at = state, now
        return event

    return _changed(lead_id, actor, change)


def link(lead_id: UUID, actor: User, registration_id: UUID, reason: str, now: datetime) -> Lead:
    """Say which registration a lead became; saying it again is harmless.

    Raises Problem: not_found, invalid for a registration outside the actor's scope, conflict where
    it is linked to another.
    """

    def change(lead: Lead) -> LeadEvent | None:
        if lead.registration_id == registration_id:
            return None
        if lead.registration_id:
            raise Problem("conflict", _("The lead is linked to another registration."))
        if not registrations_for(actor).filter(pk=registration_id).exists():
            text = _("There is no such registration of your office.")
            raise invalid(("/registration", "does_not_exist", text))
        event = _event(Kind.LINK, lead, actor, reason, now)
        event.registration_id = lead.registration_id = registration_id
        lead.state, lead.followed_up_at = State.REGISTERED, now
        return event

    return _changed(lead_id, actor, change)


def unlink(lead_id: UUID, actor: User, reason: str, now: datetime) -> Lead:
    """Take a link back: the lead stands where it stood before, unless somebody has moved it since.

    Raises Problem: not_found, conflict where there is no link.
    """

    def change(lead: Lead) -> LeadEvent:
        if not lead.registration_id:
            raise Problem("conflict", _("The lead is linked to no registration."))
        linked = lead.events.filter(kind=Kind.LINK).latest("happened_at")
        event = _event(Kind.UNLINK, lead, actor, reason, now)
        event.registration_id, lead.registration_id = lead.registration_id, None
        if lead.state == State.REGISTERED:
            lead.state = linked.state_before
        lead.followed_up_at = now
        return event

    return _changed(lead_id, actor, change)


def _event(kind: Kind, lead: Lead, actor: User, reason: str, now: datetime) -> LeadEvent:
    return LeadEvent(
        lead=lead,
        kind=kind,
        actor=actor,
        reason=reason,
        state_before=lead.state,
        happened_at=now,
    )


@transaction.atomic
def _changed(lead_id: UUID, actor: User, change: Callable[[Lead], LeadEvent | None]) -> Lead:
    lead = leads_for(actor).select_for_update(of=("self",), no_key=True).filter(pk=lead_id).first()
    if lead is None:
        raise Problem("not_found")
    if lead.erased_at:
        raise Problem("conflict", _("What was kept about this lead was erased."))
    event = change(lead)
    if event:
        event.state = lead.state
        lead.save(update_fields=["state", "followed_up_at", "registration"])
        event.save(force_insert=True)
        changes.settle()
        changes.log_own("lead", [(lead.pk, lead.kader_id)])
    return lead
