"""Locating beside a bare STRtree over the same polygons and points, in CPU time of one thread."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach import bulk
from outreach.geo.locating.index import VillageIndex
from sync.bench.scratch import BenchError

Points = tuple[NDArray[np.float64], NDArray[np.float64]]

BATCH = 500
BATCHES = 40
ROUNDS = 5
ACCURACIES_M = (3.0, 5.0, 10.0, 30.0, 100.0)
SPREAD_DEGREES = 0.003
_REGENCY = len("12.71")


def bench_locate(say: Callable[[str], None], within: str = "") -> dict[str, float]:
    """Measure and print; gives the ratio of locate to the bare tree by accuracy.

    Each batch comes from all over one regency. A round's are new places; then the last are asked
    once more.
    """
    rows = bulk.run(
        "SELECT region_id, wkb, border_error_m FROM outreach_boundary"
        " JOIN outreach_boundaryset AS source ON source.id = set_id"
        " WHERE is_current AND wkb IS NOT NULL"
    )
    codes, errors_m = [code for code, _, _ in rows], [error_m for _, _, error_m in rows]
    wkbs = [bytes(wkb) for _, wkb, _ in rows]
    polygons = shapely.from_wkb(wkbs)
    asked = polygons[np.array([code.startswith(within) for code in codes], dtype=np.bool_)]
    if not asked.size:
        raise BenchError("There are no boundaries there; load some with load_boundaries.")
    before_mib, began = _resident_mib(), time.perf_counter()
    index = VillageIndex.build(codes, wkbs, errors_m)
    say(
        f"{len(index):,} villages, built in {time.perf_counter() - began:.2f} s,"
        f" {_resident_mib() - before_mib:.0f} MiB more in memory"
    )
    rng = np.random.default_rng(7)
    regencies = np.array([code[:_REGENCY] for code in codes if code.startswith(within)])
    rounds = [_places(rng, asked, regencies) for _ in range(ROUNDS)]
    tree = shapely.STRtree(polygons)
    shapely.prepare(polygons)
    say(f"batches of {BATCH}; points/s of CPU time, and the part of a bare STRtree's")
    say("accuracy   first round    new places        ratio   same places        ratio")
    ratios = {}
    for accuracy_m in ACCURACIES_M:
        first, _ = _race(index, tree, rounds[0], accuracy_m)
        new = [_race(index, tree, points, accuracy_m) for points in rounds[1:]]
        same = [_race(index, tree, rounds[-1], accuracy_m) for _ in rounds[1:]]
        new_ratio, same_ratio = (median(ratio for _, ratio in part) for part in (new, same))
        say(
            f"{accuracy_m:>6.0f} m{first:>14,.0f}"
            f"{median(rate for rate, _ in new):>14,.0f}{new_ratio:>13.2f}"
            f"{median(rate for rate, _ in same):>14,.0f}{same_ratio:>13.2f}"
        )
        ratios[f"locate_to_bare_{accuracy_m:.0f}_m"] = new_ratio
    say(f"{_resident_mib() - before_mib:.0f} MiB more in memory, the bare tree's polygons included")
    return ratios


def _places(
    rng: np.random.Generator, polygons: NDArray[np.object_], regencies: NDArray[np.str_]
) -> Points:
    """Latitudes and longitudes near random villages, a row for each batch."""
    of = [
        rng.choice(np.flatnonzero(regencies == regency), BATCH)
        for regency in rng.choice(regencies, BATCHES)
    ]
    at = shapely.point_on_surface(polygons[np.array(of)])
    return (
        shapely.get_y(at) + rng.normal(0, SPREAD_DEGREES, at.shape),
        shapely.get_x(at) + rng.normal(0, SPREAD_DEGREES, at.shape),
    )


def _race(
    index: VillageIndex, tree: shapely.STRtree, points: Points, accuracy_m: float
) -> tuple[float, float]:
    """Our points/s, and how many times a bare tree's that is; by turns, to share disturbances."""
    accuracies, kinds = np.full(BATCH, accuracy_m), ["p68"] * BATCH
    ours = bare = 0.0
    for lat, lon in zip(*points, strict=True):
        began = time.thread_time()
        index.locate(lat, lon, accuracies, kinds)
        between = time.thread_time()
        tree.query(shapely.points(lon, lat), predicate="intersects")
        ours += between - began
        bare += time.thread_time() - between
    return points[0].size / ours, bare / ours


def _resident_mib() -> float:
    """0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
