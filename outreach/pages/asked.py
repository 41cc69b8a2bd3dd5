"""What an address of the queue asks for; a case keeps it, so that the next one is found."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from outreach.api.forms import AskedInteger, RegionCode
from outreach.api.pages import in_order, rows_after
from outreach.api.registrations import condition_of
from outreach.flags import FLAGS
from outreach.models import Claim, MatchPair, Registration, User
from outreach.pages.typed import readable
from outreach.scopes import registrations_for
from outreach.waiting import KINDS, Kind, kind_of, order_of, waiting

OTHER_KINDS = ("held", "findings")
DAYS_OFFERED = (1, 3, 7, 14, 30)


class AskedForm(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[*KINDS, *OTHER_KINDS], required=False)
    campaign = serializers.UUIDField(required=False)
    village = RegionCode(required=False)
    kader = AskedInteger(min_value=1, max_value=2**63 - 1, required=False)
    flag = serializers.ChoiceField(choices=sorted(FLAGS), required=False)
    days = AskedInteger(min_value=1, max_value=3650, required=False)
    cursor = serializers.CharField(max_length=200, required=False)


class Asked(NamedTuple):
    """Filters as read; what made no sense was left out, its parameters named in `unread`."""

    filters: dict[str, Any]
    cursor: str | None
    unread: list[str]

    @property
    def kind(self) -> str | None:
        return self.filters.get("kind")

    @property
    def narrows(self) -> bool:
        return bool(self.filters.keys() - {"kind"})

    def query(self, **changes: Any) -> str:
        """The filters for an address, `?` and all; a change to None takes one out."""
        chosen = {name: value for name, value in (self.filters | changes).items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""

    def condition(self, now: datetime) -> Q:
        """Of the registrations that are meant."""
        condition = condition_of(self.filters)
        if "days" in self.filters:
            condition &= Q(received_at__lte=now - timedelta(days=self.filters["days"]))
        return condition

    def seen(self, user: User, now: datetime) -> QuerySet[Registration]:
        return registrations_for(user).filter(self.condition(now))


def asked_of(parameters: Mapping[str, str]) -> Asked:
    """What an address' parameters ask for."""
    filters, unread = readable(AskedForm, parameters)
    return Asked(filters, filters.pop("cursor", None), unread)


def case_address(case: Registration | MatchPair, asked: Asked) -> str:
    page = "question-page" if isinstance(case, MatchPair) else "case-page"
    return reverse(page, args=[case.pk]) + asked.query()


def beside(
    case: Registration | MatchPair, asked: Asked, user: User, *, back: bool = False
) -> Registration | MatchPair | None:
    """The case after one in its list of the queue, or before it, that nobody else is at."""
    now = timezone.now()
    kind = _list_of(case, asked)
    by, lowest_first = order_of(kind)
    lowest_first ^= back
    rows = waiting(kind, asked.seen(user, now)).exclude(pk=case.pk)
    rows = rows.exclude(pk__in=Claim.objects.filter(until__gt=now).exclude(by=user).values("pk"))
    rows = rows_after(rows, by, getattr(case, by), case.pk, lowest_first=lowest_first)
    found: Registration | MatchPair | None = in_order(rows, by, lowest_first=lowest_first).first()
    return found


def _list_of(case: Registration | MatchPair, asked: Asked) -> Kind:
    """The list that is worked through; for a case that waits no more, what it is likest to."""
    if isinstance(case, MatchPair):
        return "people"
    asked_kind = next((kind for kind in KINDS if kind == asked.kind != "people"), None)
    return asked_kind or kind_of(case) or "flagged"
