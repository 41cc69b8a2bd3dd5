"""Frozen rows of a month as if the villages of today had been there: to compare, never to keep.

A frozen table stays as it was published, with the codes of its time. Beside a later month the
people, members, officials and working people of villages that are one by now are added up; what was
split since cannot be restated and is left out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from outreach import bulk
from outreach.geo.region_codes import kind_of
from outreach.models import Formula
from outreach.months import later
from outreach.standings.recounting import VillageStanding
from outreach.standings.scoring import Part, scored, stratum


class Restated(NamedTuple):
    """A change of regions between two months: their figures are compared by today's villages."""

    id: int
    kind: str
    effective_day: date
    from_codes: list[str]
    to_codes: list[str]


def restated(
    rows: Sequence[VillageStanding], formula: Formula, published_at: datetime
) -> list[VillageStanding]:
    """The rows of a frozen table, first published then, by the villages of today."""
    successors = _successors([row.code for row in rows], published_at)
    if not successors:
        return list(rows)
    kept: list[VillageStanding] = []
    groups: dict[str, list[VillageStanding]] = defaultdict(list)
    into = {code for code in successors.values() if code}
    for row in rows:
        successor = successors.get(row.code, row.code)
        if successor is None:
            continue
        if row.code in successors or row.code in into:
            groups[successor].append(row)
        else:
            kept.append(row)
    return kept + [_together(code, parts, formula) for code, parts in groups.items()]


def _successors(codes: Collection[str], since: datetime) -> dict[str, str | None]:
    """Villages that are gone since, with what they are today; None for those that were split, also
    where a part kept the code."""
    rows = bulk.run(
        """
        SELECT code, region_id FROM outreach_regionalias WHERE system = 'kemendagri'
            AND level = 4 AND code = ANY(%(codes)s) AND (confidence = 'high' OR EXISTS (
                SELECT FROM outreach_regionchange AS change WHERE kind = 'split'
                    AND undone_at IS NULL AND outreach_regionalias.code = ANY(from_codes)))
        UNION ALL
        SELECT code, NULL FROM unnest(%(codes)s::text[]) AS code WHERE EXISTS (
            SELECT FROM outreach_regionchange WHERE kind = 'split' AND undone_at IS NULL
                AND code = ANY(from_codes) AND code = ANY(to_codes) AND applied_at > %(since)s)
        """,
        {"codes": list(codes), "since": since},
    )
    return dict(rows)


def _together(code: str, parts: Sequence[VillageStanding], formula: Formula) -> VillageStanding:
    """Villages as the one they are today; measured only if all of them were."""
    values = [part.denominator.value for part in parts if part.denominator]
    people = sum(values) if len(values) == len(parts) else None
    told = [part.officials for part in parts if part.officials]
    whole = len(told) == len(parts)
    cohort, retained = (_sum(part.cohort for part in parts), _sum(p.retained for p in parts))
    verified = _sum(part.verified for part in parts)
    opening = _sum(part.opening_verified for part in parts)
    first = parts[0]
    return replace(
        first,
        code=code,
        kind=kind_of(code) or first.kind,
        stratum=stratum(kind_of(code[:5]) or "regency", kind_of(code) or first.kind, people),
        verified=verified,
        opening_verified=opening,
        provisional=_sum(part.provisional for part in parts),
        cohort=cohort,
        retained=retained,
        # The figure is a sum, which is none of the rows.
        denominator=None,
        officials=None,
        result=scored(
            verified,
            opening,
            people,
            formula,
            Part(retained, cohort),
            Part(sum(t.members for t in told), sum(t.officials for t in told)) if whole else Part(),
        ),
    )


def _sum(counts: Iterable[int | None]) -> int:
    return sum(count or 0 for count in counts)


def changes_between(within: str, period: date) -> list[Restated]:
    """Changes in a region that its ranking of a month is compared across, the last one first.

    They took effect in the month or in the one before: since the month before was, the villages
    are others.
    """
    rows = bulk.run(
        """
        SELECT id, kind, effective_day, from_codes, to_codes FROM outreach_regionchange
        WHERE undone_at IS NULL AND kind <> 'rename'
            AND effective_day >= %s AND effective_day < %s
            AND EXISTS (SELECT FROM unnest(from_codes || to_codes) AS code
                WHERE starts_with(code, %s))
        ORDER BY effective_day DESC, id DESC LIMIT 500
        """,
        [later(period, -1), later(period, 1), within],
    )
    return [Restated(*row) for row in rows]
