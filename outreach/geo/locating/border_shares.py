"""The mass of each village around fixes near borders, from the cells they lie in.

Villages that meet without gap or overlap share a fix by their masses. Two villages' overlap is
halved, as by the rules, and so is a sliver between them. Wider gaps that several villages may claim
are left to samples, and so are larger overlaps of three and those by the outside.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.border_cells import GAP_M, OUTSIDE, BorderCells, Edges, Runs
from outreach.geo.locating.gaussian import REACH_SIGMAS, lost_beyond, rings_of, unit_samples
from outreach.geo.locating.outside import Outside

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
# Fixes, villages and shares.
Triples = tuple[Indices, Indices, Floats]

# Marks beside OUTSIDE and the numbers of villages.
SHARED, WIDER = -3, -4
_UNCLEAR, _ON_EDGE = -5, -6
_SAMPLES = np.stack(unit_samples())
# Nearer to an edge than this, arithmetic cannot tell the side: in metres, and in σ.
_ON_EDGE_M, _ON_EDGE_SIGMAS = 1e-5, 1e-6
# How much mass may be missing or double without asking whose it is.
_SLIVER = 0.08
_NOTHING = 0.005
# Less than this is missing where the outside is not looked for, around a fix in one village alone.
_HARDLY_MISSING = 0.01
# Where more is missing, the outside is looked for without trying to tell that there is none.
_MOSTLY_SEA = 0.25
# GEOS closes gaps in degrees, which are not the same length everywhere.
_WIDEST_GAP_M, _NARROWEST_GAP_M = 1.05 * GAP_M, 0.98 * GAP_M
# A fix on an edge is moved by so little, in one direction or else another.
_STEP_SIGMAS, _SMALLEST_STEP_M = 1e-4, 1e-4
_STEPS = ((0.54, 0.84), (-0.97, 0.24), (0.55, -0.83))
# Points in a disc, and how far others may be from the nearest of these, in radii.
_DISCS = (
    (rings_of([(0.0, 1), (0.45, 6), (0.85, 12)]), 0.29),
    (rings_of([(0.0, 1), (0.35, 6), (0.6, 12), (0.9, 18)]), 0.205),
)
# Fewer points do where villages' borders are, everywhere, as near to each other.
_ENOUGH_M = 8.0


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
class Fixes:
    """Latitudes, longitudes, and σ by GPS in metres."""

    lat: Floats
    lon: Floats
    gps_sigma: Floats

    def __getitem__(self, some: Indices) -> "Fixes":
        return Fixes(self.lat[some], self.lon[some], self.gps_sigma[some])

    def moved(self, east_m: Floats, north_m: Floats) -> "Fixes":
        lat_m, lon_m = metres_per_degree(self.lat)
        return Fixes(self.lat + north_m / lat_m, self.lon + east_m / lon_m, self.gps_sigma)

    def around(self, offsets: Floats, radius_m: Floats) -> tuple[Floats, Floats]:
        """Latitudes and longitudes of points at offsets in radii, one fix's after the other's."""
        lat_m, lon_m = metres_per_degree(self.lat)
        lat = self.lat[:, None] + (radius_m / lat_m)[:, None] * offsets[1]
        lon = self.lon[:, None] + (radius_m / lon_m)[:, None] * offsets[0]
        return lat.ravel(), lon.ravel()


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
        row, village, share = _sampled(borders.cells, fixes[rows], sigma[rows])
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
    reach = np.maximum(REACH_SIGMAS * sigma, _ON_EDGE_M)
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
    on_edge = edges.distance[near] <= np.maximum(_ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[near_row])
    found[near_row[on_edge]] = _ON_EDGE
    # An error that is not a number asks for a wider view, too.
    found[~(reach + _WIDEST_GAP_M <= margin_m)] = WIDER
    near = near[found[near_row] == SHARED]
    row, village, mass = _masses(runs, edges.only(near), sigma, found == SHARED)
    number = np.bincount(row, minlength=reach.size)
    total = np.bincount(row, mass, minlength=reach.size).astype(np.float64)
    # A village's own land leaves no room for the outside, unless masses tell otherwise.
    is_full = (claims == 1) & (np.abs(1 - total) <= _HARDLY_MISSING)
    may_be_open = ((found == SHARED) | (found == _UNCLEAR)) & ~is_full
    outside = _outside(borders, fixes, (sigma, reach, total), may_be_open, margin_m, found)
    missing = 1 - outside - total
    in_doubt = np.flatnonzero(np.abs(missing) > _SLIVER)
    unclear = number == 0
    if in_doubt.size:
        contenders = _contenders(runs, edges, sigma)[in_doubt]
        unclear[in_doubt] |= (missing[in_doubt] > 0) & (contenders > 1) | (
            missing[in_doubt] < 0
        ) & ((number[in_doubt] > 2) | (outside[in_doubt] > _NOTHING))
    found[unclear & (found == SHARED)] = _UNCLEAR
    share = np.where(
        number[row] > 2,
        mass * ((1 - outside) / np.maximum(total, 1e-9))[row],
        mass + (missing / np.maximum(number, 1))[row],
    )
    clear = np.flatnonzero(found[row] == SHARED)
    return Placed(found, sigma, (row[clear], village[clear], np.maximum(share[clear], 0)))


def _masses(runs: Runs, near: Edges, sigma: Floats, is_shared: Flags) -> Triples:
    """Masses of the villages in reach of the fixes that are shared."""
    unit = 1 / np.maximum(sigma, _ON_EDGE_M)[near.row]
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
        is_inland = total[rows] > 1 - _MOSTLY_SEA
        some = rows[is_inland]
        is_inland[is_inland] = _is_inland(borders.cells, fixes[some], reach[some])
        rows = rows[~is_inland]
    if rows.size:
        inside, edges = borders.outside.around(fixes.lat[rows], fixes.lon[rows], margin_m)
        sigma = np.maximum(sigma[rows], _ON_EDGE_M)
        near = edges.only(np.flatnonzero(edges.distance <= reach[rows][edges.row]))
        unit = 1 / sigma[near.row]
        lost = lost_beyond(near.across * unit, near.start * unit, near.end * unit)
        within = inside - np.bincount(near.row, lost, minlength=rows.size)
        mass[rows] = np.minimum(np.maximum(within, 0), 1)
        alone = inside & (found[rows] == _UNCLEAR)
        alone[near.row] = False
        found[rows[alone]] = OUTSIDE
        on_edge = near.distance <= np.maximum(_ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[near.row])
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
    holds = runs.inside | (distance <= _ON_EDGE_M)
    np.maximum.at(error, runs.row[holds], of_run[holds])
    nowhere = error < 0
    if nowhere.any():
        reach = REACH_SIGMAS * np.hypot(gps_sigma[runs.row], of_run) + GAP_M
        reached = nowhere[runs.row] & (distance <= reach)
        np.maximum.at(error, runs.row[reached], of_run[reached])
        blind = REACH_SIGMAS * np.hypot(gps_sigma, errors.most) + GAP_M > margin_m
        error[nowhere & blind] = np.nan
    return error.clip(0)


def _is_inland(cells: BorderCells, fixes: Fixes, reach_m: Floats) -> Flags:
    """Whether nothing in reach is certainly outside; it is not told for all fixes.

    Between points that are so near to villages, nothing is farther than a gap is wide.
    """
    is_inland = np.zeros(reach_m.size, dtype=np.bool_)
    rest = np.arange(reach_m.size)
    for disc, gap in _DISCS:
        nearest_m = _NARROWEST_GAP_M - gap * reach_m
        rows = rest[nearest_m[rest] > _ENOUGH_M]
        rest = rest[nearest_m[rest] <= _ENOUGH_M]
        if rows.size:
            lat, lon = fixes[rows].around(disc, reach_m[rows])
            distance = np.empty(lat.size)
            for part in cells.parts(lat, lon, 0):
                distance[part] = _to_villages(*cells.around(lat[part], lon[part], 0), part.size)
            covered = distance.reshape(rows.size, -1) <= nearest_m[rows, None]
            is_inland[rows] = covered.all(axis=1)
    return is_inland


def _to_villages(runs: Runs, edges: Edges, places: int) -> Floats:
    distance = np.full(places, np.inf)
    np.minimum.at(distance, edges.row, edges.distance)
    distance[runs.row[runs.inside]] = 0
    return distance


def _sampled(cells: BorderCells, fixes: Fixes, sigma: Floats) -> Triples:
    """Triples of fix, village and share, by the rules for each of a fixed set of samples."""
    lat, lon = fixes.around(_SAMPLES, sigma)
    parts = cells.parts(lat, lon, 0)
    claims = [_claims(*cells.around(lat[part], lon[part], 0), part.size) for part in parts]
    sample = np.concatenate([part[row] for part, (row, _) in zip(parts, claims, strict=True)])
    village = np.concatenate([village for _, village in claims])
    samples = _SAMPLES.shape[1]
    weight = 1 / (np.bincount(sample, minlength=lat.size) * samples)[sample]
    villages = int(village.max(initial=0)) + 1
    pairs, pair = np.unique(sample // samples * villages + village, return_inverse=True)
    share = np.zeros(pairs.size)
    np.add.at(share, pair, weight)
    return pairs // villages, pairs % villages, share


def _claims(runs: Runs, edges: Edges, places: int) -> tuple[Indices, Indices]:
    """Pairs of a point and a village that claims it: it is inside, or nearest within 25 m."""
    distance = np.full(runs.row.size, np.inf)
    np.minimum.at(distance, edges.run, edges.distance)
    claims = runs.inside | (distance <= _ON_EDGE_M)
    number = np.bincount(runs.row[claims], minlength=places)
    in_gap = np.flatnonzero((number == 0)[runs.row] & (distance <= GAP_M))
    nearest = np.full(places, np.inf)
    np.minimum.at(nearest, runs.row[in_gap], distance[in_gap])
    claims[in_gap[distance[in_gap] == nearest[runs.row[in_gap]]]] = True
    return runs.row[claims], runs.village[claims]
