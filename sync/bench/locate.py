"""Locating beside a bare STRtree over the same polygons and points."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import shapely

from outreach import bulk
from outreach.places.index import village_index
from sync.bench.scratch import BenchError

POINTS = 50_000
BATCH = 500
ROUNDS = 5


def bench_locate(say: Callable[[str], None]) -> dict[str, float]:
    """Measure and print; gives the ratio of locate to the bare tree."""
    rows = bulk.run("SELECT wkb FROM outreach_boundary WHERE is_current AND wkb IS NOT NULL")
    if not rows:
        raise BenchError("There are no boundaries; load some with load_boundaries.")
    polygons = shapely.from_wkb([bytes(wkb) for (wkb,) in rows])
    rng = np.random.default_rng(7)
    anchors = shapely.point_on_surface(polygons[rng.integers(0, len(polygons), POINTS)])
    lons = shapely.get_x(anchors) + rng.normal(0, 0.003, POINTS)
    lats = shapely.get_y(anchors) + rng.normal(0, 0.003, POINTS)
    accuracies = np.clip(rng.lognormal(2.7, 0.7, POINTS), 3, 200)
    tree = shapely.STRtree(polygons)
    shapely.prepare(polygons)
    index = village_index()

    def bare() -> None:
        for start in range(0, POINTS, BATCH):
            part = slice(start, start + BATCH)
            tree.query(shapely.points(lons[part], lats[part]), predicate="intersects")

    def located() -> None:
        for start in range(0, POINTS, BATCH):
            part = slice(start, start + BATCH)
            index.locate(lats[part], lons[part], accuracies[part], ["p68"] * BATCH)

    located()
    pairs = [(_rate(located), _rate(bare)) for _ in range(ROUNDS)]
    say(f"{len(polygons)} villages, batches of {BATCH}, median accuracy 15 m")
    say(f"locate        {median(ours for ours, _ in pairs):>10,.0f} points/s")
    say(f"bare STRtree  {median(theirs for _, theirs in pairs):>10,.0f} points/s")
    ratio = median(ours / theirs for ours, theirs in pairs)
    say(f"locate to bare STRtree: {ratio:.2f}")
    return {"locate_to_bare": ratio}


def _rate(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return POINTS / (time.perf_counter() - began)
