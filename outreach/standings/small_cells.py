"""Counts so small that they could point at somebody: shown only to who may see the records."""

from collections.abc import Sequence
from dataclasses import replace

from outreach.models import Formula, Region, User
from outreach.scopes import offices_for
from outreach.standings.recounting import Month, VillageStanding
from outreach.standings.scoring import COMPONENTS, Scored, weights_in_use

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


def guarded(row: VillageStanding, open_to: tuple[str, ...], formula: Formula) -> VillageStanding:
    """The row as somebody sees it: outside their open regions without its small counts.

    Nor with the score that these could be worked out from. The rank stays: it is what a standing is
    for, and tells the count only roughly. `formula` is what the row was scored by.
    """
    if row.code.startswith(open_to):
        return row
    assert row.verified is not None and row.provisional is not None
    result, opening = row.result, row.opening_verified
    if is_small(row.verified):
        result, opening = Scored(None, dict.fromkeys(COMPONENTS), unranked=result.unranked), None
    elif _gap_tells(row):
        result, opening = _without_gap(result, formula), None
    is_withheld = is_small(row.provisional) or result is not row.result
    return replace(
        row,
        verified=shown(row.verified),
        opening_verified=opening,
        provisional=shown(row.provisional),
        result=result,
        is_withheld=is_withheld,
    )


def _gap_tells(row: VillageStanding) -> bool:
    """Whether the share of the gap closed tells a small count: of the period, or before it."""
    assert row.verified is not None and row.opening_verified is not None
    parts = (row.opening_verified, row.verified - row.opening_verified)
    return row.result.components["gap_closed"] is not None and any(map(is_small, parts))


def _without_gap(result: Scored, formula: Formula) -> Scored:
    # Whoever has the score and the coverage has the rest of it, so it goes too.
    is_in_score = bool(weights_in_use(formula).get("gap_closed"))
    return replace(
        result,
        score=None if is_in_score else result.score,
        components={**result.components, "gap_closed": None},
    )
