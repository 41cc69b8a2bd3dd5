"""The village index of this process: a cache of the boundaries that are current."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from outreach import bulk
from outreach.geo.locating import Fix, Placement, VillageIndex

__all__ = ["Fix", "Placement", "locate_all", "village_index"]


@dataclass(frozen=True, slots=True)
class _Held:
    version: str
    index: VillageIndex


_held: _Held | None = None
_building = threading.Lock()


def village_index() -> VillageIndex:
    """The index of the current boundaries, built on first use and when they have changed.

    Costs one small statement. One thread builds while the others wait; whoever holds an index goes
    on with it.
    """
    global _held  # noqa: PLW0603 - the process's one cache, swapped whole
    version = _version()
    held = _held
    if held and held.version == version:
        return held.index
    with _building:
        version = _version()
        if not _held or _held.version != version:
            _held = _Held(version, _build())
        return _held.index


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


def _version() -> str:
    """Sets come and go whole, and what is current changes only with them."""
    [(ids,)] = bulk.run("SELECT string_agg(id::text, ' ' ORDER BY id) FROM outreach_boundaryset")
    return ids or ""


def _build() -> VillageIndex:
    rows = bulk.run(
        "SELECT region_id, wkb, border_error_m"
        " FROM outreach_boundary JOIN outreach_boundaryset AS source ON source.id = set_id"
        " WHERE is_current AND wkb IS NOT NULL"
    )
    return VillageIndex.build(
        [code for code, _, _ in rows],
        [bytes(wkb) for _, wkb, _ in rows],
        [error for _, _, error in rows],
    )
