"""The mass of each village around fixes near borders, from the cells they lie in.

Villages that meet without gap or overlap share a fix by their masses. Two villages' overlap is
halved, as by the rules, and so is a sliver between them. Wider gaps that several villages may claim
are left to samples, and so are larger overlaps of three and those by the outside.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from outreach.geo.borders import GAP_M, OUTSIDE, Cells, bounded, repeated
from outreach.geo.gaussian import REACH_SIGMAS, lost_beyond, unit_samples

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

# Marks beside OUTSIDE and the numbers of villages.
SHARED, WIDER = -3, -4
_UNCLEAR = -5
_SAMPLE_X, _SAMPLE_Y = unit_samples()
_SAMPLES = _SAMPLE_X.size
# Nearer to an edge than this, arithmetic cannot tell the side: in metres, and in σ.
_ON_EDGE_M, _ON_EDGE_SIGMAS = 1e-5, 1e-6
# How much mass may be missing or double without asking whose it is.
_SLIVER = 0.08
_NOTHING = 0.005


@dataclass(frozen=True, slots=True)
class BorderErrors:
    """Of each village, in metres; `most` once more at the end, for OUTSIDE."""

    by_village: Floats
    least: float
    most: float

    @classmethod
    def of(cls, errors: Floats) -> Self:
        least, most = float(errors.min(initial=np.inf)), float(errors.max(initial=0.0))
        return cls(np.append(errors, most), least, most)


@dataclass(frozen=True, slots=True)
class Placed:
    """For each fix, in `found`, its one village (or OUTSIDE) or a mark; shares where SHARED.

    WIDER asks for a wider cell. `row`, `village` and `share` are triples of the SHARED ones; what
    is missing to 1 is outside.
    """

    found: Indices
    row: Indices
    village: Indices
    share: Floats


@dataclass(frozen=True, slots=True)
class _Runs:
    """Pairs of a fix (`row`) and a village that matters in its cell, in order."""

    row: Indices
    village: Indices
    inside: Flags


@dataclass(frozen=True, slots=True)
class _Edges:
    """Pairs of a run and an edge, in metres as gaussian.lost_beyond takes them in σ."""

    run: Indices
    row: Indices
    across: Floats
    start: Floats
    end: Floats
    distance: Floats

    def only(self, some: Flags) -> "_Edges":
        return _Edges(
            self.run[some],
            self.row[some],
            self.across[some],
            self.start[some],
            self.end[some],
            self.distance[some],
        )


def place(
    cells: Cells,
    slot: Indices,
    xy: tuple[Floats, Floats],
    gps_sigma: Floats,
    errors: BorderErrors,
    margin_m: Floats,
) -> Placed:
    """Place fixes at `xy` metres from their cells' centres.

    `margin_m` is how far each fix's cell sees.
    """
    runs, edges = _look_around(cells, slot, xy)
    error = _border_error(runs, edges, gps_sigma, errors, margin_m)
    sigma = np.sqrt(gps_sigma * gps_sigma + error * error)
    reach = np.maximum(REACH_SIGMAS * sigma, _ON_EDGE_M)
    near = edges.distance <= reach[edges.row]
    claims = np.bincount(runs.row[runs.inside], minlength=slot.size)
    found = np.full(slot.size, _UNCLEAR)
    found[runs.row[runs.inside]] = runs.village[runs.inside]
    found[claims > 1] = SHARED
    found[edges.row[near]] = SHARED
    # An error that is not a number asks for a wider cell, too.
    found[~(reach + GAP_M <= margin_m)] = WIDER
    in_reach = runs.inside.copy()
    in_reach[edges.run[edges.distance <= (2 * sigma + GAP_M)[edges.row]]] = True
    in_reach &= runs.village != OUTSIDE
    contenders = np.bincount(runs.row[in_reach], minlength=slot.size)
    near &= (found == SHARED)[edges.row]
    placed = _shared(found, runs, edges.only(near), sigma, contenders)
    unclear = np.flatnonzero(found == _UNCLEAR)
    if not unclear.size:
        return placed
    found[unclear] = SHARED
    row, village, share = _sampled(
        cells, slot[unclear], (xy[0][unclear], xy[1][unclear]), sigma[unclear]
    )
    return Placed(
        found,
        np.append(placed.row, unclear[row]),
        np.append(placed.village, village),
        np.append(placed.share, share),
    )


def _look_around(cells: Cells, slot: Indices, xy: tuple[Floats, Floats]) -> tuple[_Runs, _Edges]:
    """The villages of each fix's cell, which of them hold the fix, and where their edges lie."""
    row, nth = repeated(cells.runs[slot])
    run = cells.first_run[slot][row] + nth
    pair, nth = repeated(cells.run_edges[run])
    edge = cells.run_first_edge[run][pair] + nth
    fix = row[pair]
    px, py = xy[0][fix], xy[1][fix]
    ax, ay, bx, by = cells.ax[edge], cells.ay[edge], cells.bx[edge], cells.by[edge]
    # From the cell's centre to the fix, each edge that is crossed changes the side.
    split = (px * ay >= py * ax) != (px * by >= py * bx)
    centre_left = ax * by >= ay * bx
    along_x, along_y = bx - ax, by - ay
    ax, ay, bx, by = ax - px, ay - py, bx - px, by - py
    cross = ax * by - ay * bx
    crossed = split & (centre_left != (cross >= 0))
    odd = np.bincount(pair[crossed], minlength=run.size) & 1
    length = np.sqrt(along_x * along_x + along_y * along_y)
    start = (ax * along_x + ay * along_y) / length
    end = (bx * along_x + by * along_y) / length
    beside = np.maximum(np.maximum(start, -end), 0)
    across = cross / length
    distance = np.sqrt(across * across + beside * beside)
    runs = _Runs(row, cells.run_village[run], cells.run_holds_centre[run] != odd)
    return runs, _Edges(pair, fix, across, start, end, distance)


