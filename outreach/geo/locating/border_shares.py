"""The mass of each village around fixes near borders, from the cells they lie in.

Villages that meet without gap or overlap share a fix by their masses. Two villages' overlap is
halved, as by the rules, and so is a sliver between them. Wider gaps that several villages may claim
are left to samples, and so are larger overlaps of three and those by the outside.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from outreach.geo.locating.border_cells import GAP_M, OUTSIDE, Cells, bounded
from outreach.geo.locating.gaussian import REACH_SIGMAS, lost_beyond, unit_samples
from outreach.geo.locating.outlines import repeated

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

# Marks beside OUTSIDE and the numbers of villages.
SHARED, WIDER, OPEN = -3, -4, -5
_UNCLEAR, _ON_EDGE = -6, -7
_SAMPLE_X, _SAMPLE_Y = unit_samples()
_SAMPLES = _SAMPLE_X.size
_WIDE_SIGMA_M = 50.0
_FARTHEST_SAMPLE = 1.01 * float(np.hypot(_SAMPLE_X, _SAMPLE_Y).max())
# Nearer to an edge than this, arithmetic cannot tell the side: in metres, and in σ.
_ON_EDGE_M, _ON_EDGE_SIGMAS = 1e-5, 1e-6
# How much mass may be missing or double without asking whose it is.
_SLIVER = 0.08
_NOTHING = 0.005
# Less than this is missing where the outside is not looked for, around a fix in one village alone.
_HARDLY_MISSING = 0.01
# GEOS closes gaps in degrees, which are not the same length everywhere.
_WIDEST_GAP_M = 1.05 * GAP_M
# A fix on an edge is moved by so little, in one direction or else another.
_STEP_SIGMAS, _SMALLEST_STEP_M = 1e-4, 1e-4
_STEPS = ((0.0, 0.0), (0.54, 0.84), (-0.97, 0.24), (0.55, -0.83))


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
    sigma: Floats
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

    `margin_m` is how far each fix's cell sees. Only cells that are open know the outside.
    """
    found, sigma = np.full(slot.size, _ON_EDGE), gps_sigma.copy()
    parts: list[tuple[Indices, Indices, Floats]] = []
    step_m = np.hypot(gps_sigma, errors.least) * _STEP_SIGMAS
    for east, north in _STEPS:
        rows = np.flatnonzero(found == _ON_EDGE)
        if parts:
            rows = rows[step_m[rows] >= _SMALLEST_STEP_M]
        if not rows.size:
            break
        at = xy[0][rows] + east * step_m[rows], xy[1][rows] + north * step_m[rows]
        placed = _placed(cells, slot[rows], at, gps_sigma[rows], errors, margin_m[rows])
        found[rows], sigma[rows] = placed.found, placed.sigma
        parts.append((rows[placed.row], placed.village, placed.share))
    # Wide cells have many edges that no sample sees; on an edge only the cell can tell the side.
    is_wide = (found == _UNCLEAR) & (sigma > _WIDE_SIGMA_M)
    is_narrow = ((found == _UNCLEAR) | (found == _ON_EDGE)) & ~is_wide
    for rows, wide in ((np.flatnonzero(is_wide), True), (np.flatnonzero(is_narrow), False)):
        if not rows.size:
            continue
        found[rows] = SHARED
        around, of, at = cells, slot[rows], (xy[0][rows], xy[1][rows])
        if wide:
            far_m = _FARTHEST_SAMPLE * sigma[rows] + 2 * GAP_M
            around = _around(cells, of, at, far_m)
            of, at = np.arange(rows.size), (np.zeros(rows.size), np.zeros(rows.size))
        row, village, share = _sampled(around, of, at, sigma[rows])
        parts.append((rows[row], village, share))
    return Placed(found, sigma, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _placed(
    cells: Cells,
    slot: Indices,
    xy: tuple[Floats, Floats],
    gps_sigma: Floats,
    errors: BorderErrors,
    margin_m: Floats,
) -> Placed:
    """Place fixes as `place` does, those marked _UNCLEAR or _ON_EDGE left to it."""
    runs, edges = _look_around(cells, slot, xy)
    error = _border_error(runs, edges, gps_sigma, errors, margin_m)
    sigma = np.sqrt(gps_sigma * gps_sigma + error * error)
    reach = np.maximum(REACH_SIGMAS * sigma, _ON_EDGE_M)
    near = edges.distance <= reach[edges.row]
    at_home = runs.inside & (runs.village != OUTSIDE)
    claims = np.bincount(runs.row[at_home], minlength=slot.size)
    found = np.full(slot.size, _UNCLEAR)
    found[runs.row[runs.inside]] = runs.village[runs.inside]
    found[claims > 1] = SHARED
    found[edges.row[near]] = SHARED
    is_closed = ~cells.is_open[slot]
    if is_closed.any():
        found[is_closed & (claims != 1)] = OPEN
        far_out = is_closed & (claims == 0)
        far_out[edges.row[edges.distance <= (reach + _WIDEST_GAP_M)[edges.row]]] = False
        found[far_out] = OUTSIDE
    on_edge = edges.distance <= np.maximum(_ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[edges.row])
    found[edges.row[on_edge]] = _ON_EDGE
    # An error that is not a number asks for a wider cell, too.
    found[~(reach + _WIDEST_GAP_M <= margin_m)] = WIDER
    near &= (found == SHARED)[edges.row]
    in_reach = runs.inside.copy()
    in_reach[edges.run[edges.distance <= (2 * sigma + GAP_M)[edges.row]]] = True
    in_reach &= runs.village != OUTSIDE
    contenders = np.bincount(runs.row[in_reach], minlength=slot.size)
    return _shared(found, runs, edges.only(near), sigma, contenders, (claims, is_closed))


def _pairs(cells: Cells, slot: Indices) -> tuple[Indices, Indices, Indices, Indices]:
    """Pairs of a fix and a run of its cell, and pairs of such a pair and an edge."""
    row, nth = repeated(cells.runs[slot])
    run = cells.first_run[slot][row] + nth
    pair, nth = repeated(cells.run_edges[run])
    return row, run, pair, cells.run_first_edge[run][pair] + nth


def _around(cells: Cells, slot: Indices, xy: tuple[Floats, Floats], far_m: Floats) -> Cells:
    """A cell around each fix that knows its villages and the edges so near, and nothing else."""
    _, _, pair, edge = _pairs(cells, slot)
    runs, edges = _look_around(cells, slot, xy)
    near = edges.distance <= far_m[edges.row]
    pair, edge, fix = pair[near], edge[near], edges.row[near]
    number = cells.runs[slot]
    run_edges = np.bincount(pair, minlength=runs.row.size)
    return replace(
        cells,
        first_run=np.cumsum(number) - number,
        runs=number,
        edges=np.bincount(fix, minlength=slot.size),
        run_village=runs.village,
        run_holds_centre=runs.inside,
        run_first_edge=np.cumsum(run_edges) - run_edges,
        run_edges=run_edges,
        ax=cells.ax[edge] - xy[0][fix],
        ay=cells.ay[edge] - xy[1][fix],
        bx=cells.bx[edge] - xy[0][fix],
        by=cells.by[edge] - xy[1][fix],
    )


def _look_around(cells: Cells, slot: Indices, xy: tuple[Floats, Floats]) -> tuple[_Runs, _Edges]:
    """The villages of each fix's cell, which of them hold the fix, and where their edges lie."""
    row, run, pair, edge = _pairs(cells, slot)
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
    found: Indices,
    runs: _Runs,
    near: _Edges,
    sigma: Floats,
    contenders: Indices,
    at_home: tuple[Indices, Flags],
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
    # A village's own land leaves no room for the outside, unless masses tell otherwise.
    is_full = (at_home[0] == 1) & (np.abs(1 - total) <= _HARDLY_MISSING)
    outside[is_full] = 0
    missing = 1 - outside - total
    unclear = (number == 0) | (missing > _SLIVER) & (contenders > 1)
    unclear |= (missing < -_SLIVER) & ((number > 2) | (outside > _NOTHING))
    found[unclear & (found == SHARED)] = _UNCLEAR
    found[at_home[1] & ~is_full & ((found == SHARED) | (found == _UNCLEAR))] = OPEN
    share = np.where(
        number[row] > 2,
        mass * ((1 - outside) / np.maximum(total, 1e-9))[row],
        mass + (missing / np.maximum(number, 1))[row],
    )
    clear = found[row] == SHARED
    return Placed(found, sigma, row[clear], village[clear], share[clear].clip(0))


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
