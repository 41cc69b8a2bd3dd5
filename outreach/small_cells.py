"""Counts so small that they could point at somebody: shown only to who may see the records."""

from collections.abc import Sequence
from dataclasses import replace

from outreach.recounting import VillageStanding
from outreach.scoring import COMPONENTS, Scored

SMALLEST_SHOWN = 5


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


def withheld(row: VillageStanding) -> VillageStanding:
    """A row without its small counts, nor the score that they could be worked out from.

    The rank stays: it is what a standing is for, and tells the count only roughly.
    """
    if row.verified is None or row.provisional is None:
        return row
    if not is_small(row.verified) and not is_small(row.provisional):
        return row
    result = Scored(None, dict.fromkeys(COMPONENTS)) if is_small(row.verified) else row.result
    return replace(
        row,
        verified=shown(row.verified),
        opening_verified=None if is_small(row.verified) else row.opening_verified,
        provisional=shown(row.provisional),
        result=result,
        is_withheld=True,
    )
