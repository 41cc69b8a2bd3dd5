"""Where people of a split village live now: proposed by where they were visited, then decided.

Until somebody decides, a registration stays in the village that was declared: it counts for its
district and regency, and for none of the new villages. Only a fix taken at home proposes one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from outreach.models import Campaign, RegionChange, Registration, User, VillageChoice
from outreach.placing import ACCEPTED_PROBABILITY
from outreach.problems import Problem, invalid
from outreach.reattribution.placing_again import locked, place_anew
from outreach.scopes import registrations_for
from outreach.transactions import attempt

MOST_AT_ONCE = 500


class Choice(NamedTuple):
    """A registration and the village its worker lives in."""

    registration: UUID
    village: str


def open_registrations(change: RegionChange, user: User) -> QuerySet[Registration]:
    """What a split leaves open, of the registrations that the user sees: whoever declared the
    village, or an older code of it, or was said to live there after an earlier split."""
    [code] = change.from_codes
    decided = VillageChoice.objects.filter(registration=OuterRef("pk"), change=change)
    waiting = registrations_for(user).filter(~Exists(decided), domicile_village=code)
    if code in change.to_codes:
        waiting = waiting.filter(local_day__lt=change.effective_day)
    return waiting


def proposed(registration: Registration, change: RegionChange) -> str | None:
    """The part of the village in which a worker was surely visited at home."""
    if (
        registration.campaign.type in Campaign.AT_HOME
        and registration.event_village_id in change.to_codes
        and (registration.event_probability or 0.0) >= ACCEPTED_PROBABILITY
    ):
        return registration.event_village_id
    return None


def proposals(change: RegionChange, user: User) -> list[Choice]:
    """The next open registrations that a fix proposes a village for."""
    rows = open_registrations(change, user).filter(
        campaign__type__in=Campaign.AT_HOME,
        event_village__in=change.to_codes,
        event_probability__gte=ACCEPTED_PROBABILITY,
    )
    found = rows.order_by("pk").values_list("pk", "event_village")[:MOST_AT_ONCE]
    return [Choice(pk, village) for pk, village in found if village]


def choose(
    change: RegionChange, choices: Sequence[Choice], user: User, reason: str, now: datetime
) -> int:
    """Decide where these workers live; how many were decided. Once more the same is nothing.

    Raises Problem: invalid for villages that are none of the split's, not_found for registrations
    that the user does not see, conflict for those that are not open and were decided otherwise.
    """
    if change.kind != RegionChange.Kind.SPLIT or change.undone_at:
        raise Problem("conflict", "Nothing is open about this change.")
    wrong = [
        (f"/choices/{place}/village", "invalid_choice", "The village was not split into this one.")
        for place, choice in enumerate(choices)
        if choice.village not in change.to_codes
    ]
    ids = [choice.registration for choice in choices]
    wrong += [
        (f"/choices/{place}/registration", "repeated", "This registration is in the list twice.")
        for place, one in enumerate(ids)
        if one in ids[:place]
    ]
    if wrong:
        raise invalid(*wrong)
    return attempt(partial(_choose, change, dict(choices), user, reason, now))


def _choose(
    change: RegionChange,
    villages: Mapping[UUID, str],
    user: User,
    reason: str,
    now: datetime,
) -> int:
    ids = sorted(villages)
    locked("id = ANY(%s)", [ids], len(ids))
    rows = _open(change, ids, user)
    decided = dict(
        VillageChoice.objects.filter(registration__in=ids, change=change).values_list(
            "registration", "village"
        )
    )
    left = set(ids) - rows.keys()
    if left - decided.keys() or registrations_for(user).filter(pk__in=left).count() < len(left):
        raise Problem("not_found")
    if any(decided[one] != villages[one] for one in left):
        raise Problem("already_decided")
    VillageChoice.objects.filter(registration__in=rows).delete()
    VillageChoice.objects.bulk_create(
        VillageChoice(
            registration_id=one,
            change=change,
            code=row.domicile_code,
            village_id=villages[one],
            was_proposed=proposed(row, change) == villages[one],
            actor=user,
            reason=reason,
            decided_at=now,
        )
        for one, row in rows.items()
    )
    if rows:
        place_anew(sorted(rows), now)
    return len(rows)


def _open(change: RegionChange, ids: Collection[UUID], user: User) -> dict[UUID, Registration]:
    found = open_registrations(change, user).filter(Q(pk__in=ids)).select_related("campaign")
    return {row.pk: row for row in found}
