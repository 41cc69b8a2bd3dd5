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
    PERIODS,
    Counts,
    Figure,
    Leads,
    Workers,
    added_up,
    district_names,
    grouped,
    leads_of,
    people_of,
    workers_of,
)
from outreach.months import later
from outreach.standings.measures import Because, Measure, share, why_used
from outreach.standings.small_cells import is_small, shown, shown_series

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


class Shown(NamedTuple):
    """Counts as somebody sees them, null where withheld."""

    registered: int | None
    verified: int | None
    provisional: int | None
    active: int | None


class LeadsShown(NamedTuple):
    """Leads of a segment, null where withheld."""

    segment: str
    leads: int | None
    registered: int | None


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


class Change(NamedTuple):
    """The figures of an earlier month, and what came since."""

    period: date
    counts: Shown
    since: Shown


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
    whole = {at: added_up(cells, at) for at in PERIODS}
    counts = _all_shown(whole["now"]) if sees_all else _guarded(whole["now"])
    told = _told(workers[code])
    districts = _breakdown(grouped(cells, "district"), names, sees_all=sees_all)
    activities = _breakdown(grouped(cells, "activity"), {}, sees_all=sees_all)
    guarded_leads = [LeadsShown(*one) if sees_all else _guarded_leads(one) for one in leads]
    changes = _changes(period, whole, sees_all=sees_all)
    parts = [*districts.values(), *activities.values(), counts]
    parts += [change.counts for change in changes.values()]
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
        leads=_every_segment(guarded_leads),
        activities=[_row(kind, "", row, None) for kind, row in sorted(activities.items())],
        districts=[
            _row(district, names.get(district, ""), row, _people(workers.get(district)))
            for district, row in sorted(districts.items())
        ],
        changes=changes,
        is_partial=any(None in part for part in parts) or any(None in one for one in guarded_leads),
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


def _all_shown(counts: Counts) -> Shown:
    return Shown(counts.registered, counts.verified, counts.provisional, counts.active)


def _shown(verified: int | None, provisional: int | None, active: int | None) -> Shown:
    """Registered people are told only where both of its parts are."""
    both = None if verified is None or provisional is None else verified + provisional
    return Shown(both, verified, provisional, active)


def _guarded(counts: Counts) -> Shown:
    return _shown(shown(counts.verified), shown(counts.provisional), shown(counts.active))


def _guarded_leads(leads: Leads) -> LeadsShown:
    """Registered leads are withheld as well where the others would be few."""
    registered = shown(leads.registered)
    if is_small(leads.leads) or is_small(leads.leads - leads.registered):
        registered = None
    return LeadsShown(leads.segment, shown(leads.leads), registered)


def _every_segment(leads: Sequence[LeadsShown]) -> list[LeadsShown]:
    found = {one.segment: one for one in leads}
    return [
        found.get(segment.value, LeadsShown(segment.value, 0, 0))
        for segment in CampaignTarget.Segment
    ]


def _breakdown(
    rows: Mapping[str, Counts], named: Mapping[str, str], *, sees_all: bool
) -> dict[str, Shown]:
    """The lines of a breakdown, those without anybody among the `named` ones too.

    Each column adds up to a figure that is told, so a column's small counts take others with them.
    """
    whole = {code: rows.get(code, Counts()) for code in sorted({*rows, *named})}
    if sees_all:
        return {code: _all_shown(counts) for code, counts in whole.items()}
    columns = [
        shown_series([getattr(counts, name) for counts in whole.values()])
        for name in ("verified", "provisional", "active")
    ]
    return {
        code: _shown(verified, provisional, active)
        for code, verified, provisional, active in zip(whole, *columns, strict=True)
    }


def _changes(period: date, whole: Mapping[str, Counts], *, sees_all: bool) -> dict[str, Change]:
    """Figures of earlier months beside those of now.

    One from which a later one differs by few people is withheld: the difference would be those.
    """
    periods = {"month_before": later(period, -1), "year_before": later(period, -12)}
    columns = {
        name: _comparable([getattr(whole[at], name) for at in PERIODS], sees_all=sees_all)
        for name in ("verified", "provisional", "active")
    }
    found = {}
    for place, (at, month) in enumerate(periods.items(), start=1):
        counts = _shown(*(columns[n][place] for n in ("verified", "provisional", "active")))
        now = _shown(*(columns[n][0] for n in ("verified", "provisional", "active")))
        since = Shown(*(_difference(a, b) for a, b in zip(now, counts, strict=True)))
        found[at] = Change(month, counts, since)
    return found


def _comparable(series: Sequence[int], *, sees_all: bool) -> list[int | None]:
    """A figure now and earlier: each only if it differs from those before it by nobody or many."""
    if sees_all:
        return list(series)
    kept: list[int | None] = []
    for count in series:
        others = [other for other in kept if other is not None]
        is_close = any(is_small(abs(count - other)) for other in others)
        kept.append(None if is_small(count) or is_close else count)
    return kept


def _difference(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


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
