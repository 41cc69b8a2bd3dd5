"""Counts so small that they could point at somebody: shown only to who may see the records."""

from collections.abc import Sequence
from dataclasses import replace

from outreach.models import Region, User
from outreach.recounting import Month, VillageStanding
from outreach.scopes import offices_for
from outreach.scoring import COMPONENTS, Scored

SMALLEST_SHOWN = 5


def open_regions(user: User) -> tuple[str, ...]:
    """Codes of the regions in which the user sees small counts: where they see the records too."""
    if user.role == User.Role.ADMINISTRATOR:
        return ("",)
    if user.role not in {User.Role.COORDINATOR, User.Role.OFFICER}:
        return ()
    territory = Region.objects.filter(offices__in=offices_for(user))
    return tuple(territory.values_list("code", flat=True).distinct())


def is_small(count: int) -> bool:
    """Whether a count is withheld. Nought is shown: it points at nobody."""
    return 0 < count < SMALLEST_SHOWN


def shown(count: int) -> int | None:
    """The count, null where it is too small."""
    return None if is_small(count) else count


def shown_series(counts: Sequence[int]) -> list[int | None]:
    """The counts without small ones, nor those by which a small one could be worked out.

    Whoever knows the total and all parts but one knows that one too: so at least two parts are
    hidden, and together they are not small.
    """
    hidden = {place for place, count in enumerate(counts) if is_small(count)}
    others = sorted((count, place) for place, count in enumerate(counts) if not is_small(count))
    for count, place in others:
        if not hidden or (len(hidden) > 1 and not is_small(sum(counts[p] for p in hidden))):
            break
        if count:
            hidden.add(place)
    return [None if place in hidden else count for place, count in enumerate(counts)]


def guarded_months(code: str, months: Sequence[Month], open_to: tuple[str, ...]) -> list[Month]:
    """A village's months as somebody sees them."""
    if code.startswith(open_to):
        return list(months)
    columns = [
        shown_series([getattr(month, name) for month in months])
        for name in ("provisional", "verified", "hosted")
    ]
    return [Month(month.month, *counts) for month, *counts in zip(months, *columns, strict=True)]


def guarded(row: VillageStanding, open_to: tuple[str, ...]) -> VillageStanding:
    """The row as somebody sees it: outside their open regions without its small counts.

    Nor with the score that these could be worked out from. The rank stays: it is what a standing is
    for, and tells the count only roughly.
    """
    assert row.verified is not None and row.provisional is not None
    if row.code.startswith(open_to) or not (is_small(row.verified) or is_small(row.provisional)):
        return row
    result = row.result
    if is_small(row.verified):
        result = Scored(None, dict.fromkeys(COMPONENTS), unranked=result.unranked)
    return replace(
        row,
        verified=shown(row.verified),
        opening_verified=None if is_small(row.verified) else row.opening_verified,
        provisional=shown(row.provisional),
        result=result,
        is_withheld=True,
    )
