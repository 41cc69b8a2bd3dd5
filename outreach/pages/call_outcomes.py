"""What a call can bring, and what a page says of one that was just made."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from outreach.models import RecontactCase, User
from outreach.pages.typed import read_id
from outreach.recontact.calling import cases_for


class Choice(NamedTuple):
    """What a call can bring, and when it does."""

    outcome: str
    label: Any
    means: Any


CHOICES = (
    Choice("confirmed", gettext_lazy("Confirms"), gettext_lazy("says to have registered")),
    Choice("denied", gettext_lazy("Denies"), gettext_lazy("says not to have registered")),
    Choice("not_reached", gettext_lazy("Not reached"), gettext_lazy("nobody answers")),
    Choice("wrong_number", gettext_lazy("Wrong number"), gettext_lazy("it is somebody else's")),
    Choice("refused", gettext_lazy("Does not talk"), gettext_lazy("wants to answer nothing")),
)


class Kept(NamedTuple):
    """A case that was just called, and what the call brought."""

    case: RecontactCase
    said: Choice


def kept_call(user: User, text: str) -> Kept | None:
    """The case that an address names as just called, and what its call brought."""
    case_id = read_id(text)
    case = cases_for(user).filter(pk=case_id, caller=user).first() if case_id else None
    if case is None or case.outcome is None:
        return None
    return Kept(case, choice_of(case.outcome))


def choice_of(outcome: str) -> Choice:
    return next(one for one in CHOICES if one.outcome == outcome)
