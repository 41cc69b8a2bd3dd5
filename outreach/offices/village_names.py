"""Villages by the names that the people of an office call them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Lower

from outreach.models import Office, Region
from outreach.offices.territory import codes_of, today
from outreach.places.regions.aliases import IS_GONE


def villages_named(
    names: Sequence[str], office_id: int | None, now: datetime
) -> dict[str, list[str]]:
    """The codes of today's villages that an office or its branches look after, by their names in
    small letters, and by themselves."""
    branches = Office.objects.filter(Q(pk=office_id) | Q(parent=office_id))
    inside = Q(pk__in=[])
    for code in codes_of(list(branches.values_list("pk", flat=True)), today(now)):
        inside |= Q(code__startswith=f"{code}.") | Q(code=code)
    regions = Region.objects.annotate(lower=Lower("name")).filter(
        inside, ~IS_GONE, Q(lower__in=names) | Q(pk__in=names), level=Region.Level.VILLAGE
    )
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in regions.order_by("code").values_list("code", "name"):
        found[name.casefold()].append(code)
        found[code] = [code]
    return found
