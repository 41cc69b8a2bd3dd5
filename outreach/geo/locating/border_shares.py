"""The mass of each village around fixes near borders, from the cells they lie in.

Villages that meet without gap or overlap share a fix by their masses. Two villages' overlap is
halved, as by the rules, and so is a sliver between them. Wider gaps that several villages may claim
are left to samples, and so are larger overlaps of three and those by the outside.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.geo.locating.border_cells import GAP_M, OUTSIDE, BorderCells, Edges, Runs
from outreach.geo.locating.border_samples import ON_EDGE_M, Fixes, Triples, is_inland, sampled
from outreach.geo.locating.gaussian import REACH_SIGMAS, lost_beyond
from outreach.geo.locating.outside import Outside

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

# Marks beside OUTSIDE and the numbers of villages.
SHARED, WIDER = -3, -4
_UNCLEAR, _ON_EDGE = -5, -6
# Nearer to an edge than this, in σ, arithmetic cannot tell the side.
_ON_EDGE_SIGMAS = 1e-6
# How much mass may be missing or double without asking whose it is.
_SLIVER = 0.08
_NOTHING = 0.005
# Less than this is missing where the outside is not looked for, around a fix in one village alone.
_HARDLY_MISSING = 0.01
# Where more is missing, the outside is looked for without trying to tell that there is none.
_MOSTLY_SEA = 0.25
# GEOS closes gaps in degrees, which are not the same length everywhere.
_WIDEST_GAP_M = 1.05 * GAP_M
# A fix on an edge is moved by so little, in one direction or else another.
_STEP_SIGMAS, _SMALLEST_STEP_M = 1e-4, 1e-4
_STEPS = ((0.54, 0.84), (-0.97, 0.24), (0.55, -0.83))


@dataclass(frozen=True, slots=True)
class BorderErrors:
    """Of each village, in metres; `most` once more at the end, for OUTSIDE."""

    by_village: Floats
    least: float
    most: float

    @classmethod
    def of(cls, errors: Floats) -> "BorderErrors":
        least, most = float(errors.min(initial=np.inf)), float(errors.max(initial=0.0))
        return cls(np.append(errors, most), least, most)


@dataclass(frozen=True, slots=True)
class Borders:
    """All that is known of villages."""

    cells: BorderCells
    outside: Outside
    errors: BorderErrors


@dataclass(frozen=True, slots=True)
class Placed:
    """For each fix, in `found`, its one village (or OUTSIDE) or a mark; shares where SHARED.

    WIDER asks for more cells around. What is missing to 1 in the triples of the SHARED ones is
    outside.
    """

    found: Indices
    sigma: Floats
    shares: Triples


def place(borders: Borders, fixes: Fixes, rings: int) -> Placed:
    """Place fixes that see so many rings of cells around theirs."""
    placed = _placed(borders, fixes, rings)
    found, sigma, parts = placed.found, placed.sigma, [placed.shares]
    for east, north in _STEPS:
        rows = np.flatnonzero(found == _ON_EDGE)
        step_m = np.hypot(fixes.gps_sigma[rows], borders.errors.least) * _STEP_SIGMAS
        rows, step_m = rows[step_m >= _SMALLEST_STEP_M], step_m[step_m >= _SMALLEST_STEP_M]
        if not rows.size:
            break
        placed = _placed(borders, fixes[rows].moved(east * step_m, north * step_m), rings)
        found[rows], sigma[rows] = placed.found, placed.sigma
        row, village, share = placed.shares
        parts.append((rows[row], village, share))
    rows = np.flatnonzero(found <= _UNCLEAR)
    if rows.size:
        found[rows] = SHARED
        row, village, share = sampled(borders.cells, fixes[rows], sigma[rows])
        parts.append((rows[row], village, share))
    return Placed(found, sigma, joined(parts))


def joined(parts: list[Triples]) -> Triples:
    if len(parts) == 1:
        return parts[0]
    row, village, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, village, share


def _placed(borders: Borders, fixes: Fixes, rings: int) -> Placed:
    """Place fixes as `place` does, those marked _UNCLEAR or _ON_EDGE left to it."""
    margin_m = float(borders.cells.margins_m[rings])
    runs, edges = borders.cells.around(fixes.lat, fixes.lon, rings)
    error = _border_error(runs, edges, fixes.gps_sigma, borders.errors, margin_m)
    sigma = np.sqrt(fixes.gps_sigma * fixes.gps_sigma + error * error)
    reach = np.maximum(REACH_SIGMAS * sigma, ON_EDGE_M)
    found, claims, near = _first_look(runs, edges, sigma, reach, margin_m)
    row, village, mass = _masses(runs, edges.only(near), sigma, found == SHARED)
    number = np.bincount(row, minlength=reach.size)
    total = np.bincount(row, mass, minlength=reach.size).astype(np.float64)
    # A village's own land leaves no room for the outside, unless masses tell otherwise.
    is_full = (claims == 1) & (np.abs(1 - total) <= _HARDLY_MISSING)
    may_be_open = ((found == SHARED) | (found == _UNCLEAR)) & ~is_full
    outside = _outside(borders, fixes, (sigma, reach, total), may_be_open, margin_m, found)
    missing = 1 - outside - total
    unclear = (missing < -_SLIVER) & ((number > 2) | (outside > _NOTHING)) | (number == 0)
    if (missing > _SLIVER).any():
        unclear |= (missing > _SLIVER) & (_contenders(runs, edges, sigma) > 1)
    found[unclear & (found == SHARED)] = _UNCLEAR
    share = np.where(
        number[row] > 2,
        mass * ((1 - outside) / np.maximum(total, 1e-9))[row],
        mass + (missing / np.maximum(number, 1))[row],
    )
    clear = np.flatnonzero(found[row] == SHARED)
    return Placed(found, sigma, (row[clear], village[clear], np.maximum(share[clear], 0)))


def _first_look(
    runs: Runs, edges: Edges, sigma: Floats, reach: Floats, margin_m: float
) -> tuple[Indices, Indices, Indices]:
    """What fixes are without weighing: in one village, outside, shared, on an edge or in need of a
    wider view; how many villages each is inside of; the edges in reach of those that are shared.
    """
    beyond = edges.distance - reach[edges.row]
    near = np.flatnonzero(beyond <= 0)
    near_row = edges.row[near]
    inside = np.flatnonzero(runs.inside)
    holder_of = runs.row[inside]
    claims = np.bincount(holder_of, minlength=reach.size)
    found = np.full(reach.size, _UNCLEAR)
    found[holder_of] = runs.village[inside]
    found[claims > 1] = SHARED
    found[near_row] = SHARED
    far_out = claims == 0
    if far_out.any():
        far_out[edges.row[beyond <= _WIDEST_GAP_M]] = False
        found[far_out] = OUTSIDE
    on_edge = edges.distance[near] <= np.maximum(ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[near_row])
    found[near_row[on_edge]] = _ON_EDGE
    # An error that is not a number asks for a wider view, too.
    found[~(reach + _WIDEST_GAP_M <= margin_m)] = WIDER
    return found, claims, near[found[near_row] == SHARED]


def _masses(runs: Runs, near: Edges, sigma: Floats, is_shared: Flags) -> Triples:
    """Masses of the villages in reach of the fixes that are shared."""
    unit = 1 / np.maximum(sigma, ON_EDGE_M)[near.row]
    lost = lost_beyond(near.across * unit, near.start * unit, near.end * unit)
    mass = runs.inside - np.bincount(near.run, lost, minlength=runs.row.size)
    involved = runs.inside.copy()
    involved[near.run] = True
    kept = np.flatnonzero(involved & is_shared[runs.row])
    return runs.row[kept], runs.village[kept], np.minimum(np.maximum(mass[kept], 0), 1)


def _contenders(runs: Runs, edges: Edges, sigma: Floats) -> Indices:
    """How many villages may claim a gap around each fix."""
    in_reach = runs.inside.copy()
    in_reach[edges.run[edges.distance <= (2 * sigma + GAP_M)[edges.row]]] = True
    return np.bincount(runs.row[in_reach], minlength=sigma.size)


def _outside(
    borders: Borders,
    fixes: Fixes,
    known: tuple[Floats, Floats, Floats],
    may_be_open: Flags,
    margin_m: float,
    found: Indices,
) -> Floats:
    """The outside's mass around each fix; marks those that are far out, or on its edge.

    Of each fix σ, reach and the mass of all villages are `known`.
    """
    sigma, reach, total = known
    mass = np.zeros(sigma.size)
    rows = np.flatnonzero(may_be_open)
    if rows.size:
        closed = total[rows] > 1 - _MOSTLY_SEA
        some = rows[closed]
        closed[closed] = is_inland(borders.cells, fixes[some], reach[some])
        rows = rows[~closed]
    if rows.size:
        inside, edges = borders.outside.around(fixes.lat[rows], fixes.lon[rows], margin_m)
        sigma = np.maximum(sigma[rows], ON_EDGE_M)
        near = edges.only(np.flatnonzero(edges.distance <= reach[rows][edges.row]))
        unit = 1 / sigma[near.row]
        lost = lost_beyond(near.across * unit, near.start * unit, near.end * unit)
        within = inside - np.bincount(near.row, lost, minlength=rows.size)
        mass[rows] = np.minimum(np.maximum(within, 0), 1)
        alone = inside & (found[rows] == _UNCLEAR)
        alone[near.row] = False
        found[rows[alone]] = OUTSIDE
        on_edge = near.distance <= np.maximum(ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[near.row])
        found[rows[near.row[on_edge]]] = _ON_EDGE
    return mass


def _border_error(
    runs: Runs, edges: Edges, gps_sigma: Floats, errors: BorderErrors, margin_m: float
) -> Floats:
    """The largest border error of the villages a fix lies in; in none, of those in reach.

    Not a number where a village with a larger error may be in reach, but not in sight.
    """
    if errors.least == errors.most:
        return np.full(gps_sigma.size, errors.most)
    of_run = errors.by_village[runs.village]
    distance = np.full(runs.row.size, np.inf)
    np.minimum.at(distance, edges.run, edges.distance)
    error = np.full(gps_sigma.size, -1.0)
    holds = runs.inside | (distance <= ON_EDGE_M)
    np.maximum.at(error, runs.row[holds], of_run[holds])
    nowhere = error < 0
    if nowhere.any():
        reach = REACH_SIGMAS * np.hypot(gps_sigma[runs.row], of_run) + GAP_M
        reached = nowhere[runs.row] & (distance <= reach)
        np.maximum.at(error, runs.row[reached], of_run[reached])
        blind = REACH_SIGMAS * np.hypot(gps_sigma, errors.most) + GAP_M > margin_m
        error[nowhere & blind] = np.nan
    return error.clip(0)
