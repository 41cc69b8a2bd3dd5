"""What a load of boundaries did, for a person to read."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from outreach.geo.polygons.overlaps_and_gaps import Mess
from outreach.places.boundaries.coverage import MOST_MOVED_SHARE, RegencyCoverage
from outreach.places.boundaries.loading import BoundaryReport
from outreach.places.boundaries.neighbours import NeighbourOverlap
from outreach.places.boundaries.outcomes import OUTCOMES, FileReport, VillageOutcome

_NAMED = 5
_FILES_NAMED = 10


def table_of(report: BoundaryReport) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """The head and the rows of a table: features by outcome of each file, and of all together.

    Of many files those with the most features that have no boundary now.
    """
    counts = Counter((village.file, village.outcome) for village in report.villages)
    rows: list[tuple[object, ...]] = [
        (file.file, file.features, *(counts[file.file, outcome] for outcome in OUTCOMES))
        for file in report.files
    ]
    if len(rows) > _FILES_NAMED:
        more = len(rows) - _FILES_NAMED
        worst = sorted(
            report.files,
            key=lambda file: -counts[file.file, "unresolved"] - counts[file.file, "dropped"],
        )
        named = {file.file for file in worst[:_FILES_NAMED]}
        rows = [row for row in rows if row[0] in named]
        rows.append((f"and {more} more (see --report)", *("" for _ in range(1 + len(OUTCOMES)))))
    if len(rows) > 1:
        total = [report.counts[outcome] for outcome in OUTCOMES]
        rows.append(("all", sum(file.features for file in report.files), *total))
    return ("file", "features", *OUTCOMES), rows


def lines_of(report: BoundaryReport) -> Iterator[list[str]]:
    """Lines in groups, the most urgent first, as within each."""
    ranks = {"unresolved": 0, "dropped": 1, "no_boundary": 2, "repaired": 3, "matched": 4}
    yield [_told(village) for village in sorted(report.exceptions, key=lambda v: ranks[v.outcome])]
    yield [
        _covered(regency, report)
        for regency in sorted(
            report.regencies,
            key=lambda regency: (regency.is_current, -(regency.moved_share or 0)),
        )
    ]
    yield [_clipped(file) for file in report.files if file.clipped]
    yield _absent(report)
    yield [
        f"{file.file}: {note}"
        for file in report.files
        for note in (*file.notes, f"sha256 {file.sha256}")
    ]


def _covered(regency: RegencyCoverage, report: BoundaryReport) -> str:
    mess, overlaps = report.mess.get(regency.code), report.overlaps.get(regency.code)
    have = "has" if regency.with_boundary == 1 else "have"
    line = (
        f"{regency.code} {regency.name}: {regency.with_boundary} of {villages(regency.villages)}"
        f" {have} a boundary, {regency.with_boundary_before} had one before"
    )
    if not regency.is_current:
        line += (
            f": {_why_only_stored(regency)}this set is only stored and those before stay the"
            f" current ones; to use it:"
            f' switch_boundaries {report.set_id[:8]} --regency {regency.code} --reason "…"'
        )
    return "; ".join(
        (
            line,
            *_compared(regency),
            *([overlapping(overlaps)] if overlaps else ()),
            *(_messy(mess) if mess else ()),
        )
    )


def overlapping(overlaps: Sequence[NeighbourOverlap]) -> str:
    """What a regency's villages lie on, though others have it."""
    some = ", ".join(f"{one.regency} by {one.km2:,.2f} km²" for one in overlaps[:_NAMED])
    more = f" and {len(overlaps) - _NAMED} more" if len(overlaps) > _NAMED else ""
    return f"overlaps the current boundaries of {some}{more}"


def _why_only_stored(regency: RegencyCoverage) -> str:
    if regency.is_fewer:
        return "fewer than before, so "
    if regency.is_elsewhere and regency.moved_share is None:
        return "it cannot be told whether they are where they were, so "
    if regency.is_elsewhere:
        return (
            f"above {MOST_MOVED_SHARE:.0%} of the area before is not the same village's: are its"
            " codes and coordinates right? So "
        )
    return ""


def _compared(regency: RegencyCoverage) -> Iterator[str]:
    """How far a set differs from the one that was current."""
    if regency.area_km2_before is None:
        return
    yield f"{regency.area_km2:,.1f} km², {regency.area_km2_before:,.1f} km² before"
    if regency.another_share is not None:
        yield (
            f"of the area before {regency.another_share:.1%} is another of its villages' now,"
            f" {regency.nobody_share:.1%} none's of them"
        )


def _clipped(file: FileReport) -> str:
    some = ", ".join(map(str, file.clipped[:_NAMED]))
    more = len(file.clipped) - _NAMED
    return (
        f"{file.file}: {len(file.clipped)} villages end on one straight line, at the edge of the"
        f" file (features {some}{f' and {more} more' if more > 0 else ''}): is it cut out of a"
        " larger one?"
    )


def _messy(mess: Mess) -> Iterator[str]:
    yield f"overlaps {mess.overlap_share:.2%}, gaps {mess.gap_share:.2%} of the area"
    if mess.worst_overlaps:
        worst = mess.worst_overlaps[0]
        yield (
            f"above 1 ha each: {mess.large_overlaps}, the largest of"
            f" {' and '.join(worst.villages)}, {worst.ha:,.1f} ha"
        )
    if mess.largest_holes:
        largest = mess.largest_holes[0]
        yield (
            f"wider holes: {mess.holes}, the largest of {largest.km2:.2f} km²"
            f" around {largest.lat}, {largest.lon}"
        )


def _told(village: VillageOutcome) -> str:
    of = f"{village.code} {village.name}".strip() or "no code"
    line = f"{of} (feature {village.feature}): {village.outcome}, {village.why}"
    if village.candidates:
        line += f"; may be {', '.join(village.candidates)}: say so with --confirm"
    return line


def _absent(report: BoundaryReport) -> list[str]:
    by_regency: dict[str, list[str]] = defaultdict(list)
    for village in report.absent:
        by_regency[village.code[:5]].append(f"{village.code} {village.name}")
    lines: list[str] = []
    for code, missing in by_regency.items():
        more = len(missing) - _NAMED
        lines.append(
            f"{code}: {villages(len(missing))} {'is' if len(missing) == 1 else 'are'} in none of"
            f" the files: {', '.join(missing[:_NAMED])}"
            + (f" and {more} more (see --report)" if more > 0 else "")
        )
    return lines


def villages(count: int) -> str:
    """So many, in words."""
    return f"{count:,} village{'' if count == 1 else 's'}"
