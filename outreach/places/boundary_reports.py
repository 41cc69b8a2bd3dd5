"""What a load of boundaries did, for a person to read."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from outreach.geo.mess import Mess
from outreach.places.boundaries import BoundaryReport
from outreach.places.outcomes import OUTCOMES, VillageOutcome
from outreach.places.switching import RegencyCoverage

_ABSENT_NAMED = 5
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
        _covered(regency, report.mess.get(regency.code))
        for regency in sorted(report.regencies, key=lambda regency: regency.is_current)
    ]
    yield _absent(report)
    yield [
        f"{file.file}: {note}"
        for file in report.files
        for note in (*file.notes, f"sha256 {file.sha256}")
    ]


def _covered(regency: RegencyCoverage, mess: Mess | None) -> str:
    line = (
        f"{regency.code} {regency.name}: {regency.with_boundary} of {regency.villages} villages"
        f" have a boundary, {regency.with_boundary_before} had one before"
    )
    if mess:
        line += f"; overlaps {mess.overlap_share:.2%}, gaps {mess.gap_share:.2%} of the area"
        if mess.large_overlaps:
            line += f", above 1 ha each: {mess.large_overlaps}"
        if mess.holes:
            line += f"; wider holes: {mess.holes}, of {mess.holes_km2:.1f} km²"
    if not regency.is_current:
        too_few = 2 * regency.with_boundary < regency.with_boundary_before
        line += f": {'too few, so ' if too_few else ''}those before stay the current ones"
    return line


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
    for code, villages in by_regency.items():
        more = len(villages) - _ABSENT_NAMED
        lines.append(
            f"{code}: {len(villages)} villages are in none of the files: "
            + ", ".join(villages[:_ABSENT_NAMED])
            + (f" and {more} more (see --report)" if more > 0 else "")
        )
    return lines
