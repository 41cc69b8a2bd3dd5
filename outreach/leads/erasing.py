"""Leads are not kept for ever: what says who they are goes when its time is up, or on request.

What is left counts: segment, state, village and campaign. Tablets are told to forget them too.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from outreach import bulk, changes
from outreach.models import Lead, LeadEvent, LeadRetention, NoteDecision, NoteVersion, User
from outreach.problems import Problem
from outreach.scopes import leads_for

AT_ONCE = 500
ZONE = ZoneInfo("Asia/Jakarta")

_DUE = """
    SELECT id FROM outreach_lead
    WHERE erased_at IS NULL AND greatest(received_at, followed_up_at) < %s
    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""


def erase_due(now: datetime) -> int:
    """Erase the leads whose time is up; gives how many. None without a rule in force."""
    rules = LeadRetention.objects.filter(effective_from__lte=now.astimezone(ZONE).date())
    rule = rules.order_by("-effective_from").first()
    if rule is None:
        return 0
    before, erased = now - timedelta(days=rule.days), 0
    while some := _erase_some(before, now):
        erased += some
    # Contents that never became a lead.
    NoteVersion.objects.filter(
        kind=NoteVersion.Kind.LEAD,
        outcome__in=[NoteVersion.Outcome.REJECTED, NoteVersion.Outcome.FAULTY],
        received_at__lt=before,
        content__isnull=False,
    ).update(content=None)
    NoteDecision.objects.filter(
        note_kind=NoteVersion.Kind.LEAD, decided_at__lt=before, reason__gt=""
    ).update(reason="")
    return erased


def erase(lead_id: UUID, actor: User, reason: str, now: datetime) -> Lead:
    """Erase one lead because somebody asks for it; again is harmless. Raises Problem not_found."""
    with transaction.atomic():
        lead = (
            leads_for(actor).select_for_update(of=("self",), no_key=True).filter(pk=lead_id).first()
        )
        if lead is None:
            raise Problem("not_found")
        if lead.erased_at is None:
            _erase([lead.pk], actor, reason, now)
            lead.refresh_from_db()
    return lead


@transaction.atomic
def _erase_some(before: datetime, now: datetime) -> int:
    due = [lead for (lead,) in bulk.run(_DUE, [before, AT_ONCE])]
    if due:
        _erase(due, None, _("Its time was up."), now)
    return len(due)


def _erase(ids: Collection[UUID], actor: User | None, reason: str, now: datetime) -> None:
    """Take everything out of locked leads that says who they are, wherever it is kept."""
    leads = Lead.objects.filter(pk__in=ids)
    kept = list(leads.values_list("pk", "kader", "state"))
    LeadEvent.objects.filter(lead__in=ids).update(reason="")
    leads.update(
        full_name="",
        phone=None,
        phone_index=None,
        phone_key=None,
        employer="",
        notes="",
        extra=None,
        erased_at=now,
    )
    of_these = Q(record_id__in=ids) | Q(stored_as__in=ids)
    versions = NoteVersion.objects.filter(of_these, kind=NoteVersion.Kind.LEAD)
    decisions = NoteDecision.objects.filter(note_kind=NoteVersion.Kind.LEAD)
    decisions.filter(record_id__in=versions.values("record_id")).update(reason="")
    versions.update(content=None)
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead_id=lead,
            kind=LeadEvent.Kind.ERASE,
            actor=actor,
            reason=reason,
            state_before=state,
            state=state,
            happened_at=now,
        )
        for lead, _kader, state in kept
    )
    changes.settle()
    changes.log_own("lead", [(lead, kader) for lead, kader, _state in kept])
