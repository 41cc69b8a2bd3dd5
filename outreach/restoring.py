"""Bringing content back that an edit replaced, or that lost to one: a decision, with a reason."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec

from outreach.capturing import Prepared, prepare
from outreach.drafts import Capture, Draft, captured
from outreach.flagging import Sender
from outreach.matching import watching
from outreach.models import Decision, Registration, Revision, User
from outreach.problems import Problem
from outreach.registering import replace_content
from outreach.scopes import campaigns_for, registrations_for
from outreach.sealing import readable_json
from outreach.statuses import UNDECIDED
from outreach.transactions import attempt

ALLOWED_FROM = UNDECIDED | {Registration.Status.VERIFIED}
"""Who restores what was verified takes the verification back: it was of other content."""


class Restored(NamedTuple):
    """A registration after its content was restored."""

    id: UUID
    status: str
    revision: int
    decision: UUID


def restore(
    registration: UUID,
    revision: int,
    base_revision: int | None,
    actor: User,
    reason: str,
    now: datetime,
) -> Restored:
    """Make a kept content the current one, as a new revision, judged like an edit.

    `revision` is the key of the kept content, `base_revision` the number of the content that the
    actor saw as the current one; by default the one that is current as the call begins. Restoring
    what oneself restored last changes nothing. Raises Problem: not_found, own_record, conflict,
    not_possible (from this state; of content that could not be stored as it was, or that belongs
    to a campaign out of the actor's sight).
    """
    if base_revision is None:
        seen = registrations_for(actor).filter(pk=registration)
        base_revision = seen.values_list("revision", flat=True).first()
    return attempt(lambda: _restore(registration, revision, base_revision, actor, reason, now))


def content_of(revision: Revision) -> Any:
    """The record that was kept, as JSON has it; None where it cannot be read any more."""
    return readable_json(revision.content, revision.registration_id)


def _restore(
    record_id: UUID,
    revision_id: int,
    base_revision: int | None,
    actor: User,
    reason: str,
    now: datetime,
) -> Restored:
    since = watching.begin()
    stored = registrations_for(actor).filter(pk=record_id).first()
    kept = Revision.objects.filter(pk=revision_id, registration=record_id).first()
    if stored is None or kept is None:
        raise Problem("not_found")
    if stored.kader_id == actor.pk:
        raise Problem("own_record")
    if earlier := _done_before(stored, kept, actor):
        return Restored(stored.id, stored.status, stored.revision, earlier.id)
    if stored.revision != base_revision or bytes(stored.digest) == bytes(kept.digest):
        raise Problem("conflict", revision=stored.revision, state=stored.status)
    sender = Sender(stored.kader_id, kept.enrolled, kept.clock_skew_s, kept.received_at)
    prepared = _prepared(kept, sender)
    if (
        stored.status not in ALLOWED_FROM
        or prepared is None
        or not campaigns_for(actor).filter(pk=prepared.credit.campaign).exists()
    ):
        raise Problem("not_possible", state=stored.status)
    decision = Decision.objects.create(
        id=uuid4(),
        registration=stored,
        kind=Decision.Kind.RESTORE,
        actor=actor,
        reason=reason,
        status_before=stored.status,
        about={"revision": kept.pk, "made": stored.revision + 1},
        decided_at=now,
    )
    outcome = replace_content(stored, prepared, sender, since, now)
    status = Registration.objects.values_list("status", flat=True).get(pk=stored.pk)
    return Restored(stored.id, status, outcome.revision or 0, decision.id)


def _done_before(stored: Registration, kept: Revision, actor: User) -> Decision | None:
    """The actor's own decision that made this content the current one."""
    about: Mapping[str, int] = {"revision": kept.pk, "made": stored.revision}
    return stored.decisions.filter(kind=Decision.Kind.RESTORE, actor=actor, about=about).first()


def _prepared(kept: Revision, sender: Sender) -> Prepared | None:
    """The content as it would be sent today; None for what cannot be stored."""
    record = content_of(kept)
    if kept.was_held or record is None:
        return None
    try:
        draft = msgspec.convert(record, Draft)
    except msgspec.ValidationError:
        return None
    content = json.dumps(record).encode()
    capture: Capture = captured(draft, record, content, bytes(kept.digest))
    [prepared] = prepare([capture], sender)
    return prepared
