"""Held records as they are: whose they are, what was sent, and what they would be."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach.models import Registration, User
from outreach.scopes import offices_for
from outreach.sealing import readable_json
from sync.models import HeldRecord


def held_for(user: User) -> QuerySet[HeldRecord]:
    """A coordinator's: by the campaign that a record names, or else by its kader's office."""
    if user.role == User.Role.ADMINISTRATOR:
        return HeldRecord.objects.all()
    if user.role != User.Role.COORDINATOR:
        return HeldRecord.objects.none()
    offices = offices_for(user)
    return HeldRecord.objects.filter(
        Q(campaign__office__in=offices) | Q(campaign=None, kader__office__in=offices)
    )


def newest_held(user: User, query: Mapping[str, Any]) -> QuerySet[HeldRecord]:
    """Of each record the newest version in the `state` that is asked for; also by campaign, kader,
    code of a problem and the time it had come by."""
    seen = held_for(user).filter(state=query["state"])
    newer = seen.filter(
        record_id=OuterRef("record_id"), kader=OuterRef("kader"), pk__gt=OuterRef("pk")
    )
    rows = seen.filter(~Exists(newer))
    rows = rows.filter(**{name: query[name] for name in ("campaign", "kader") if name in query})
    if "problem" in query:
        rows = rows.filter(problems__contains=[{"code": query["problem"]}])
    if "before" in query:
        rows = rows.filter(received_at__lte=query["before"])
    return rows


def versions_of(held: HeldRecord) -> QuerySet[HeldRecord]:
    """What the kader sent under the same id, all of it."""
    return HeldRecord.objects.filter(record_id=held.record_id, kader=held.kader_id)


def content_of(held: HeldRecord) -> Any:
    """The record as sent, as JSON has it; None where it cannot be read any more."""
    return readable_json(held.content, held.record_id)


def target_of(held: HeldRecord) -> tuple[UUID | None, Registration | None]:
    """The id under which it would be released, None for a new one; and what is there by now.

    An id that belongs to another kader's registration is never used: a record with such an id gets
    one of its own, which its later versions share.
    """
    earlier = versions_of(held).exclude(registration=None).first()
    target = (earlier and earlier.registration_id) or held.record_id
    stored = Registration.objects.filter(pk=target).first()
    if stored and stored.kader_id != held.kader_id:
        return None, None
    return target, stored
