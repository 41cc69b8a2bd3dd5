"""Denominators from a table of regions into the database: one source beside the other."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from outreach import bulk
from outreach.geo.region_codes import System
from outreach.models import Denominator, Import, RegionAlias
from outreach.places.regions.aliases import hold_regions, known_regions, resolve
from outreach.places.regions.code_repairs import coded
from outreach.places.regions.lists import Entry, read_region_list
from outreach.places.regions.tables import Problems
from outreach.places.uploads import MAX_BYTES, Refused, read_source

LARGEST_VALUE = 2_147_483_647
LONGEST_SEGMENT = 20
LONGEST_SOURCE = 160
"""An allocation's source adds by what it was allocated."""
LOCK = 0x6A656D64
"""An advisory lock: whoever stores denominators does it alone."""
_THOUSANDS = re.compile(r"\d{1,3}([., ]\d{3})+")
_WHOLE = re.compile(r"\d{1,10}(\.0)?", re.ASCII)
_ROWS_PER_STATEMENT = 20_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What the file's numbers are: who says so, for which year, and how it was found out.

    `error_share`: by what share an estimate is off at the median, where that could be measured.
    """

    source: str
    year: int
    kind: Denominator.Kind
    method: str = ""
    error_share: float | None = None


class Key(NamedTuple):
    """What a figure is of: of several with the same key, one is the current revision."""

    region: str
    year: int
    segment: str
    source: str


class Figure(NamedTuple):
    """A figure with its key, and what is said of it."""

    key: Key
    value: int
    kind: str
    method: str
    error_share: float | None


class Stored(NamedTuple):
    """What storing figures did: the keys of new ones, and of those that replaced another."""

    added: list[Key]
    corrected: list[Key]


@dataclass(frozen=True, slots=True)
class DenominatorReport:
    """What a load of denominators did; `added` are the regions that got a number.

    `corrected` are those that have another one now by this source and year. `older` codes count
    for the region that they are today. `blank` regions have no value, `unknown` codes no region
    that is sure; both are left out. `segments` counts the numbers added.
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
    corrected: list[str]
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
    *,
    corrects: bool = False,
) -> DenominatorReport:
    """Add the numbers of `columns`, each for its segment, or none of them.

    A number that stands is never changed: another one from the same source, year and segment is
    refused, or a new revision where the file `corrects`. Unknown codes are reported and left out.
    Raises Refused.
    """
    source = read_source(path, max_bytes)
    listed = read_region_list(source, [*columns])
    problems = Problems()
    with transaction.atomic():
        hold_regions()
        codes = coded(source.name, listed, system, problems)
        regions, older = _regions(codes.decision.system, codes.entries)
        blank: list[str] = []
        values = list(_values(codes.entries, regions, columns, blank, problems))
        _find_twice(codes.entries, regions, problems)
        problems.refuse()
        if codes.entries and not regions:
            raise Refused([f"{source.name}: none of its codes is known; load the regions first"])
        figures = [figure(region, segment, value, origin) for region, segment, value in values]
        stored = store(figures, loaded_at, corrects=corrects)
    counts = Counter(key.segment for key in (*stored.added, *stored.corrected))
    return DenominatorReport(
        file=source.name,
        sha256=source.sha256,
        source=origin.source,
        year=origin.year,
        kind=str(origin.kind),
        system=codes.decision.system,
        decided_by=codes.decision.decided_by,
        segments={segment: counts[segment] for segment in columns.values()},
        added=sorted({key.region for key in stored.added}),
        corrected=sorted({key.region for key in stored.corrected}),
        unchanged=len(values) - len(stored.added) - len(stored.corrected),
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


def figure(region: str, segment: str, value: int, origin: Origin) -> Figure:
    """A region's number of an origin."""
    return Figure(
        Key(region, origin.year, segment, origin.source),
        value,
        str(origin.kind),
        origin.method,
        origin.error_share,
    )


def store(
    figures: Sequence[Figure],
    loaded_at: datetime,
    *,
    corrects: bool = False,
    of_import: Import | None = None,
) -> Stored:
    """Add figures; one that stands otherwise is replaced by a new revision if they correct it.

    In the caller's transaction. Raises Refused if any stands otherwise and they do not.
    """
    # Two loads of one figure would both make its second revision.
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    added: list[Key] = []
    corrected: list[Key] = []
    problems = Problems()
    for start in range(0, len(figures), _ROWS_PER_STATEMENT):
        chunk = figures[start : start + _ROWS_PER_STATEMENT]
        standing = current([figure.key for figure in chunk])
        rows: list[dict[str, Any]] = []
        replaced: list[int] = []
        for new in chunk:
            old = standing.get(new.key)
            if old and old.figure == new:
                continue
            if old and old.holds:
                if not corrects:
                    problems.add(_stands(old.figure))
                corrected.append(new.key)
                replaced.append(old.id)
            else:
                added.append(new.key)
            rows.append(_row(new, 1 + (old.revision if old else 0), loaded_at, of_import))
        problems.refuse()
        replace(replaced, loaded_at)
        bulk.insert(Denominator, rows)
    return Stored(added, corrected)


def replace(ids: Sequence[int], at: datetime) -> None:
    """Have figures hold no more; they stay readable."""
    if ids:
        bulk.run(
            "UPDATE outreach_denominator SET replaced_at = %s WHERE id = ANY(%s)", [at, list(ids)]
        )


class Current(NamedTuple):
    """A figure's revision that holds, else the newest; `revision` is the highest there is."""

    id: int
    revision: int
    holds: bool
    figure: Figure


def current(keys: Sequence[Key]) -> dict[Key, Current]:
    """What stands, or stood last, under these keys, in one statement."""
    columns = ("region_id", "year", "segment", "source")
    asked = [dict(zip(columns, key, strict=True)) for key in keys]
    rows = bulk.run(
        "SELECT DISTINCT ON (old.region_id, old.year, old.segment, old.source)"
        " old.id, max(old.revision) OVER (PARTITION BY old.region_id, old.year, old.segment,"
        " old.source), old.replaced_at IS NULL, old.region_id, old.year,"
        " old.segment, old.source, old.value, old.kind, old.method, old.error_share"
        f" FROM {bulk.recordset(Denominator, columns)}"
        " JOIN outreach_denominator AS old USING (region_id, year, segment, source)"
        " ORDER BY old.region_id, old.year, old.segment, old.source,"
        " old.replaced_at IS NULL DESC, old.revision DESC",
        [bulk.encode(asked)],
    )
    found = {}
    for identity, revision, holds, region, year, segment, source, *told in rows:
        key = Key(region, year, segment, source)
        found[key] = Current(identity, revision, holds, Figure(key, *told))
    return found


def _row(
    new: Figure, revision: int, loaded_at: datetime, of_import: Import | None
) -> dict[str, Any]:
    return {
        "region_id": new.key.region,
        "year": new.key.year,
        "segment": new.key.segment,
        "source": new.key.source,
        "value": new.value,
        "kind": new.kind,
        "method": new.method,
        "error_share": new.error_share,
        "revision": revision,
        "of_import_id": of_import and of_import.pk,
        "loaded_at": loaded_at,
    }


def _stands(old: Figure) -> str:
    return (
        f"{old.key.region} stands at {old.value} ({old.kind}) by this source and year: "
        "name another source, or say --correct if this is the right figure"
    )
