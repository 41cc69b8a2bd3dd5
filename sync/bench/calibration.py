"""Whether stated probabilities come true, by random true points around random fixes.

A true point that is uniform over the area with a Gaussian fix around it, and a uniform fix with a
Gaussian true point around it, are the same draw: so each uncertain fix gets many true points.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach import bulk
from outreach.geo.borders import GAP_DEGREES
from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating import P68_SIGMAS, P95_SIGMAS, Placement, VillageIndex
from sync.bench.scratch import BenchError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Box = tuple[float, float, float, float]

ACCURACIES_M = (10.0, 30.0, 100.0, 300.0)
UNCERTAIN = 20_000
MOST_FIXES = 2_000_000
ROUND = 20_000
TRUTHS = 25
# A decile with fewer has an error by chance alone.
ENOUGH = 100
DECILES = 10
SEED = 20_261_121


class Layer:
    """Village polygons, asked by the rules and without the index; `outside` is one more village."""

    def __init__(
        self, codes: Sequence[str], wkbs: Sequence[bytes], border_errors_m: Sequence[float]
    ) -> None:
        self.codes = list(codes)
        self.outside = len(self.codes)
        self.number = {code: number for number, code in enumerate(self.codes)}
        self.polygons = shapely.from_wkb(list(wkbs))
        shapely.prepare(self.polygons)
        self.index = VillageIndex.build(codes, wkbs, border_errors_m)
        self._border_errors_m = np.array(border_errors_m, dtype=np.float64)
        self._tree = shapely.STRtree(self.polygons)

    def villages_at(self, lon: Floats, lat: Floats) -> tuple[Indices, Indices]:
        """Pairs of a point and a village that holds it; in gaps the nearest one within 25 m."""
        at = shapely.points(lon, lat)
        point, village = self._tree.query(at, predicate="intersects")
        lost = np.setdiff1d(np.arange(lon.size), point)
        gap, nearest = self._tree.query_nearest(at[lost], max_distance=GAP_DEGREES)
        nowhere = np.setdiff1d(np.arange(lost.size), gap)
        return (
            np.concatenate((point, lost[gap], lost[nowhere])),
            np.concatenate((village, nearest, np.full(nowhere.size, self.outside))),
        )

    def border_errors_at(self, lon: Floats, lat: Floats) -> Floats:
        """The largest border error of the villages that hold a point, or else of the nearest."""
        at = shapely.points(lon, lat)
        error = np.full(lon.size, -1.0)
        for point, village in (
            self._tree.query(at, predicate="intersects"),
            self._tree.query_nearest(at),
        ):
            unknown = error[point] < 0
            np.maximum.at(error, point[unknown], self._border_errors_m[village[unknown]])
        return error


@dataclass(frozen=True, slots=True)
class Calibration:
    """For ten deciles of stated probability: how often it was stated, its mean, what came true."""

    fixes: int
    counts: Indices
    stated: Floats
    observed: Floats

    @property
    def errors(self) -> Floats:
        return self.stated - self.observed

    @property
    def worst(self) -> float:
        """The largest error of a decile that was stated often enough to tell."""
        return float(np.abs(self.errors[self.counts >= ENOUGH]).max(initial=0.0))


def calibrate(layer: Layer, box: Box, accuracy_m: float, *, uncertain: int) -> Calibration:
    """Fixes in a box (west, south, east, north), half p68, half p95, until enough are uncertain.

    Villages that were not stated and came true count as stated with 0.
    """
    rng = np.random.default_rng(SEED)
    counts, stated, observed = (
        np.zeros(DECILES, dtype=np.intp),
        np.zeros(DECILES),
        np.zeros(DECILES),
    )
    fixes = unsure = 0
    while unsure < uncertain and fixes < MOST_FIXES:
        said, came, several = _round(rng, layer, box, accuracy_m)
        fixes += ROUND
        unsure += several
        decile = np.minimum((said * DECILES).astype(np.intp), DECILES - 1)
        counts += np.bincount(decile, minlength=DECILES)
        stated += np.bincount(decile, said, minlength=DECILES)
        observed += np.bincount(decile, came, minlength=DECILES)
    number = np.maximum(counts, 1)
    return Calibration(fixes, counts, stated / number, observed / number)


def bench_calibration(say: Callable[[str], None], within: str = "") -> dict[str, float]:
    """Measure and print the current boundaries' calibration; gives the worst error by accuracy."""
    rows = bulk.run(
        "SELECT region_id, wkb, border_error_m FROM outreach_boundary"
        " JOIN outreach_boundaryset AS source ON source.id = set_id"
        " WHERE is_current AND wkb IS NOT NULL ORDER BY region_id"
    )
    asked = np.array([code.startswith(within) for code, _, _ in rows], dtype=np.bool_)
    if not asked.any():
        raise BenchError("There are no boundaries there; load some with load_boundaries.")
    codes, wkbs, errors_m = zip(*rows, strict=True)
    layer = Layer(codes, [bytes(wkb) for wkb in wkbs], errors_m)
    west, south, east, north = shapely.total_bounds(layer.polygons[asked]).tolist()
    worst = {}
    for accuracy_m in ACCURACIES_M:
        found = calibrate(layer, (west, south, east, north), accuracy_m, uncertain=UNCERTAIN)
        say(f"accuracy {accuracy_m:.0f} m, {found.fixes:,} fixes around {asked.sum():,} villages")
        say("  stated          count     mean  observed    error")
        for decile in range(DECILES):
            say(
                f"  {decile / DECILES:.1f} to {(decile + 1) / DECILES:.1f}"
                f"{found.counts[decile]:>13,}{found.stated[decile]:>9.4f}"
                f"{found.observed[decile]:>10.4f}{found.errors[decile]:>+9.4f}"
            )
        worst[f"calibration_{accuracy_m:.0f}_m"] = found.worst
    say(f"worst error of a decile: {max(worst.values()):.4f}")
    return worst


