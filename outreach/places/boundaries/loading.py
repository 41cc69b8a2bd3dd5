"""Village boundaries from files into the database, as one set."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils import timezone

from outreach import bulk
from outreach.geo.conventions import FieldMap
from outreach.geo.ellipsoid import areas_km2
from outreach.geo.polygons.oddities import TangledError
from outreach.geo.polygons.overlaps_and_gaps import Mess, mess_of
from outreach.models import Boundary, BoundaryChange, BoundarySet
from outreach.places.boundaries.coverage import RegencyCoverage, coverage
from outreach.places.boundaries.doubles_and_fragments import clipped, settled, without_fragments
from outreach.places.boundaries.neighbours import NeighbourOverlap, neighbours_of, overlaps_with
from outreach.places.boundaries.outcomes import (
    OUTCOMES,
    FileReport,
    FoundVillage,
    NoneMatched,
    Outcome,
    Progress,
    VillageOutcome,
)
from outreach.places.boundaries.switching import lock_boundaries, make_current
from outreach.places.boundaries.villages_in_files import read_villages
from outreach.places.regions.aliases import IS_TODAYS
from outreach.places.uploads import MAX_BYTES, Refused, read_source

_BYTES_PER_STATEMENT = 8 * 1024**2
_REASONS = 5
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a set comes from, and how far its borders can be off."""

    source: str
    vintage: str
    licence: str
    border_error_m: float
    status: str = BoundarySet.Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says about files: which properties to read, and the codes of features.

    `confirmed` is by file name and feature, counted from 1.
    """

    said: FieldMap = field(default_factory=FieldMap)
    confirmed: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AbsentVillage:
    """A village of a regency in the set that none of the files has."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class BoundaryReport:
    """What a load of boundaries did, per file, per regency and per village.

    `mess` and `overlaps` are by the regency's code: how the set's villages overlap one another,
    and the current ones of other regencies.
    """

    set_id: str
    origin: Origin
    files: list[FileReport]
    regencies: list[RegencyCoverage]
    villages: list[VillageOutcome]
    absent: list[AbsentVillage]
    mess: dict[str, Mess]
    overlaps: dict[str, list[NeighbourOverlap]]

    @property
    def counts(self) -> dict[Outcome, int]:
        found = Counter(village.outcome for village in self.villages)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def exceptions(self) -> list[VillageOutcome]:
        """Everything that is not simply matched, or not as written."""
        return [village for village in self.villages if village.outcome != "matched" or village.why]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "counts": self.counts}


def load_boundaries(
    paths: Sequence[Path],
    origin: Origin,
    answers: Answers = Answers(),
    *,
    keep_current: bool = False,
    max_bytes: int = MAX_BYTES,
    progress: Progress = lambda _file, _done, _total: None,
) -> BoundaryReport:
    """Store the files' village polygons as one new set, current in the regencies it covers.

    With `keep_current` it only lies beside those that are current, to be switched to later.
    All or nothing: raises Refused when a file cannot be read, it is undecided which villages it
    means, or none is known. Loads wait for each other; the set loaded last is the current one.
    """
    files: list[FileReport] = []
    found: list[FoundVillage] = []
    where = ""
    try:
        for path in paths:
            where = f"{path.name}: "
            source = read_source(path, max_bytes)
            confirmed = answers.confirmed.get(source.name, {})
            report, villages = read_villages(source, answers.said, confirmed, progress)
            villages = without_fragments(villages, _villages_of(villages))
            files.append(replace(report, clipped=clipped(villages)))
            found += villages
        where = where if len(paths) == 1 else ""
        found = settled(found, _lacking(found))
        mess, overlaps = _mess_and_overlaps(found)
    except TangledError:
        why = "the polygons lie over one another: it is no layer of villages"
        raise Refused([f"{where}{why}"]) from None
    except shapely.errors.GEOSException as error:
        raise Refused([f"{where}the polygons cannot be compared: {error}"]) from None
    with transaction.atomic():
        lock_boundaries()
        return _store_set(origin, files, found, mess, overlaps, keep_current=keep_current)


def _mess_and_overlaps(
    found: Iterable[FoundVillage],
) -> tuple[dict[str, Mess], dict[str, list[NeighbourOverlap]]]:
    drawn = [
        (entry.region, entry.polygon)
        for entry in found
        if entry.region and entry.is_kept and entry.polygon is not None
    ]
    villages = [region for region, _ in drawn]
    regencies = [region[:5] for region in villages]
    polygons = np.array([polygon for _, polygon in drawn], dtype=object)
    try:
        neighbours = neighbours_of(polygons, regencies)
        overlaps = overlaps_with(neighbours, polygons, regencies)
    except TangledError:
        return mess_of(polygons, villages, regencies), {}
    return mess_of(polygons, villages, regencies, neighbours.polygons), overlaps


