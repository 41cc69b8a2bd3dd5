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
SHARED, WIDER, OPEN = -3, -4, -5
_UNCLEAR, _ON_EDGE = -6, -7
_SAMPLES = np.stack(unit_samples())
# Nearer to an edge than this, arithmetic cannot tell the side: in metres, and in σ.
_ON_EDGE_M, _ON_EDGE_SIGMAS = 1e-5, 1e-6
# How much mass may be missing or double without asking whose it is.
_SLIVER = 0.08
_NOTHING = 0.005
# Less than this is missing where the outside is not looked for, around a fix in one village alone.
_HARDLY_MISSING = 0.01
# GEOS closes gaps in degrees, which are not the same length everywhere.
_WIDEST_GAP_M, _NARROWEST_GAP_M = 1.05 * GAP_M, 0.98 * GAP_M
# A fix on an edge is moved by so little, in one direction or else another.
_STEP_SIGMAS, _SMALLEST_STEP_M = 1e-4, 1e-4
_STEPS = ((0.0, 0.0), (0.54, 0.84), (-0.97, 0.24), (0.55, -0.83))
# No point of a disc is farther than this from the nearest of these, in radii.
_DISC, _DISC_GAP = rings_of([(0.0, 1), (0.35, 6), (0.6, 12), (0.9, 18)]), 0.205


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
class Placed:
    """For each fix, in `found`, its one village (or OUTSIDE) or a mark; shares where SHARED.

    WIDER asks for more cells around, OPEN for the outside. What is missing to 1 in the triples of
    the SHARED ones is outside.
    """

    found: Indices
    sigma: Floats
    shares: Triples


def place(
    cells: BorderCells, fixes: Fixes, errors: BorderErrors, rings: int, outside: Outside | None
) -> Placed:
    """Place fixes that see so many rings of cells around theirs, and the outside if it is given."""
    found, sigma = np.full(fixes.lat.size, _ON_EDGE), fixes.gps_sigma
    parts: list[Triples] = []
    rows = np.arange(fixes.lat.size)
    for east, north in _STEPS:
        if not parts:
            placed = _placed(cells, fixes, errors, rings, outside)
            found, sigma = placed.found, placed.sigma
            parts.append(placed.shares)
        else:
            step_m = np.hypot(fixes.gps_sigma[rows], errors.least) * _STEP_SIGMAS
            rows, step_m = rows[step_m >= _SMALLEST_STEP_M], step_m[step_m >= _SMALLEST_STEP_M]
            if not rows.size:
                break
            moved = fixes[rows].moved(east * step_m, north * step_m)
            placed = _placed(cells, moved, errors, rings, outside)
            found[rows], sigma[rows] = placed.found, placed.sigma
            row, village, share = placed.shares
            parts.append((rows[row], village, share))
        rows = np.flatnonzero(found == _ON_EDGE)
        if not rows.size:
            break
    rows = np.flatnonzero(found <= _UNCLEAR)
    if rows.size:
        found[rows] = SHARED
        row, village, share = _sampled(cells, fixes[rows], sigma[rows])
        parts.append((rows[row], village, share))
    return Placed(found, sigma, joined(parts))


def joined(parts: list[Triples]) -> Triples:
    if len(parts) == 1:
        return parts[0]
    row, village, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, village, share


