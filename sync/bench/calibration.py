"""Whether stated probabilities come true, by random true points around random fixes.

A true point that is uniform over the area with a Gaussian fix around it, and a uniform fix with a
Gaussian true point around it, are the same draw: so each uncertain fix gets many true points. And
as that holds at each fix by itself, fixes may lie where answers are uncertain, along the borders.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach import bulk
from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.border_cells import GAP_DEGREES
from outreach.geo.locating.index import P68_SIGMAS, P95_SIGMAS, Placement, VillageIndex
from sync.bench.scratch import BenchError

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Box = tuple[float, float, float, float]
# Longitudes and latitudes of so many random fixes.
Draw = Callable[[np.random.Generator, int], tuple[Floats, Floats]]

ACCURACIES_M = (10.0, 30.0, 100.0, 300.0)
UNCERTAIN = 20_000
MOST_FIXES = 2_000_000
# A bench looks at no more villages, so that time goes into fixes; all accuracies have the same.
MOST_VILLAGES = 1_000
LONGEST_S = 25.0
ROUND = 4_000
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
    uncertain: int
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


def all_over(box: Box) -> Draw:
    """Fixes anywhere in a box: west, south, east, north."""
    west, south, east, north = box
    return lambda rng, fixes: (rng.uniform(west, east, fixes), rng.uniform(south, north, fixes))


def along_borders(villages: NDArray[np.object_], errors_m: Floats, accuracy_m: float) -> Draw:
    """Fixes beside the borders of villages, all equally often, mostly near enough to be uncertain.

    `errors_m` are those of the villages' borders.
    """
    borders = shapely.boundary(villages)
    spread_m = 2 * np.hypot(accuracy_m / P68_SIGMAS, errors_m)

    def draw(rng: np.random.Generator, fixes: int) -> tuple[Floats, Floats]:
        of = rng.integers(0, len(villages), fixes)
        # A part of a border by its length, or else only the first part would ever be asked.
        parts, whose = shapely.get_parts(borders[of], return_index=True)
        ends = np.cumsum(shapely.length(parts))
        last = np.searchsorted(whose, np.arange(fixes), side="right") - 1
        first = np.searchsorted(whose, np.arange(fixes))
        begin = ends[first] - shapely.length(parts[first])
        at = begin + rng.random(fixes) * (ends[last] - begin)
        part = np.searchsorted(ends, at).clip(first, last)
        on = shapely.line_interpolate_point(
            parts[part], at - ends[part] + shapely.length(parts[part])
        )
        lat_m, lon_m = metres_per_degree(shapely.get_y(on))
        return (
            shapely.get_x(on) + rng.normal(size=fixes) * spread_m[of] / lon_m,
            shapely.get_y(on) + rng.normal(size=fixes) * spread_m[of] / lat_m,
        )

    return draw


def calibrate(
    layer: Layer,
    draw: Draw,
    accuracy_m: float,
    *,
    uncertain: int,
    longest_s: float = np.inf,
    say: Callable[[int], None] = lambda _: None,
) -> Calibration:
    """Fixes, half p68, half p95, until enough are uncertain or time is up; at least one round.

    Villages that were not stated and came true count as stated with 0. After each round `say` is
    told how many fixes were uncertain.
    """
    rng = np.random.default_rng(SEED)
    counts, stated, observed = (
        np.zeros(DECILES, dtype=np.intp),
        np.zeros(DECILES),
        np.zeros(DECILES),
    )
    fixes = unsure = 0
    until = time.monotonic() + longest_s
    while not fixes or (unsure < uncertain and fixes < MOST_FIXES and time.monotonic() < until):
        said, came, several = _round(rng, layer, draw, accuracy_m)
        fixes += ROUND
        unsure += several
        decile = np.minimum((said * DECILES).astype(np.intp), DECILES - 1)
        counts += np.bincount(decile, minlength=DECILES)
        stated += np.bincount(decile, said, minlength=DECILES)
        observed += np.bincount(decile, came, minlength=DECILES)
        say(unsure)
    number = np.maximum(counts, 1)
    return Calibration(fixes, unsure, counts, stated / number, observed / number)


def bench_calibration(say: Callable[[str], None], within: str = "") -> dict[str, float]:
    """Measure and print the current boundaries' calibration; gives the worst error by accuracy.

    It takes some two minutes at most, however many villages there are.
    """
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
    some = np.flatnonzero(asked)
    if some.size > MOST_VILLAGES:
        some = np.random.default_rng(SEED).choice(some, MOST_VILLAGES, replace=False)
        say(f"{MOST_VILLAGES:,} of {asked.sum():,} villages, drawn at random")
    villages, village_errors_m = layer.polygons[some], np.array(errors_m, dtype=np.float64)[some]
    worst = {}
    for accuracy_m in ACCURACIES_M:
        found = calibrate(
            layer,
            along_borders(villages, village_errors_m, accuracy_m),
            accuracy_m,
            uncertain=UNCERTAIN,
            longest_s=LONGEST_S,
            say=partial(_tell, say, accuracy_m),
        )
        say(
            f"accuracy {accuracy_m:.0f} m: {found.uncertain:,} of {found.fixes:,} fixes along the"
            f" borders of {some.size:,} villages were uncertain"
        )
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


def _tell(say: Callable[[str], None], accuracy_m: float, unsure: int) -> None:
    say(f"  {accuracy_m:.0f} m: {unsure:,} of {UNCERTAIN:,} uncertain fixes")


def _round(
    rng: np.random.Generator, layer: Layer, draw: Draw, accuracy_m: float
) -> tuple[Floats, Floats, int]:
    """Stated and true shares of pairs of a fix and a village, and how many fixes were uncertain."""
    lon, lat = draw(rng, ROUND)
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
