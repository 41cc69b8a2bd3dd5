"""What a campaign brought on one of its local days, as far as it has arrived."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from outreach.models import Campaign, Flag, Registration
from outreach.statuses import OUT, VERIFIED, Status

_WAITING = Q(status__in={Status.SUBMITTED, Status.FLAGGED, Status.CONFLICT})
_STATES = {
    "number": Count("pk"),
    "verified": Count("pk", filter=Q(status__in=VERIFIED)),
    "waiting": Count("pk", filter=_WAITING),
    "sent_back": Count("pk", filter=Q(status=Status.NEEDS_CORRECTION)),
    "duplicate": Count("pk", filter=Q(status=Status.DUPLICATE)),
    "out": Count("pk", filter=Q(status__in=OUT)),
}


class Signups(NamedTuple):
    """Signups of somebody or somewhere by where they stand, and when the last was captured:
    `waiting` to be decided, `sent_back` to be corrected by the kader."""

    number: int = 0
    verified: int = 0
    waiting: int = 0
    sent_back: int = 0
    duplicate: int = 0
    out: int = 0
    last_at: datetime | None = None


class DayFigures(NamedTuple):
    """Of one day; `stops` has None for signups at no stop, `flags` how many signups have which."""

    all: Signups
    received_at: datetime | None
    kader: Mapping[int, Signups]
    stops: Mapping[UUID | None, Signups]
    flags: Sequence[tuple[str, int]]


def day_figures(campaign: Campaign, day: date) -> DayFigures:
    """In four statements, whatever the number of signups."""
    credited = Q(campaign=campaign, decided_campaign=None) | Q(decided_campaign=campaign)
    own = Registration.objects.filter(credited, local_day=day).order_by()
    total = own.aggregate(**_STATES, last_at=Max("captured_at"), received_at=Max("received_at"))
    received_at = total.pop("received_at")
    flags = Flag.objects.filter(registration__in=own).values_list("code")
    return DayFigures(
        Signups(**total),
        received_at,
        _by(own, "kader_id"),
        _by(own.annotate(at_stop=Coalesce("decided_stop_id", "stop_id")), "at_stop"),
        list(flags.annotate(number=Count("pk")).order_by("-number", "code")),
    )


def _by(own: QuerySet[Registration], name: str) -> dict[Any, Signups]:
    rows = own.values(name).annotate(**_STATES, last_at=Max("captured_at"))
    return {row.pop(name): Signups(**row) for row in rows}
