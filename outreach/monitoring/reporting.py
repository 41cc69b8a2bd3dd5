"""A monitoring report: the figures of a regency as somebody may see them, and their definitions.

Whoever has no access to the records sees no count of 1 to 4, nor one that could be worked out from
the others of the report: sums along its districts, its activities, its months, and of verified and
provisional to registered. decisions/0032 says how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext_lazy as _

from outreach.models import CampaignTarget
from outreach.monitoring.counting import (
    Figure,
    Workers,
    district_names,
    leads_of,
    people_of,
    workers_of,
)
from outreach.monitoring.withholding import Change, LeadsShown, Shown, figures_of, guarded_leads
from outreach.standings.measures import Because, Measure, share, why_used

VERSION = "2026-2"
"""Of the definitions: another text is another version."""

DEFINITIONS: Mapping[str, Any] = {
    "workers": _(
        "Working people of the region by the newest figure up to the year of the month, an official"
        " one before an estimate; where the region has none, the sum of its villages' figures, if"
        " all of them have one."
    ),
    "registered": _(
        "People who live in the region, each once, whose registration was captured up to the end of"
        " the month and is neither rejected nor withdrawn."
    ),
    "verified": _("Registered people whom a coordinator has verified by now."),
    "provisional": _("Registered people whom nobody has verified yet."),
    "active": _(
        "Verified people of whom BPJS confirmed a contribution for the month or one of the three"
        " before it."
    ),
    "coverage": _("Verified people among working people; it may be above 1."),
    "active_coverage": _("Active people among working people."),
    "leads": _("People noted to come back to, by segment; they are no registrations."),
    "change": _(
        "The same figure up to the end of the month before, and of the same month last year."
    ),
}


class Row(NamedTuple):
    """A line of a breakdown."""

    code: str
    name: str
    counts: Shown
    workers: int | None
    coverage: float | None
    active_coverage: float | None


WorkersBecause = Because | Literal["villages_summed", "villages_incomplete", "no_figure"]


class WorkersTold(NamedTuple):
    """The working people of the report, where the figure is from, and what others say.

    `because` says why it is this figure, or why there is none. The year of a sum is that of all
    its parts, null where they are of several.
    """

    value: int | None
    kind: str | None
    source: str | None
    year: int | None
    because: WorkersBecause
    low: int | None
    high: int | None
    sources: int
    villages_sum: int
    villages_without: int
    villages_sources: list[str]
    villages_first_year: int | None
    villages_last_year: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a monitoring meeting sees of a regency up to a month."""

    code: str
    period: date
    workers: WorkersTold
    counts: Shown
    coverage: float | None
    active_coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    leads: list[LeadsShown]
    activities: list[Row]
    districts: list[Row]
    changes: dict[str, Change]
    is_partial: bool


def report_of(code: str, period: date, *, sees_all: bool) -> Report:
    """The report of a regency or city; with small counts for who `sees_all`."""
    cells = people_of(code, period)
    workers = workers_of(code, period)
    leads = leads_of(code, period)
    names = district_names(code)
    figures = figures_of(cells, period, names, sees_all=sees_all)
    counts, told = figures.counts, _told(workers[code])
    seen_leads = [LeadsShown(*one) if sees_all else guarded_leads(one) for one in leads]
    low, high = (share(counts.verified, people or 0) for people in (told.high, told.low))
    return Report(
        code=code,
        period=period,
        workers=told,
        counts=counts,
        coverage=share(counts.verified, told.value or 0),
        active_coverage=share(counts.active, told.value or 0),
        coverage_low=low,
        coverage_high=high,
        leads=_every_segment(seen_leads),
        activities=[_row(kind, "", row, None) for kind, row in sorted(figures.activities.items())],
        districts=[
            _row(district, names.get(district, ""), row, _people(workers.get(district)))
            for district, row in sorted(figures.districts.items())
        ],
        changes=figures.changes,
        is_partial=figures.is_partial or any(None in one for one in seen_leads),
    )


def _row(code: str, name: str, counts: Shown, workers: int | None) -> Row:
    return Row(
        code,
        name,
        counts,
        workers,
        share(counts.verified, workers or 0),
        share(counts.active, workers or 0),
    )


def _every_segment(leads: Sequence[LeadsShown]) -> list[LeadsShown]:
    found = {one.segment: one for one in leads}
    return [
        found.get(segment.value, LeadsShown(segment.value, 0, 0))
        for segment in CampaignTarget.Segment
    ]


def _people(workers: Workers | None) -> int | None:
    """Of a district: its own figure, else the sum of its villages, if they all have one."""
    if workers is None:
        return None
    if workers.own:
        return workers.own[0].value
    return workers.villages_sum if workers.has_all_villages else None


def _told(workers: Workers) -> WorkersTold:
    because = _because(workers)
    first: Figure | None = workers.own[0] if workers.own else None
    years = {figure.year for figure in workers.villages}
    is_sum = because == "villages_summed"
    values = [workers.villages_sum] if is_sum else [figure.value for figure in workers.own]
    return WorkersTold(
        value=_people(workers),
        kind="estimate" if is_sum else first and first.kind,
        source="villages" if is_sum else first and first.source,
        year=min(years) if is_sum and len(years) == 1 else first and first.year,
        because=because,
        low=min(values, default=None),
        high=max(values, default=None),
        sources=len(values),
        villages_sum=workers.villages_sum,
        villages_without=workers.without,
        villages_sources=sorted({figure.source for figure in workers.villages}),
        villages_first_year=min(years, default=None),
        villages_last_year=max(years, default=None),
    )


def _because(workers: Workers) -> WorkersBecause:
    if workers.own:
        return why_used([Measure(*figure) for figure in workers.own])
    if workers.has_all_villages:
        return "villages_summed"
    return "villages_incomplete" if workers.villages else "no_figure"
