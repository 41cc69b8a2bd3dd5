"""The village index of this process: a cache of the boundaries that are current."""

import ctypes
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import shapely

from outreach import bulk
from outreach.geo.locating.index import Fix, Placement, VillageIndex

__all__ = [
    "CurrentVillages",
    "Fix",
    "Placement",
    "current_villages",
    "locate_all",
    "newest_version",
    "village_index",
]

NEWEST_VERSION = "SELECT max(id) FROM outreach_boundarychange"


@dataclass(frozen=True, slots=True)
class CurrentVillages:
    """The index of what was current since the boundary change `version`; None before any."""

    version: int | None
    index: VillageIndex


_held: CurrentVillages | None = None
_building = threading.Lock()


def village_index() -> VillageIndex:
    """The index of the current boundaries: see `current_villages`."""
    return current_villages().index


def current_villages() -> CurrentVillages:
    """The index of the current boundaries, built on first use and when they have changed.

    Costs one small statement. One thread builds while the others wait; whoever holds an index goes
    on with it.
    """
    global _held  # noqa: PLW0603 - the process's one cache, swapped whole
    version = newest_version()
    held = _held
    if held and held.version == version:
        return held
    with _building:
        version = newest_version()
        if not _held or _held.version != version:
            _held = _build()
            _return_freed_memory()
        return _held


def locate_all(index: VillageIndex, fixes: Sequence[Fix | None]) -> list[Placement | None]:
    """A placement for each fix, in order; None where there is no fix."""
    there = [fix for fix in fixes if fix is not None]
    if not there:
        return [None] * len(fixes)
    found = iter(
        index.locate(
            [fix.lat for fix in there],
            [fix.lon for fix in there],
            [fix.accuracy_m for fix in there],
            [fix.accuracy_kind for fix in there],
        )
    )
    return [None if fix is None else next(found) for fix in fixes]


def newest_version() -> int | None:
    """The newest boundary change: nothing that is current changes without one."""
    [(version,)] = bulk.run(NEWEST_VERSION)
    return None if version is None else int(version)


def _return_freed_memory() -> None:
    """Else each thread that ever built a national index keeps some 400 MB for the next time."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _build() -> CurrentVillages:
    """One statement, so that boundaries and version are of one moment.

    Polygons of villages that have one successor are the successor's, joined where it has several.
    """
    rows = bulk.run(
        "SELECT newest.version, coalesce((SELECT gone.region_id FROM outreach_regionalias AS gone"
        " WHERE gone.system = 'kemendagri' AND gone.confidence = 'high'"
        " AND gone.code = outreach_boundary.region_id), outreach_boundary.region_id) AS today,"
        " wkb, border_error_m"
        " FROM (SELECT max(id) AS version FROM outreach_boundarychange) AS newest"
        " LEFT JOIN (outreach_boundary JOIN outreach_boundaryset AS source ON source.id = set_id)"
        " ON is_current AND wkb IS NOT NULL ORDER BY today"
    )
    polygons: dict[str, list[bytes]] = {}
    errors_m: dict[str, float] = {}
    for _, code, wkb, error_m in rows:
        if code is not None:
            polygons.setdefault(code, []).append(bytes(wkb))
            errors_m[code] = max(error_m, errors_m.get(code, 0.0))
    return CurrentVillages(
        rows[0][0],
        VillageIndex.build(
            list(polygons), [_joined(wkbs) for wkbs in polygons.values()], list(errors_m.values())
        ),
    )


def _joined(wkbs: Sequence[bytes]) -> bytes:
    if len(wkbs) == 1:
        return wkbs[0]
    whole: bytes = shapely.to_wkb(shapely.union_all(shapely.from_wkb(list(wkbs))))
    return whole