def _placed(
    cells: BorderCells, fixes: Fixes, errors: BorderErrors, rings: int, outside: Outside | None
) -> Placed:
    """Place fixes as `place` does, those marked _UNCLEAR or _ON_EDGE left to it."""
    margin_m = float(cells.margins_m[rings])
    runs, edges = cells.around(fixes.lat, fixes.lon, rings)
    if outside:
        runs, edges = _both((runs, edges), outside.around(fixes.lat, fixes.lon, margin_m))
    error = _border_error(runs, edges, fixes.gps_sigma, errors, margin_m)
    sigma = np.sqrt(fixes.gps_sigma * fixes.gps_sigma + error * error)
    reach = np.maximum(REACH_SIGMAS * sigma, _ON_EDGE_M)
    edge_reach = reach[edges.row]
    [near] = np.nonzero(edges.distance <= edge_reach)
    near_row = edges.row[near]
    at_home = runs.inside & (runs.village != OUTSIDE)
    claims = np.bincount(runs.row[at_home], minlength=reach.size)
    found = np.full(reach.size, _UNCLEAR)
    found[runs.row[runs.inside]] = runs.village[runs.inside]
    found[claims > 1] = SHARED
    found[near_row] = SHARED
    if outside is None:
        far_out = claims == 0
        far_out[edges.row[edges.distance <= edge_reach + _WIDEST_GAP_M]] = False
        found[far_out] = OUTSIDE
    on_edge = edges.distance[near] <= np.maximum(_ON_EDGE_M, _ON_EDGE_SIGMAS * sigma[near_row])
    found[near_row[on_edge]] = _ON_EDGE
    # An error that is not a number asks for a wider view, too.
    found[~(reach + _WIDEST_GAP_M <= margin_m)] = WIDER
    in_reach = at_home.copy()
    in_reach[edges.run[edges.distance <= (2 * sigma + GAP_M)[edges.row]]] = True
    in_reach &= runs.village != OUTSIDE
    contenders = np.bincount(runs.row[in_reach], minlength=reach.size)
    near = near[found[near_row] == SHARED]
    is_full, shares = _shared(found, runs, edges.only(near), sigma, contenders, claims)
    if outside is None:
        may_be_open = (found == SHARED) | (found == _UNCLEAR)
        [rows] = np.nonzero(may_be_open & ~is_full)
        rows = rows[~_is_inland(cells, fixes[rows], reach[rows])]
        found[rows] = OPEN
        row, village, share = shares
        closed = found[row] == SHARED
        shares = row[closed], village[closed], share[closed]
    return Placed(found, sigma, shares)


def _both(villages: tuple[Runs, Edges], outside: tuple[Runs, Edges]) -> tuple[Runs, Edges]:
    (runs, edges), (more_runs, more_edges) = villages, outside
    return (
        Runs(
            np.append(runs.row, more_runs.row),
            np.append(runs.village, more_runs.village),
            np.append(runs.inside, more_runs.inside),
        ),
        Edges(
            np.append(edges.run, more_edges.run + runs.row.size),
            np.append(edges.row, more_edges.row),
            np.append(edges.across, more_edges.across),
            np.append(edges.start, more_edges.start),
            np.append(edges.end, more_edges.end),
            np.append(edges.distance, more_edges.distance),
        ),
    )


def _border_error(
    runs: Runs, edges: Edges, gps_sigma: Floats, errors: BorderErrors, margin_m: float
) -> Floats:
    """The largest border error of the villages a fix lies in; in none, of those in reach.

    Not a number where a village with a larger error may be in reach, but not in sight.
    """
    if errors.least == errors.most:
        return np.full(gps_sigma.size, errors.most)
    of_run = np.where(runs.village == OUTSIDE, -1.0, errors.by_village[runs.village])
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


def _shared(
    found: Indices,
    runs: Runs,
    near: Edges,
    sigma: Floats,
    contenders: Indices,
    claims: Indices,
) -> tuple[Flags, Triples]:
    """Shares of the fixes marked SHARED; marks those _UNCLEAR whose shares masses do not tell.

    `contenders` counts the villages that may claim a gap around each fix, `claims` those it lies
    in. The flags tell which fixes' villages leave no room for the outside.
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
    is_full = (claims == 1) & (np.abs(1 - total) <= _HARDLY_MISSING)
    outside[is_full] = 0
    missing = 1 - outside - total
    unclear = (number == 0) | (missing > _SLIVER) & (contenders > 1)
    unclear |= (missing < -_SLIVER) & ((number > 2) | (outside > _NOTHING))
    found[unclear & (found == SHARED)] = _UNCLEAR
    share = np.where(
        number[row] > 2,
        mass * ((1 - outside) / np.maximum(total, 1e-9))[row],
        mass + (missing / np.maximum(number, 1))[row],
    )
    clear = found[row] == SHARED
    return is_full, (row[clear], village[clear], share[clear].clip(0))


def _is_inland(cells: BorderCells, fixes: Fixes, reach_m: Floats) -> Flags:
    """Whether nothing in reach is certainly outside; it is not told for all fixes.

    Between points that are so near to villages, nothing is farther than a gap is wide.
    """
    nearest_m = _NARROWEST_GAP_M - _DISC_GAP * reach_m
    is_inland = nearest_m > 0
    [rows] = np.nonzero(is_inland)
    if rows.size:
        lat, lon = fixes[rows].around(_DISC, reach_m[rows])
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
