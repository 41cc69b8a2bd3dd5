"""Short messages of offices to their kader: written, shown until a day, withdrawn at any time."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from outreach import bulk
from outreach.models import Campaign, KaderMessage, Office, User
from outreach.problems import Problem, invalid
from outreach.scopes import campaigns_for, offices_for

MOST_OPEN = 10
"""Messages that are shown to one audience at a time."""
LONGEST_DAYS = 60
LONGEST_TEXT = 500
MOST_TOLD = 20
_SAID = ("author_id", "text", "campaign_id", "office_id")

_TO_KADER = """
    SELECT message.id, message.text, author.full_name, message.sent_at, message.ends_at,
        coalesce(campaign.name, office.name)
    FROM outreach_kadermessage AS message
    JOIN outreach_user AS author ON author.id = message.author_id
    LEFT JOIN outreach_campaign AS campaign ON campaign.id = message.campaign_id
    LEFT JOIN outreach_office AS office ON office.id = message.office_id
    WHERE message.withdrawn_at IS NULL AND message.ends_at > %(now)s
        AND (message.campaign_id IN (
                SELECT campaign_id FROM outreach_campaignmember WHERE kader_id = %(kader)s)
            OR message.office_id IN (
                SELECT unnest(ARRAY[own.id, own.parent_id]) FROM outreach_office AS own
                JOIN outreach_user AS kader ON kader.office_id = own.id
                WHERE kader.id = %(kader)s))
    ORDER BY message.sent_at DESC, message.id LIMIT %(most)s
"""


def told_to(kader: int, now: datetime) -> Sequence[tuple[Any, ...]]:
    """What a kader is shown, the newest first: id, text, by whom, when, until when, to whom."""
    return bulk.run(_TO_KADER, {"kader": kader, "now": now, "most": MOST_TOLD})


def messages_for(user: User) -> QuerySet[KaderMessage]:
    """Messages of one's offices, to their teams and to all their kader."""
    return KaderMessage.objects.filter(
        Q(campaign__in=campaigns_for(user)) | Q(office__in=offices_for(user))
    )


@transaction.atomic
def write(
    author: User, key: UUID, to: Campaign | Office, text: str, last_day: date | None, at: datetime
) -> KaderMessage:
    """Send a message that is shown through `last_day` of the zone that `at`, now, is in.

    The same under the same key is the same message. Raises Problem: invalid, not_possible where
    so many are shown already, conflict for a key that is another message's.
    """
    text = text.strip()
    audience = {"campaign": to} if isinstance(to, Campaign) else {"office": to}
    # One at a time for each audience, so that the bound holds.
    if isinstance(to, Campaign):
        Campaign.objects.select_for_update(no_key=True).get(pk=to.pk)
    else:
        Office.objects.select_for_update(no_key=True).get(pk=to.pk)
    if known := KaderMessage.objects.filter(pk=key).first():
        same = KaderMessage(author=author, text=text, **audience)
        if any(getattr(known, name) != getattr(same, name) for name in _SAID):
            raise Problem("conflict", _("Another message has this id."))
        return known
    until = _checked(text, last_day, at.date())
    shown = KaderMessage.objects.filter(**audience, withdrawn_at=None, ends_at__gt=at)
    if shown.count() >= MOST_OPEN:
        raise Problem("not_possible", _("Ten messages are shown already: withdraw one first."))
    ends_at = datetime.combine(until + timedelta(days=1), time(), at.tzinfo)
    return KaderMessage.objects.create(
        pk=key, text=text, author=author, sent_at=at, ends_at=ends_at, **audience
    )


def _checked(text: str, last_day: date | None, today: date) -> date:
    """The last day. Raises Problem invalid."""
    wrong = []
    if not 3 <= len(text) <= LONGEST_TEXT or "\0" in text:
        wrong.append(("/text", "invalid", _("Write 3 to 500 characters.")))
    if last_day is None or not today <= last_day <= today + timedelta(days=LONGEST_DAYS):
        detail = _("Choose a day from today on, at most 60 days ahead.")
        wrong.append(("/last_day", "out_of_range", detail))
    if wrong or last_day is None:
        raise invalid(*wrong)
    return last_day


def withdraw(actor: User, message_id: UUID, now: datetime) -> KaderMessage:
    """Take a message off the tablets with their next sync; once more changes nothing.

    Raises Problem not_found outside the actor's scope.
    """
    messages_for(actor).filter(pk=message_id, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=actor
    )
    found = messages_for(actor).filter(pk=message_id).first()
    if found is None:
        raise Problem("not_found")
    return found
