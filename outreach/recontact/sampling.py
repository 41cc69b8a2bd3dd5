"""Samples drawn and closed."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from outreach import bulk
from outreach.flags import FABRICATION_DOUBTS
from outreach.models import Office, RecontactCase, RecontactSample, RecontactStratum, User
from outreach.problems import Problem, invalid
from outreach.recontact.drawing import Stratum, draw
from outreach.scopes import campaigns_for, offices_for, recontact_samples_for
from outreach.statuses import VERIFIED

LARGEST = 500
LARGEST_FRAME = 50_000
MOST_OPEN = 5
LEFT_ALONE = timedelta(days=180)
"""Nobody is called for two samples within this time."""

_FRAME = """
    SELECT own.id, own.kader_id, own.phone IS NOT NULL, EXISTS (
        SELECT FROM outreach_flag AS flag
        WHERE flag.registration_id = own.id AND flag.code = ANY(%(doubts)s))
    FROM outreach_registration AS own
    JOIN outreach_person AS person
        ON person.id = own.person_id AND person.credited_id = own.id
    JOIN outreach_campaign AS campaign
        ON campaign.id = coalesce(own.decided_campaign_id, own.campaign_id)
    WHERE campaign.office_id = ANY(%(offices)s)
        AND (%(campaign)s::uuid IS NULL OR campaign.id = %(campaign)s)
        AND local_day BETWEEN %(first_day)s AND %(last_day)s
        AND own.status = ANY(%(statuses)s)
        AND NOT EXISTS (
            SELECT FROM outreach_recontactcase AS earlier
            JOIN outreach_recontactsample AS sample ON sample.id = earlier.sample_id
            WHERE earlier.registration_id = own.id AND sample.made_at > %(left_alone_since)s)
    LIMIT %(most)s
"""


class Asked(NamedTuple):
    """What a sample is to be of; `office` with its branches."""

    office: int
    campaign: UUID | None
    first_day: date
    last_day: date
    size: int


class _Frame(NamedTuple):
    ids: dict[Stratum, list[UUID]]
    without_phone: dict[Stratum, int]


def samples_with_calls(user: User) -> Any:
    """The samples that the user sees, each with how many cases have an outcome (`called`)."""
    return recontact_samples_for(user).annotate(
        called=Count("cases", filter=Q(cases__outcome__isnull=False))
    )


@transaction.atomic
def sample(
    sample_id: UUID, asked: Asked, actor: User, now: datetime
) -> tuple[RecontactSample, bool]:
    """Draw a sample, and whether it was drawn just now: the same under the same id is the same one.

    Raises Problem: invalid for an office or campaign out of reach and for who cannot be drawn,
    conflict for an id that is another sample's, samples_open.
    """
    offices = list(offices_for(actor).filter(pk=asked.office).values_list("pk", flat=True))
    if not offices:
        raise invalid(("/office", "does_not_exist", _("There is no such office.")))
    if asked.campaign and not campaigns_for(actor).filter(pk=asked.campaign).exists():
        raise invalid(("/campaign", "does_not_exist", _("There is no such campaign.")))
    # One at a time for each office, and none at a branch beside its regional office's, so that
    # nobody is drawn twice.
    reach = Office.objects.filter(Q(pk=asked.office) | Q(parent=asked.office)).order_by("pk")
    list(reach.select_for_update(no_key=True))
    if known := RecontactSample.objects.filter(pk=sample_id).first():
        if known.made_by_id != actor.pk or _asked_of(known) != asked:
            raise Problem("conflict", _("Another sample has this id."))
        return known, False
    open_ones = RecontactSample.objects.filter(office=asked.office, closed_at=None)
    if open_ones.count() >= MOST_OPEN:
        raise Problem("samples_open")
    frame = _frame(asked, now)
    _check(frame, asked)
    seed = token_hex(16)
    drawn = draw({key: ids for key, ids in frame.ids.items() if ids}, asked.size, seed)
    made = RecontactSample.objects.create(
        pk=sample_id,
        **{
            f"{name}_id" if name in {"office", "campaign"} else name: value
            for name, value in asked._asdict().items()
        },
        seed=seed,
        drawn=len(drawn),
        made_by=actor,
        made_at=now,
    )
    _store(made, frame, drawn)
    return made, True


def _asked_of(known: RecontactSample) -> Asked:
    return Asked(known.office_id, known.campaign_id, known.first_day, known.last_day, known.size)


def _frame(asked: Asked, now: datetime) -> _Frame:
    """Who can be drawn. Two statements."""
    branches = Office.objects.filter(parent=asked.office).values_list("pk", flat=True)
    rows = bulk.run(
        _FRAME,
        {
            **asked._asdict(),
            "offices": [asked.office, *branches],
            "doubts": sorted(FABRICATION_DOUBTS),
            "statuses": sorted(VERIFIED),
            "left_alone_since": now - LEFT_ALONE,
            "most": LARGEST_FRAME + 1,
        },
    )
    frame = _Frame(defaultdict(list), defaultdict(int))
    for one, kader, has_phone, is_flagged in rows:
        stratum = Stratum(kader, is_flagged)
        if has_phone:
            frame.ids[stratum].append(one)
        else:
            frame.without_phone[stratum] += 1
    return frame


def _check(frame: _Frame, asked: Asked) -> None:
    """Raises Problem invalid. What it says of numbers tells nothing of who has doubts."""
    whole = sum(map(len, frame.ids.values()))
    if not whole:
        raise invalid(("/first_day", "nobody", _("There is nobody to be called.")))
    if whole > LARGEST_FRAME:
        raise invalid(("/last_day", "too_many", _("Too many for one sample: take fewer days.")))
    least = 2 * len({stratum.kader for stratum in frame.ids})
    if asked.size < min(least, whole):
        text = _("For so many kader the sample has to be at least %(least)s.") % {"least": least}
        raise invalid(("/size", "too_small", text))


def _store(made: RecontactSample, frame: _Frame, drawn: Collection[tuple[Stratum, UUID]]) -> None:
    strata = RecontactStratum.objects.bulk_create(
        RecontactStratum(
            sample=made,
            kader_id=stratum.kader,
            is_flagged=stratum.is_flagged,
            frame=sorted(frame.ids.get(stratum, [])),
            without_phone=frame.without_phone.get(stratum, 0),
        )
        for stratum in sorted({*frame.ids, *frame.without_phone})
    )
    of = {Stratum(one.kader_id, one.is_flagged): one.pk for one in strata}
    rows: list[dict[str, Any]] = [
        {
            "id": uuid4(),
            "sample_id": made.pk,
            "stratum_id": of[stratum],
            "place": place,
            "registration_id": one,
        }
        for place, (stratum, one) in enumerate(drawn, start=1)
    ]
    bulk.insert(RecontactCase, rows)


@transaction.atomic
def close(sample_id: UUID, actor: User, reason: str, now: datetime) -> RecontactSample:
    """End the calls, after which the result is told; once more it changes nothing.

    Raises Problem not_found.
    """
    found = (
        recontact_samples_for(actor)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=sample_id)
        .first()
    )
    if found is None:
        raise Problem("not_found")
    if found.closed_at is None:
        found.closed_at, found.closed_by, found.closed_reason = now, actor, reason
        found.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    return found
