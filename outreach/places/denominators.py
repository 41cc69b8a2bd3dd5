"""Denominators from a table of regions into the database: one source beside the other."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from outreach import bulk
from outreach.geo.region_codes import System
from outreach.models import Denominator, RegionAlias
from outreach.places.regions.aliases import known_regions, resolve
from outreach.places.regions.code_repairs import coded
from outreach.places.regions.lists import Entry, read_region_list
from outreach.places.regions.tables import Problems
from outreach.places.uploads import MAX_BYTES, Refused, read_source

LARGEST_VALUE = 2_147_483_647
LONGEST_SEGMENT = 20
LONGEST_SOURCE = 160
"""An allocation's source adds by what it was allocated."""
_THOUSANDS = re.compile(r"\d{1,3}([., ]\d{3})+")
_WHOLE = re.compile(r"\d{1,10}(\.0)?", re.ASCII)
_ROWS_PER_STATEMENT = 20_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What the file's numbers are: who says so, for which year, and how it was found out."""

    source: str
    year: int
    kind: Denominator.Kind
    method: str = ""


@dataclass(frozen=True, slots=True)
class DenominatorReport:
    """What a load of denominators did; `added` are the regions that got a number.

    `older` codes count for the region that they are today. `blank` regions have no value, `unknown`
    codes no region that is sure; both are left out. `segments` counts the numbers added.
    """

    file: str
    sha256: str
    source: str
    year: int
    kind: str
    system: str
    decided_by: str
    segments: dict[str, int]
    added: list[str]
    unchanged: int
    blank: list[str]
    unknown: list[str]
    older: dict[str, str]
    repaired: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def load_denominators(
    path: Path,
    columns: Mapping[str, str],
    origin: Origin,
    loaded_at: datetime,
    max_bytes: int = MAX_BYTES,
    system: System | None = None,
) -> DenominatorReport:
    """Add the numbers of `columns`, each for its segment, or none of them.

    A number that stands is never changed: another one from the same source, year and segment is
    refused. Unknown codes are reported and left out. Raises Refused.
    """
    source = read_source(path, max_bytes)
    listed = read_region_list(source, [*columns])
    problems = Problems()
    with transaction.atomic():
        codes = coded(source.name, listed, system, problems)
        regions, older = _regions(codes.decision.system, codes.entries)
        blank: list[str] = []
        values = list(_values(codes.entries, regions, columns, blank, problems))
        _find_twice(codes.entries, regions, problems)
        problems.refuse()
        if codes.entries and not regions:
            raise Refused([f"{source.name}: none of its codes is known; load the regions first"])
        added = store(values, origin, loaded_at)
    counts = Counter(segment for _, segment in added)
    return DenominatorReport(
        file=source.name,
        sha256=source.sha256,
        source=origin.source,
        year=origin.year,
        kind=str(origin.kind),
        system=codes.decision.system,
        decided_by=codes.decision.decided_by,
        segments={segment: counts[segment] for segment in columns.values()},
        added=sorted({region for region, _ in added}),
        unchanged=len(values) - len(added),
        blank=blank,
        unknown=sorted({entry.code for entry in codes.entries} - regions.keys()),
        older=older,
        repaired=codes.repaired,
    )


def _regions(system: System, entries: Sequence[Entry]) -> tuple[dict[str, str], dict[str, str]]:
    """Today's regions by the file's codes, and those of them that are older codes."""
    asked = {entry.code for entry in entries}
    resolved = resolve(RegionAlias.System(system), asked)
    sure = {code: found.sure for code, found in sorted(resolved.items()) if found.sure}
    if system == "bps":
        return sure, {}
    return {code: code for code in known_regions(asked - resolved.keys())} | sure, sure


def _values(
    entries: Sequence[Entry],
    regions: Mapping[str, str],
    columns: Mapping[str, str],
    blank: list[str],
    problems: Problems,
) -> Iterator[tuple[str, str, int]]:
    """Numbers by region and segment; what has none goes to `blank`, what is none to `problems`."""
    for entry in entries:
        for (column, segment), text in zip(columns.items(), entry.values, strict=True):
            if text in {"", "-"}:
                blank.append(entry.code if len(columns) == 1 else f"{entry.code} {column}")
            elif (value := _count(text)) is None:
                problems.add(f"line {entry.line}: {_no_count(text)}")
            elif region := regions.get(entry.code):
                yield region, segment, value


def _count(text: str) -> int | None:
    if not _WHOLE.fullmatch(text):
        return None
    value = int(text.removesuffix(".0"))
    return value if value <= LARGEST_VALUE else None


def _no_count(text: str) -> str:
    why = f"{text[:40]!r} is not a whole number of people"
    if _THOUSANDS.fullmatch(text):
        return (
            f"{why}: write it without a separator, {re.sub('[., ]', '', text)[:40]} if that is it"
        )
    return why


def _find_twice(entries: Sequence[Entry], regions: Mapping[str, str], problems: Problems) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        region = regions.get(entry.code, entry.code)
        before = seen.setdefault(region, entry)
        if before is entry:
            continue
        if before.code == entry.code:
            problems.add(f"line {entry.line}: {entry.code} is there twice")
        else:
            problems.add(
                f"line {entry.line}: {entry.code} and {before.code} are both {region} today:"
                " add them up, or leave one out"
            )


def store(
    numbers: Sequence[tuple[str, str, int]], origin: Origin, loaded_at: datetime
) -> list[tuple[str, str]]:
    """Add numbers by region and segment; those that are new. Raises Refused if one stands apart."""
    rows = [
        {
            "region_id": region,
            "segment": segment,
            "value": value,
            "loaded_at": loaded_at,
            **asdict(origin),
        }
        for region, segment, value in numbers
    ]
    added = [
        (str(region), str(segment))
        for start in range(0, len(rows), _ROWS_PER_STATEMENT)
        for region, segment in bulk.insert_returning(
            Denominator,
            rows[start : start + _ROWS_PER_STATEMENT],
            "region_id, segment",
            order_by="region_id, segment",
            on_conflict="(region_id, year, segment, source) DO NOTHING",
        )
    ]
    _refuse_changes(numbers, {*added}, origin)
    return added


def _refuse_changes(
    numbers: Sequence[tuple[str, str, int]], added: set[tuple[str, str]], origin: Origin
) -> None:
    asked = {(region, segment): value for region, segment, value in numbers}
    standing = Denominator.objects.filter(
        year=origin.year, segment__in={segment for _, segment in asked}, source=origin.source
    ).order_by("region", "segment")
    problems = Problems()
    for row in standing.iterator():
        key = (row.region_id, row.segment)
        if key in added or key not in asked:
            continue
        if (row.value, row.kind, row.method) != (asked[key], origin.kind, origin.method):
            problems.add(
                f"{row.region_id} stands at {row.value} ({row.kind}) by this source and year: "
                "name another source"
            )
    problems.refuse()
