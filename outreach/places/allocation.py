"""An official figure of a regency or district spread over its villages, as an estimate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from statistics import median
from typing import Any, NamedTuple

from django.db import transaction

from outreach import bulk
from outreach.geo.region_codes import is_region_code, level_of, what_is_wrong_with
from outreach.models import Boundary, Denominator, Region
from outreach.places.denominators import Origin, figure, store
from outreach.places.regions.aliases import IS_TODAYS
from outreach.places.uploads import Refused

AREA = "area_km2"
"""Allocate by the area of the villages' current boundaries instead of by a segment."""

LEAST_COMPARED = 5
"""Villages with an official figure; of fewer an error's median says nothing."""

# So that an estimate's method has the figure, the segment and the source in 200 characters.
_SOURCE_TOLD = 90


class Weighing(NamedTuple):
    """By what a figure is spread: a segment of the villages, or AREA.

    Of several sources or years of the segment, one has to be said.
    """

    by: str
    year: int | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class AllocationError:
    """How far the shares are from official figures of the same villages, of whichever year.

    Both are brought to one total first: a year's growth is no error of the spreading. Shares of the
    official figure, at the median and at the ninth decile.
    """

    compared: int
    median_share: float
    ninth_decile_share: float


@dataclass(frozen=True, slots=True)
class AllocationReport:
    """A figure and what of it each village got; `added` are the villages that had none yet.

    `error` is null where too few villages have official figures to compare with.
    """

    within: str
    segment: str
    year: int
    source: str
    method: str
    total: int
    shares: dict[str, int]
    added: list[str]
    corrected: list[str]
    error: AllocationError | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def shares(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """A total in whole parts in proportion to the weights, exact in sum: largest remainders.

    Equal remainders go by code. The weights must not all be zero.
    """
    whole = sum(weights.values())
    exact = {code: total * weight / whole for code, weight in sorted(weights.items())}
    parts = {code: int(share) for code, share in exact.items()}
    by_remainder = sorted(exact, key=lambda code: parts[code] - exact[code])
    for code in by_remainder[: total - sum(parts.values())]:
        parts[code] += 1
    return parts


def allocate(
    within: str,
    segment: str,
    year: int,
    source: str,
    weighing: Weighing,
    loaded_at: datetime,
    *,
    corrects: bool = False,
) -> AllocationReport:
    """Spread the official figure of a regency, city or district over its villages.

    The estimates have a source of their own, so that they stand beside what is official. Nothing
    that stands is changed, unless this `corrects` an earlier allocation. Raises Refused with what
    is missing.
    """
    with transaction.atomic():
        villages = _villages(within)
        total = _official(within, segment, year, source)
        weights, weighed_by = _weights(within, villages, weighing)
        parts = shares(total, weights)
        error = _error(parts, segment)
        origin = Origin(
            source=f"{source}, allocated by {weighing.by}",
            year=year,
            kind=Denominator.Kind.ESTIMATE,
            method=f"{within}'s official {total} by villages' {weighed_by}, largest remainder",
            error_share=error.median_share if error else None,
        )
        figures = [figure(code, segment, part, origin) for code, part in parts.items()]
        stored = store(figures, loaded_at, corrects=corrects)
    return AllocationReport(
        within=within,
        segment=segment,
        year=year,
        source=origin.source,
        method=origin.method,
        total=total,
        shares=parts,
        added=[key.region for key in stored.added],
        corrected=[key.region for key in stored.corrected],
        error=error,
    )


def _error(parts: Mapping[str, int], segment: str) -> AllocationError | None:
    """The parts against the villages' newest official figures of the segment."""
    rows = bulk.run(
        "SELECT DISTINCT ON (region_id) region_id, value FROM outreach_denominator"
        " WHERE region_id = ANY(%s) AND segment = %s AND kind = 'official'"
        " AND replaced_at IS NULL AND value > 0 ORDER BY region_id, year DESC, source",
        [list(parts), segment],
    )
    allocated = sum(parts[code] for code, _ in rows)
    if len(rows) < LEAST_COMPARED or not allocated:
        return None
    scale = sum(value for _, value in rows) / allocated
    off = sorted(abs(parts[code] * scale - value) / value for code, value in rows)
    return AllocationError(
        compared=len(rows),
        median_share=round(median(off), 4),
        ninth_decile_share=round(off[int(0.9 * (len(off) - 1))], 4),
    )


def _villages(within: str) -> list[str]:
    """The villages of today in a region. Raises Refused unless it is one with villages."""
    if not is_region_code(within):
        raise Refused([what_is_wrong_with(within)])
    if level_of(within) not in {Region.Level.REGENCY, Region.Level.DISTRICT}:
        raise Refused([f"{within} is no kabupaten, kota or kecamatan: allocate one of these"])
    rows = bulk.run(
        "SELECT code FROM outreach_region AS village"
        f" WHERE level = 4 AND starts_with(code, %s) AND {IS_TODAYS} ORDER BY code",
        [f"{within}."],
    )
    if not rows:
        raise Refused([f"no villages of {within} are known: load the regions first"])
    return [code for (code,) in rows]


def _official(within: str, segment: str, year: int, source: str) -> int:
    figures = list(
        Denominator.objects.filter(
            region=within, kind=Denominator.Kind.OFFICIAL, replaced_at__isnull=True
        )
    )
    for row in figures:
        if (row.segment, row.year, row.source) == (segment, year, source):
            return row.value
    there = [f"{row.segment}, {row.year}, {row.source}" for row in figures]
    has = "; ".join(there[:20]) or "no official figure at all"
    raise Refused(
        [f"{within} has no official {segment} of {year} from {source!r}: load it; it has {has}"]
    )


def _weights(
    within: str, villages: Sequence[str], weighing: Weighing
) -> tuple[dict[str, Fraction], str]:
    """Each village's weight, and what it is. Raises Refused where any has none."""
    found: Mapping[str, float | None]
    if weighing.by == AREA:
        found = dict(
            Boundary.objects.filter(
                region__in=villages, is_current=True, area_km2__isnull=False
            ).values_list("region", "area_km2")
        )
        told = "area by their current boundaries"
        need = "load boundaries that have them"
    else:
        found, told = _segment_of(within, villages, weighing)
        need = f"load {weighing.by} for them, or say --by {AREA} to go by the area"
    missing = [code for code in villages if code not in found]
    if missing:
        raise Refused(
            [
                f"{len(missing)} of {len(villages)} villages of {within} have no {told}: {need}",
                *missing,
            ]
        )
    if not any(found.values()):
        raise Refused([f"the {told} of {within} is 0 in every village"])
    return {code: Fraction(found[code] or 0) for code in villages}, told


def _segment_of(
    within: str, villages: Sequence[str], weighing: Weighing
) -> tuple[dict[str, int], str]:
    rows = Denominator.objects.filter(
        region__in=villages, segment=weighing.by, replaced_at__isnull=True
    )
    if weighing.year is not None:
        rows = rows.filter(year=weighing.year)
    if weighing.source is not None:
        rows = rows.filter(source=weighing.source)
    values: dict[tuple[int, str], dict[str, int]] = {}
    for row in rows:
        values.setdefault((row.year, row.source), {})[row.region_id] = row.value
    if len(values) > 1:
        several = "; ".join(f"{year}, {source}" for year, source in sorted(values))
        raise Refused(
            [f"{within}'s villages have {weighing.by} of {several}: say --by-year and --by-source"]
        )
    if not values:
        return {}, weighing.by
    [((year, source), found)] = values.items()
    named = source if len(source) <= _SOURCE_TOLD else f"{source[: _SOURCE_TOLD - 1]}…"
    return found, f"{weighing.by} ({named}, {year})"