def _border_error(
    runs: _Runs, edges: _Edges, gps_sigma: Floats, errors: BorderErrors, margin_m: Floats
) -> Floats:
    """The largest border error of the villages a fix lies in; in none, of those in reach.

    Not a number where a village with a larger error may be in reach, but not in the cell.
    """
    if errors.least == errors.most:
        return np.full(gps_sigma.size, errors.most)
    of_run = np.where(runs.village == OUTSIDE, -1.0, errors.by_village[runs.village])
    error = np.full(gps_sigma.size, -1.0)
    np.maximum.at(error, runs.row[runs.inside], of_run[runs.inside])
    nowhere = error < 0
    if nowhere.any():
        distance = np.full(runs.row.size, np.inf)
        np.minimum.at(distance, edges.run, edges.distance)
        reach = REACH_SIGMAS * np.hypot(gps_sigma[runs.row], of_run) + GAP_M
        reached = nowhere[runs.row] & (distance <= reach)
        np.maximum.at(error, runs.row[reached], of_run[reached])
        blind = REACH_SIGMAS * np.hypot(gps_sigma, errors.most) + GAP_M > margin_m
        error[nowhere & blind] = np.nan
    return error.clip(0)


def _shared(
    found: Indices, runs: _Runs, near: _Edges, sigma: Floats, contenders: Indices
) -> Placed:
    """Shares of the fixes marked SHARED; marks those _UNCLEAR whose shares masses do not tell.

    `contenders` counts the villages that may claim a gap around each fix.
    """
    fixes = found.size
    unit = 1 / np.maximum(sigma, _ON_EDGE_M)[near.row]
    lost = lost_beyond(near.across * unit, near.start * unit, near.end * unit)
    mass = runs.inside - np.bincount(near.run, lost, minlength=runs.row.size)
    involved = runs.inside.copy()
    involved[near.run] = True
    kept = np.flatnonzero(involved & (found == SHARED)[runs.row])
    row, village, mass = runs.row[kept], runs.village[kept], mass[kept].clip(0, 1)
    outside = np.bincount(row, np.where(village == OUTSIDE, mass, 0), minlength=fixes)
    of_village = village != OUTSIDE
    row, village, mass = row[of_village], village[of_village], mass[of_village]
    number = np.bincount(row, minlength=fixes)
    total = np.bincount(row, mass, minlength=fixes)
    missing = 1 - outside - total
    on_edge = near.distance <= np.maximum(_ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[near.row])
    unclear = (number == 0) | (missing > _SLIVER) & (contenders > 1)
    unclear |= (missing < -_SLIVER) & ((number > 2) | (outside > _NOTHING))
    unclear[near.row[on_edge]] = True
    found[unclear & (found == SHARED)] = _UNCLEAR
    share = np.where(
        number[row] > 2,
        mass * ((1 - outside) / np.maximum(total, 1e-9))[row],
        mass + (missing / np.maximum(number, 1))[row],
    )
    clear = found[row] == SHARED
    return Placed(found, row[clear], village[clear], share[clear].clip(0))


def _sampled(
    cells: Cells, slot: Indices, xy: tuple[Floats, Floats], sigma: Floats
) -> tuple[Indices, Indices, Floats]:
    """Triples of fix, village and share, by the rules for each of a fixed set of samples."""
    slot = np.repeat(slot, _SAMPLES)
    x = (xy[0][:, None] + sigma[:, None] * _SAMPLE_X).ravel()
    y = (xy[1][:, None] + sigma[:, None] * _SAMPLE_Y).ravel()
    parts = bounded(cells.edges[slot])
    claims = [_claims(cells, slot[part], (x[part], y[part])) for part in parts]
    sample = np.concatenate([part[row] for part, (row, _) in zip(parts, claims, strict=True)])
    village = np.concatenate([village for _, village in claims])
    weight = 1 / (np.bincount(sample, minlength=slot.size) * _SAMPLES)[sample]
    villages = int(village.max(initial=0)) + 1
    pairs, pair = np.unique(sample // _SAMPLES * villages + village, return_inverse=True)
    share = np.zeros(pairs.size)
    np.add.at(share, pair, weight)
    return pairs // villages, pairs % villages, share


def _claims(cells: Cells, slot: Indices, xy: tuple[Floats, Floats]) -> tuple[Indices, Indices]:
    """Pairs of a point and a village that claims it: it is inside, or nearest within 25 m."""
    runs, edges = _look_around(cells, slot, xy)
    distance = np.full(runs.row.size, np.inf)
    np.minimum.at(distance, edges.run, edges.distance)
    is_village = runs.village != OUTSIDE
    claims = is_village & (runs.inside | (distance <= _ON_EDGE_M))
    number = np.bincount(runs.row[claims], minlength=slot.size)
    in_gap = np.flatnonzero(is_village & (number == 0)[runs.row] & (distance <= GAP_M))
    nearest = np.full(slot.size, np.inf)
    np.minimum.at(nearest, runs.row[in_gap], distance[in_gap])
    claims[in_gap[distance[in_gap] == nearest[runs.row[in_gap]]]] = True
    return runs.row[claims], runs.village[claims]
