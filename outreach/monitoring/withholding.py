"""What of a monitoring report somebody may see.

Whoever has no access to the records sees no count of 1 to 4, nor one that could be worked out from
the others of the report, or from them and the standings of its villages, where small counts are
withheld as well: so a district is withheld where those of its villages are few people together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from outreach.monitoring.counting import (
    DISTRICT,
    PERIODS,
    Cell,
    Counts,
    Leads,
    added_up,
    grouped,
)
from outreach.months import later
from outreach.standings.small_cells import is_small, shown, suppressed

MEASURES = ("verified", "provisional", "active")
OF_VILLAGES = ("verified", "provisional")
"""What standings tell of each village."""

Line = tuple[str, str]
"""A line of a report: what it is of, and which; the region's own is WHOLE."""
WHOLE: Line = ("region", "")


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


class Change(NamedTuple):
    """The figures of an earlier month, and what came since."""

    period: date
    counts: Shown
    since: Shown


class Figures(NamedTuple):
    """A region's counts, by district and by activity, and those of earlier months."""

    counts: Shown
    districts: dict[str, Shown]
    activities: dict[str, Shown]
    changes: dict[str, Change]

    @property
    def is_partial(self) -> bool:
        lines = [self.counts, *self.districts.values(), *self.activities.values()]
        lines += [change.counts for change in self.changes.values()]
        return any(None in line for line in lines)


def figures_of(
    cells: Sequence[Cell], period: date, names: Collection[str], *, sees_all: bool
) -> Figures:
    """The figures of a report; districts without anybody are among the `names` too."""
    districts = dict.fromkeys(names, Counts()) | grouped(cells, "district")
    lines = {("district", code): counts for code, counts in sorted(districts.items())}
    lines |= {("activity", kind): n for kind, n in sorted(grouped(cells, "activity").items())}
    lines[WHOLE] = added_up(cells)
    hidden: dict[str, set[Line]] = {name: set() for name in MEASURES}
    if not sees_all:
        hidden = {name: _withheld(name, lines, cells) for name in MEASURES}
    seen = {
        line: _shown(
            *(None if line in hidden[name] else getattr(counts, name) for name in MEASURES)
        )
        for line, counts in lines.items()
    }
    return Figures(
        seen[WHOLE],
        {code: counts for (kind, code), counts in seen.items() if kind == "district"},
        {code: counts for (kind, code), counts in seen.items() if kind == "activity"},
        _changes(period, cells, seen[WHOLE], sees_all=sees_all),
    )


def _withheld(measure: str, lines: Mapping[Line, Counts], cells: Sequence[Cell]) -> set[Line]:
    """The lines of which a measure is withheld."""
    counts = {line: getattr(found, measure) for line, found in lines.items()}
    districts = [line for line in counts if line[0] == "district"]
    activities = [line for line in counts if line[0] == "activity"]
    few = _few_of_villages(measure, cells)
    also = {line for line in districts if is_small(few.get(line[1], 0))}
    if is_small(sum(few.values())):
        also.add(WHOLE)
    while True:
        hidden = suppressed(counts, [(WHOLE, districts), (WHOLE, activities)], also)
        # What is left of a region without the districts and villages that are told.
        left = sum(few.get(code, 0) for kind, code in hidden if kind == "district")
        if WHOLE in hidden or not is_small(left):
            return hidden
        more = [line for line in districts if line not in hidden and few.get(line[1])]
        also.add(min(more, key=lambda line: few[line[1]]) if more else WHOLE)


def _few_of_villages(measure: str, cells: Iterable[Cell], at: str = "now") -> dict[str, int]:
    """By district the people of villages that have so few that standings withhold them."""
    found: dict[str, int] = {}
    if measure in OF_VILLAGES:
        for village, counts in grouped(cells, "village", at).items():
            count = getattr(counts, measure)
            if is_small(count):
                district = village[:DISTRICT]
                found[district] = found.get(district, 0) + count
    return found


def _shown(verified: int | None, provisional: int | None, active: int | None) -> Shown:
    """Registered people are told only where both of its parts are."""
    both = None if verified is None or provisional is None else verified + provisional
    return Shown(both, verified, provisional, active)


def _changes(
    period: date, cells: Sequence[Cell], now: Shown, *, sees_all: bool
) -> dict[str, Change]:
    """Figures of earlier months beside those of now.

    One from which a later one differs by few people is withheld: the difference would be those.
    """
    whole = {at: added_up(cells, at) for at in PERIODS}
    series = {
        name: [getattr(now, name), *(getattr(whole[at], name) for at in PERIODS[1:])]
        for name in MEASURES
    }
    if not sees_all:
        series = {name: _comparable(name, numbers, cells) for name, numbers in series.items()}
    months = (later(period, -1), later(period, -12))
    found = {}
    for place, (at, month) in enumerate(zip(PERIODS[1:], months, strict=True), start=1):
        counts = _shown(*(series[name][place] for name in MEASURES))
        since = Shown(*(_difference(a, b) for a, b in zip(now, counts, strict=True)))
        found[at] = Change(month, counts, since)
    return found


def _comparable(
    measure: str, series: Sequence[int | None], cells: Sequence[Cell]
) -> list[int | None]:
    """A figure now and earlier: each only if it differs from those before it by nobody or many."""
    kept = [series[0]]
    for at, count in zip(PERIODS[1:], series[1:], strict=True):
        others = [other for other in kept if other is not None]
        assert count is not None
        is_close = any(is_small(abs(count - other)) for other in others)
        is_left = is_small(sum(_few_of_villages(measure, cells, at).values()))
        kept.append(None if is_close or is_left else shown(count))
    return kept


def _difference(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


def guarded_leads(leads: Leads) -> LeadsShown:
    """Registered leads are withheld as well where the others would be few."""
    registered = shown(leads.registered)
    if is_small(leads.leads) or is_small(leads.leads - leads.registered):
        registered = None
    return LeadsShown(leads.segment, shown(leads.leads), registered)
