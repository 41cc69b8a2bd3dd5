"""Counts so small that they could point at somebody: shown only to who may see the records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from django.utils import timezone

from outreach.models import User
from outreach.offices.territory import codes_of, today
from outreach.scopes import offices_for
from outreach.standings.recounting import Month, VillageStanding
from outreach.standings.scoring import COMPONENTS, Scored

SMALLEST_SHOWN = 5


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


SEXES = ("female", "male", "sex_unknown")


def guarded_heads(heads: Mapping[str, int | None]) -> dict[str, int | None]:
    """Heads by sex, and what else was counted of them: all of that is hidden where one by sex is.

    It cannot be more than all of them are, and so would say how few the hidden ones are at least.
    """
    is_hidden = any(heads[name] is None for name in SEXES)
    return {
        name: None if is_hidden and name not in SEXES else count for name, count in heads.items()
    }


def heads_shown(
    columns: Mapping[str, Sequence[int]], totals: Mapping[str, int], *, is_open: bool
) -> tuple[list[dict[str, int | None]], dict[str, int | None]]:
    """The heads of sessions, and of all of them together, as somebody sees them.

    The columns are of the sessions that are listed; the totals may be of more.
    """
    seen: dict[str, Sequence[int | None]] = dict(columns)
    whole: dict[str, int | None] = dict(totals)
    if not is_open:
        seen = {name: shown_series(counts) for name, counts in columns.items()}
        whole = {name: shown(total) for name, total in totals.items()}
    rows = zip(*seen.values(), strict=True)
    sessions = [guarded_heads(dict(zip(seen, row, strict=True))) for row in rows]
    if any(one["officials"] is None for one in sessions):
        # By the totals what is hidden of one session could be worked out.
        whole = {name: total if name in SEXES else None for name, total in whole.items()}
    return sessions, guarded_heads(whole)


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
