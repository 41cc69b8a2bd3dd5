"""Counts so small that they could point at somebody: shown only to who may see the records."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from django.utils import timezone

from outreach.models import User
from outreach.offices.territory import codes_of, today
from outreach.scopes import offices_for
from outreach.standings.recounting import Month, VillageStanding
from outreach.standings.scoring import COMPONENTS, Scored

SMALLEST_SHOWN = 5
Key = TypeVar("Key", bound=Hashable)


def open_regions(user: User) -> tuple[str, ...]:
    """Codes of the regions in which the user sees small counts: where they see the records too."""
    if user.role == User.Role.ADMINISTRATOR:
        return ("",)
    if user.role not in {User.Role.COORDINATOR, User.Role.OFFICER}:
        return ()
    offices = list(offices_for(user).values_list("pk", flat=True))
    return tuple(codes_of(offices, today(timezone.now())))


def is_small(count: int) -> bool:
    """Whether a count is withheld. Nought is shown: it points at nobody."""
    return 0 < count < SMALLEST_SHOWN


def shown(count: int) -> int | None:
    """The count, null where it is too small."""
    return None if is_small(count) else count


def suppressed(
    counts: Mapping[Key, int],
    sums: Sequence[tuple[Key, Sequence[Key]]],
    also: Iterable[Key] = (),
) -> set[Key]:
    """Which counts are withheld: small ones, those given, and others until no sum tells them.

    Each of the sums is a whole that is told, and its parts: whoever knows all of these but one
    knows that one too, and whoever knows the whole knows what its hidden parts are together. So of
    a whole that is told at least two parts are hidden, and together they are not small. The
    smallest parts that are not nought go first.
    """
    hidden = {key for key, count in counts.items() if is_small(count)} | set(also)
    is_settled = False
    while not is_settled:
        is_settled = True
        for sum_ in sums:
            while (more := _beside(counts, sum_, hidden)) is not None:
                hidden.add(more)
                is_settled = False
    return hidden


def _beside(
    counts: Mapping[Key, int], sum_: tuple[Key, Sequence[Key]], hidden: Collection[Key]
) -> Key | None:
    """What must go as well, so that a sum does not tell what is hidden of it."""
    whole, parts = sum_
    gone = [counts[part] for part in parts if part in hidden]
    is_told = whole not in hidden
    if is_told and (not gone or (len(gone) > 1 and not is_small(sum(gone)))):
        return None
    if not is_told and gone:
        return None
    left = [part for part in parts if part not in hidden and counts[part]]
    return min(left, key=counts.__getitem__) if left else (whole if is_told else None)


def shown_series(counts: Sequence[int]) -> list[int | None]:
    """Parts of a whole that is told, without small ones nor what would give them away."""
    whole = len(counts)
    hidden = suppressed(dict(enumerate([*counts, sum(counts)])), [(whole, range(whole))])
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

    Nor with the components and the score that these could be worked out from. The rank stays: it
    is what a standing is for, and tells the count only roughly.
    """
    if row.code.startswith(open_to):
        return row
    assert row.verified is not None and row.provisional is not None
    seen = replace(row, verified=shown(row.verified), provisional=shown(row.provisional))
    if is_small(row.verified):
        hidden = set(COMPONENTS)
    else:
        hidden = {name for name, counts in _parts(row).items() if any(map(is_small, counts))}
    if "gap_closed" in hidden:
        seen = replace(seen, opening_verified=None)
    if "retention" in hidden:
        seen = replace(seen, cohort=None, retained=None)
    if "officials" in hidden:
        seen = replace(seen, officials=None)
    return replace(
        seen,
        result=_without(row.result, hidden),
        is_withheld=is_small(row.provisional) or bool(hidden),
    )


def _parts(row: VillageStanding) -> dict[str, tuple[int, ...]]:
    """The counts that each present component is made of; two that make up a whole tell each other.

    The coverage has but one, which everything depends on.
    """
    assert row.verified is not None and row.opening_verified is not None
    assert row.cohort is not None and row.retained is not None
    parts: dict[str, tuple[int, ...]] = {}
    if row.result.components["gap_closed"] is not None:
        parts["gap_closed"] = (row.opening_verified, row.verified - row.opening_verified)
    if row.cohort:
        parts["retention"] = (row.retained, row.cohort - row.retained)
    if row.officials:
        outside = row.officials.officials - row.officials.members
        parts["officials"] = (row.officials.members, outside)
    return parts


def _without(result: Scored, hidden: Collection[str]) -> Scored:
    """A score with components left out; whoever has the others and the score has them too."""
    if not hidden:
        return result
    is_in_score = any(result.weights.get(name) for name in hidden)
    return replace(
        result,
        score=None if is_in_score else result.score,
        coverage=None if "coverage" in hidden else result.coverage,
        components={
            name: None if name in hidden else value for name, value in result.components.items()
        },
    )