def _villages_of(found: Iterable[FoundVillage]) -> dict[str, int]:
    """How many villages the regencies of these features have."""
    codes = {entry.region[:5] for entry in found if entry.region}
    return dict(
        bulk.run(
            "SELECT left(code, 5), count(*) FROM outreach_region AS village"
            f" WHERE level = 4 AND left(code, 5) = ANY(%s) AND {IS_TODAYS} GROUP BY 1",
            [sorted(codes)],
        )
    )


def _lacking(found: Iterable[FoundVillage]) -> dict[str, list[str]]:
    """By regency the villages that no feature is for, where several features are for one."""
    counts = Counter(entry.region for entry in found if entry.region and entry.is_kept)
    twice = {code[:5] for code, count in counts.items() if count > 1}
    lacking: dict[str, list[str]] = {}
    for code, _ in _others(twice, list(counts)):
        lacking.setdefault(code[:5], []).append(code)
    return lacking


def _others(regencies: Collection[str], villages: Sequence[str]) -> list[tuple[str, str]]:
    """Codes and names of today's villages in regencies that are none of these, by code."""
    return bulk.run(
        "SELECT code, name FROM outreach_region AS village"
        f" WHERE level = 4 AND left(code, 5) = ANY(%s) AND {IS_TODAYS}"
        " AND NOT code = ANY(%s) ORDER BY code",
        [sorted(regencies), villages],
    )


def _store_set(
    origin: Origin,
    files: list[FileReport],
    found: Sequence[FoundVillage],
    mess: dict[str, Mess],
    overlaps: dict[str, list[NeighbourOverlap]],
    *,
    keep_current: bool,
) -> BoundaryReport:
    kept = {entry.region: entry for entry in found if entry.region and entry.is_kept}
    if not kept:
        why = "none of the features is a known village"
        raise NoneMatched([why, *_reasons(found)], [entry.outcome for entry in found])
    if all(entry.polygon is None for entry in kept.values()):
        why = "none of the features has a polygon that can be used"
        raise NoneMatched([why, *_reasons(found)], [entry.outcome for entry in found])
    boundary_set = BoundarySet.objects.create(
        **asdict(origin), sha256=_sha256(files), loaded_at=timezone.now()
    )
    _store(boundary_set, kept)
    regencies = {code[:5] for code in kept}
    report = BoundaryReport(
        set_id=str(boundary_set.id),
        origin=origin,
        files=files,
        regencies=coverage(boundary_set.id, regencies)
        if keep_current
        else make_current(boundary_set.id, regencies, BoundaryChange.Kind.LOAD),
        villages=[entry.outcome for entry in found],
        absent=[AbsentVillage(*row) for row in _others(regencies, list(kept))],
        mess=mess,
        overlaps=overlaps,
    )
    boundary_set.report = report.as_json() | {
        "villages": [asdict(village) for village in report.exceptions]
    }
    boundary_set.save(update_fields=["report"])
    return report


def _reasons(found: Sequence[FoundVillage]) -> list[str]:
    reasons: dict[str, list[VillageOutcome]] = {}
    for entry in found:
        reasons.setdefault(entry.outcome.why, []).append(entry.outcome)
    most = sorted(reasons.items(), key=lambda item: -len(item[1]))[:_REASONS]
    told = [
        f"{len(those)} time{'' if len(those) == 1 else 's'}: {why}, {_examples(those)}"
        for why, those in most
    ]
    return told + [
        f"{entry.outcome.file} feature {entry.outcome.feature} {entry.outcome.name!r} may be"
        f" {', '.join(entry.outcome.candidates)}: say so with --confirm"
        for entry in found
        if entry.outcome.candidates
    ]


def _examples(outcomes: Sequence[VillageOutcome]) -> str:
    some = "; ".join(
        f"feature {outcome.feature} {f'{outcome.code} {outcome.name}'.strip()}".strip()
        for outcome in outcomes[:_EXAMPLES]
    )
    return f"as {some}"


def _sha256(files: Sequence[FileReport]) -> str:
    """The one file's, or that of all their hashes, a line each, in the order given."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256("".join(f"{file.sha256}\n" for file in files).encode()).hexdigest()


def _store(boundary_set: BoundarySet, kept: Mapping[str, FoundVillage]) -> None:
    areas = areas_km2(np.array([entry.polygon for entry in kept.values()], dtype=object))
    rows: list[dict[str, Any]] = []
    size = 0
    for (code, entry), area in zip(kept.items(), areas.tolist(), strict=True):
        wkb = None if entry.polygon is None else shapely.to_wkb(entry.polygon)
        rows.append(
            {
                "set_id": boundary_set.id,
                "region_id": code,
                "wkb": wkb and bulk.bytea(wkb),
                "area_km2": area if wkb else None,
                "is_disputed": entry.outcome.is_disputed,
                "is_current": False,
            }
        )
        size += len(wkb or b"")
        if size > _BYTES_PER_STATEMENT:
            bulk.insert(Boundary, rows)
            rows, size = [], 0
    bulk.insert(Boundary, rows)
