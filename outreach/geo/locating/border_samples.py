"""What points around fixes tell where masses do not: shares by the rules, and what is inland."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.border_cells import GAP_M, BorderCells, Edges, Runs
from outreach.geo.locating.gaussian import rings_of, unit_samples

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
# Fixes, villages and shares.
Triples = tuple[Indices, Indices, Floats]

# Nearer to an edge than this, arithmetic cannot tell the side.
ON_EDGE_M = 1e-5
_SAMPLES = np.stack(unit_samples())
# GEOS closes gaps in degrees, which are not the same length everywhere.
_NARROWEST_GAP_M = 0.98 * GAP_M
# Points in a disc, and how far others may be from the nearest of these, in radii.
_DISCS = (
    (rings_of([(0.0, 1), (0.45, 6), (0.85, 12)]), 0.29),
    (rings_of([(0.0, 1), (0.35, 6), (0.6, 12), (0.9, 18)]), 0.205),
)
# Fewer points do where villages' borders are, everywhere, as near to each other.
_ENOUGH_M = 8.0


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


def is_inland(cells: BorderCells, fixes: Fixes, reach_m: Floats) -> Flags:
    """Whether nothing in reach is certainly outside; it is not told for all fixes.

    Between points that are so near to villages, nothing is farther than a gap is wide.
    """
    is_closed = np.zeros(reach_m.size, dtype=np.bool_)
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
            is_closed[rows] = covered.all(axis=1)
    return is_closed


def _to_villages(runs: Runs, edges: Edges, places: int) -> Floats:
    distance = np.full(places, np.inf)
    np.minimum.at(distance, edges.row, edges.distance)
    distance[runs.row[runs.inside]] = 0
    return distance


def sampled(cells: BorderCells, fixes: Fixes, sigma: Floats) -> Triples:
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
    claims = runs.inside | (distance <= ON_EDGE_M)
    number = np.bincount(runs.row[claims], minlength=places)
    in_gap = np.flatnonzero((number == 0)[runs.row] & (distance <= GAP_M))
    nearest = np.full(places, np.inf)
    np.minimum.at(nearest, runs.row[in_gap], distance[in_gap])
    claims[in_gap[distance[in_gap] == nearest[runs.row[in_gap]]]] = True
    return runs.row[claims], runs.village[claims]
