"""Village boundaries from GeoJSON files into the database, as one set."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils import timezone

from outreach import bulk
from outreach.geo.ellipsoid import areas_km2
from outreach.models import Boundary, BoundaryChange, BoundarySet, Region
from outreach.places.boundary_files import (
    OUTCOMES,
    FileReport,
    FoundVillage,
    Outcome,
    Progress,
    VillageOutcome,
    read_villages,
)
from outreach.places.sources import MAX_BYTES, Refused, read_source
from outreach.places.switching import RegencyCoverage, lock_boundaries, make_current

_BYTES_PER_STATEMENT = 8 * 1024**2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a set comes from, and how far its borders can be off."""

    source: str
    vintage: str
    licence: str
    border_error_m: float


@dataclass(frozen=True, slots=True)
class BoundaryReport:
    """What a load of boundaries did, per file, per regency and per village."""

    set_id: str
    origin: Origin
    files: list[FileReport]
    regencies: list[RegencyCoverage]
    villages: list[VillageOutcome]

    @property
    def counts(self) -> dict[Outcome, int]:
        found = Counter(village.outcome for village in self.villages)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def exceptions(self) -> list[VillageOutcome]:
        """Everything that is not simply matched."""
        return [village for village in self.villages if village.outcome != "matched"]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "counts": self.counts}


def load_boundaries(
    paths: Sequence[Path],
    origin: Origin,
    *,
    max_bytes: int = MAX_BYTES,
    progress: Progress = lambda _file, _done, _total: None,
) -> BoundaryReport:
    """Store the files' village polygons as one new set, current in the regencies it covers.

    All or nothing: raises Refused when a file cannot be read or no village is known. Loads wait
    for each other; the set loaded last is the current one.
    """
    files: list[FileReport] = []
    found: list[FoundVillage] = []
    for path in paths:
        report, villages = read_villages(read_source(path, max_bytes), progress)
        files.append(report)
        found += villages
    with transaction.atomic():
        lock_boundaries()
        return _store_set(origin, files, _without_doubles(_known_only(found)))


def _store_set(
    origin: Origin, files: list[FileReport], found: Sequence[FoundVillage]
) -> BoundaryReport:
    kept = [entry for entry in found if entry.outcome.outcome != "dropped"]
    if not kept:
        raise Refused(["none of the features is a known village", *_reasons(found)])
    boundary_set = BoundarySet.objects.create(
        **asdict(origin), sha256=_sha256(files), loaded_at=timezone.now()
    )
    _store(boundary_set, kept)
    report = BoundaryReport(
        set_id=str(boundary_set.id),
        origin=origin,
        files=files,
        regencies=make_current(
            boundary_set.id,
            {entry.outcome.code[:5] for entry in kept},
            BoundaryChange.Kind.LOAD,
        ),
        villages=[entry.outcome for entry in found],
    )
    boundary_set.report = report.as_json() | {
        "villages": [asdict(village) for village in report.exceptions]
    }
    boundary_set.save(update_fields=["report"])
    return report


def _known_only(found: Iterable[FoundVillage]) -> list[FoundVillage]:
    codes = [entry.outcome.code for entry in found if entry.outcome.outcome != "dropped"]
    known = set(Region.objects.filter(level=4, code__in=codes).values_list("code", flat=True))
    return [
        entry
        if entry.outcome.outcome == "dropped" or entry.outcome.code in known
        else entry.without_polygon("dropped", "its code is not in the list of regions")
        for entry in found
    ]


def _without_doubles(found: Sequence[FoundVillage]) -> list[FoundVillage]:
    """Of features with one code the first is kept; unless they are equal, without a polygon."""
    by_code: dict[str, list[FoundVillage]] = {}
    for entry in found:
        if entry.outcome.outcome != "dropped":
            by_code.setdefault(entry.outcome.code, []).append(entry)
    return list(_settled(found, by_code))


def _settled(
    found: Iterable[FoundVillage], by_code: dict[str, list[FoundVillage]]
) -> Iterator[FoundVillage]:
    for entry in found:
        same = by_code.get(entry.outcome.code, [entry])
        if entry.outcome.outcome == "dropped" or len(same) == 1:
            yield entry
        elif entry is not same[0]:
            yield entry.without_polygon("dropped", "its code is there twice")
        elif all(shapely.equals(entry.polygon, other.polygon) for other in same[1:]):
            yield entry
        else:
            yield entry.without_polygon(
                "unresolved", f"{len(same)} features have its code, with different boundaries"
            )


def _reasons(found: Iterable[FoundVillage]) -> list[str]:
    reasons = Counter(entry.outcome.why for entry in found)
    return [f"{count} times: {why}" for why, count in reasons.most_common(5)]


def _sha256(files: Sequence[FileReport]) -> str:
    """The one file's, or that of all their hashes, a line each, in the order given."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256("".join(f"{file.sha256}\n" for file in files).encode()).hexdigest()


def _store(boundary_set: BoundarySet, kept: Sequence[FoundVillage]) -> None:
    areas = areas_km2(np.array([entry.polygon for entry in kept], dtype=object))
    rows: list[dict[str, Any]] = []
    size = 0
    for entry, area in zip(kept, areas.tolist(), strict=True):
        wkb = None if entry.polygon is None else shapely.to_wkb(entry.polygon)
        rows.append(
            {
                "set_id": boundary_set.id,
                "region_id": entry.outcome.code,
                "wkb": wkb and bulk.bytea(wkb),
                "area_km2": area if wkb else None,
                "is_current": False,
            }
        )
        size += len(wkb or b"")
        if size > _BYTES_PER_STATEMENT:
            bulk.insert(Boundary, rows)
            rows, size = [], 0
    bulk.insert(Boundary, rows)