def _round(
    rng: np.random.Generator, layer: Layer, box: Box, accuracy_m: float
) -> tuple[Floats, Floats, int]:
    """Stated and true shares of pairs of a fix and a village, and how many fixes were uncertain."""
    west, south, east, north = box
    lon, lat = rng.uniform(west, east, ROUND), rng.uniform(south, north, ROUND)
    is_p95 = rng.random(ROUND) < 0.5
    kinds = np.where(is_p95, "p95", "p68").tolist()
    placements = layer.index.locate(lat, lon, np.full(ROUND, accuracy_m), kinds)
    said = _stated(layer, placements)
    several = np.bincount(said[0], minlength=ROUND) > 1
    truths = np.where(several, TRUTHS, 1)
    fix = np.repeat(np.arange(ROUND), truths)
    sigma = np.hypot(
        accuracy_m / np.where(is_p95, P95_SIGMAS, P68_SIGMAS), layer.border_errors_at(lon, lat)
    )
    lat_m, lon_m = metres_per_degree(lat)
    truth, village = layer.villages_at(
        lon[fix] + rng.normal(size=fix.size) * (sigma / lon_m)[fix],
        lat[fix] + rng.normal(size=fix.size) * (sigma / lat_m)[fix],
    )
    claims = np.bincount(truth, minlength=fix.size)
    came = 1 / (claims[truth] * truths[fix[truth]])
    return *_paired(layer, said, (fix[truth], village, came)), int(np.count_nonzero(several))


def _stated(layer: Layer, placements: list[Placement]) -> tuple[Indices, Indices, Floats]:
    """Triples of fix, village (or outside) and stated probability."""
    triples = [
        (fix, layer.number[code], share)
        for fix, placement in enumerate(placements)
        for code, share in placement.probabilities
    ]
    triples += [
        (fix, layer.outside, placement.outside)
        for fix, placement in enumerate(placements)
        if placement.outside
    ]
    fix, village, share = zip(*triples, strict=True)
    return np.array(fix), np.array(village), np.array(share)


def _paired(
    layer: Layer,
    said: tuple[Indices, Indices, Floats],
    came: tuple[Indices, Indices, Floats],
) -> tuple[Floats, Floats]:
    """The shares of both for each pair of fix and village that is in either."""
    keys = np.concatenate([part[0] * (layer.outside + 1) + part[1] for part in (said, came)])
    pairs, pair = np.unique(keys, return_inverse=True)
    shares = np.zeros((2, pairs.size))
    np.add.at(shares[0], pair[: said[0].size], said[2])
    np.add.at(shares[1], pair[said[0].size :], came[2])
    return shares[0], shares[1]
