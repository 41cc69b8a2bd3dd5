"""What a page says of a decision that was just taken, or came too late."""

from collections.abc import Mapping
from typing import NamedTuple

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
    try:
        at = parse_datetime(parameters.get("accepted", ""))
    except ValueError:
        return []
    if at is None or at.tzinfo is None:
        return []
    return list(
        decisions_for(user)
        .filter(actor=user, kind=Decision.Kind.VERIFY, decided_at=at)
        .select_related("undone_by")
        .order_by("pk")
    )
