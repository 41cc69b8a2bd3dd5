"""What a page says of a decision that was just taken, or came too late."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from outreach.asking import IDENTITY_KINDS, decisions_for
from outreach.models import Decision, User
from outreach.pages.typed import read_id


class Told(NamedTuple):
    """A decision of the reader's own; `undoes` what it took back, `undone_by` what took it back."""

    decision: Decision
    may_undo: bool

    @property
    def is_identity(self) -> bool:
        return self.decision.kind in IDENTITY_KINDS


def just_decided(parameters: Mapping[str, str], user: User) -> Told | None:
    """The decision that the address names, if it is the reader's own."""
    wanted = read_id(parameters.get("decided", ""))
    if wanted is None:
        return None
    found = (
        decisions_for(user)
        .filter(pk=wanted, actor=user)
        .select_related("registration", "undone_by", "undoes")
        .first()
    )
    if found is None:
        return None
    return Told(found, found.kind != Decision.Kind.UNDO and not hasattr(found, "undone_by"))


def bulk_decided(parameters: Mapping[str, str], user: User) -> list[Decision]:
    """What the reader accepted all at once at the instant that the address names."""
    at = _instant(parameters.get("accepted", ""))
    if at is None:
        return []
    return list(_accepted_by(user).filter(decided_at=at).order_by("pk"))


def accepted_since(shown: str, ids: Sequence[UUID], user: User) -> list[Decision]:
    """What the reader accepted of these since a form was shown, the last decision last."""
    at = _instant(shown)
    if at is None:
        return []
    own = _accepted_by(user).filter(registration__in=ids, decided_at__gte=at)
    return list(own.order_by("decided_at", "pk"))


def _accepted_by(user: User) -> QuerySet[Decision]:
    own = decisions_for(user).filter(actor=user, kind=Decision.Kind.VERIFY)
    return own.select_related("undone_by")


def _instant(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at and at.tzinfo else None
