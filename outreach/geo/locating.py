"""Which village a fix lies in, and how sure that is.

A fix and a border are both uncertain: the true point is taken as Gaussian around the fix with
σ² = σ_gps² + σ_border², and a village's probability is its share of a fixed set of samples of that
Gaussian. The samples are the same for every fix, so an answer does not depend on its batch.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.ellipsoid import metres_per_degree

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Geometries = NDArray[np.object_]

P68_SIGMAS = 1.51
P95_SIGMAS = 2.45
COARSEST_ACCURACY_M = 1000.0
SMALLEST_PROBABILITY = 0.01
GAP_M = 25.0
# Within Indonesia a degree, either way, is this long to within 1.5 %: good enough to close gaps.
_GAP_DEGREES = GAP_M / 110_800
_NOWHERE = -1


def _unit_samples(rings: int = 8, spokes: int = 8) -> tuple[Floats, Floats]:
    """Offsets x and y, in σ, of samples of a plane's Gaussian, all of one weight.

    Rings of equal probability, each turned by the golden ratio. They are symmetric, so a fix on a
    straight border is halved exactly; any half-plane's share is right to 0.04, to 0.01 in the mean.
    """
    ring = np.arange(rings)
    radius = np.sqrt(-2 * np.log1p(-(ring + 0.5) / rings))[:, None]
    turn = (ring * (np.sqrt(5) - 1) / 2 % 1)[:, None]
    angle = 2 * np.pi * (np.arange(spokes) + turn) / spokes
    return (radius * np.cos(angle)).ravel(), (radius * np.sin(angle)).ravel()


_SAMPLE_X, _SAMPLE_Y = _unit_samples()
_SAMPLES = _SAMPLE_X.size
_SAMPLE_REACH = float(np.hypot(_SAMPLE_X, _SAMPLE_Y).max()) * 1.000001


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a tablet says it was: WGS84 degrees, accuracy as its platform defines it.

    `accuracy_kind` is p68 (Android), p95 (browser) or unknown, which is read as p68.
    """

    lat: float
    lon: float
    accuracy_m: float | None
    accuracy_kind: str = "unknown"


@dataclass(frozen=True, slots=True)
class Placement:
    """Villages with their probabilities, the most probable first, and the mass outside them all.

    They sum to 1, unless the fix says nothing about a village: then all is empty and 0.
    """

    probabilities: tuple[tuple[str, float], ...]
    outside: float

    @property
    def says_nothing(self) -> bool:
        """The fix is too coarse (or absurd) to be evidence for or against any village."""
        return not self.probabilities and self.outside == 0

    @property
    def best(self) -> tuple[str, float] | None:
        return self.probabilities[0] if self.probabilities else None

    def probability_of(self, code: str) -> float:
        """0.0 also for a village that the index does not hold: ask `code in index` first."""
        return next((p for village, p in self.probabilities if village == code), 0.0)


_SAYS_NOTHING = Placement((), 0.0)
_OUTSIDE = Placement((), 1.0)


class VillageIndex:
    """Village polygons in memory, to be asked from any thread."""

    __slots__ = (
        "_border_errors",
        "_certain",
        "_codes",
        "_known",
        "_least_border_error",
        "_lock",
        "_most_border_error",
        "_polygons",
        "_tree",
    )

    def __init__(self, codes: Sequence[str], polygons: Geometries, errors: Floats) -> None:
        self._codes = tuple(codes)
        self._known = frozenset(self._codes)
        self._polygons = polygons
        self._tree = shapely.STRtree(polygons)
        self._border_errors = errors
        self._least_border_error = float(errors.min(initial=np.inf))
        self._most_border_error = float(errors.max(initial=0.0))
        self._certain: list[Placement | None] = [None] * len(self._codes)
        # GEOS prepares a polygon on first use, and two threads must not do that at once.
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls, codes: Sequence[str], wkbs: Sequence[bytes], border_error_m: Sequence[float]
    ) -> Self:
        """An index of valid 2-D polygons in WGS84 longitude and latitude, one for each code.

        Raises ValueError when the three differ in length or a code is there twice.
        """
        if not len(codes) == len(wkbs) == len(border_error_m):
            raise ValueError("codes, polygons and border errors differ in number")
        if len(set(codes)) < len(codes):
            raise ValueError("a village has two polygons")
        order = sorted(range(len(codes)), key=codes.__getitem__)
        polygons = np.empty(len(order), dtype=object)
        for row, source in enumerate(order):
            polygons[row] = wkbs[source]
        return cls(
            [codes[source] for source in order],
            shapely.from_wkb(polygons),
            np.array([border_error_m[source] for source in order], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self._codes)

    def __contains__(self, code: str) -> bool:
        return code in self._known

    def locate(
        self,
        lats: Sequence[float] | Floats,
        lons: Sequence[float] | Floats,
        accuracies_m: Sequence[float | None] | Floats,
        kinds: Sequence[str],
    ) -> list[Placement]:
        """A placement for each fix, in order.

        The border error is that of the village the fix lies in; outside them all, the largest of
        the villages in reach. Places claimed by several villages are split evenly, and gaps go to
        the nearest village within 25 m. Accuracies beyond 1 km (or missing, negative, not finite)
        and coordinates that are none say nothing.
        """
        lat, lon = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
        accuracy = np.asarray(accuracies_m, dtype=np.float64)
        is_p95 = np.fromiter((kind == "p95" for kind in kinds), np.bool_, lat.size)
        sigma = accuracy / np.where(is_p95, P95_SIGMAS, P68_SIGMAS)
        usable = (np.abs(lat) <= 89) & (np.abs(lon) <= 180) & (sigma >= 0)
        usable &= sigma <= COARSEST_ACCURACY_M / P68_SIGMAS
        if usable.all():
            return self._place(lat, lon, sigma)
        placements = [_SAYS_NOTHING] * lat.size
        found = self._place(lat[usable], lon[usable], sigma[usable])
        for row, placement in zip(np.flatnonzero(usable).tolist(), found, strict=True):
            placements[row] = placement
        return placements

    def _place(self, lat: Floats, lon: Floats, gps_sigma: Floats) -> list[Placement]:
        if not len(self) or not lat.size:
            return [_OUTSIDE] * lat.size
        lat_m, lon_m = metres_per_degree(lat)
        with self._lock:
            sigma = np.hypot(gps_sigma, self._largest_border_error(lat, lon))
            reach = np.stack((sigma / lon_m, sigma / lat_m)) * _SAMPLE_REACH
            certain = self._certain_village(_boxes(lon, lat, reach))
            placements = [self._certainly(village) for village in certain.tolist()]
            unclear = np.flatnonzero(certain == _NOWHERE)
            if unclear.size:
                boxes = _boxes(lon[unclear], lat[unclear], reach[:, unclear] + _GAP_DEGREES)
                sampled = self._sampled(
                    lon[unclear],
                    lat[unclear],
                    gps_sigma[unclear],
                    (lon_m[unclear], lat_m[unclear]),
                    boxes,
                )
                for row, placement in zip(unclear.tolist(), sampled, strict=True):
                    placements[row] = placement
        return placements

    def _largest_border_error(self, lat: Floats, lon: Floats) -> Floats | float:
        """At least the border error of the village that each point lies in."""
        if self._least_border_error == self._most_border_error:
            return self._most_border_error
        point, village = self._tree.query(shapely.points(lon, lat))
        errors = np.full(lat.size, -1.0)
        np.maximum.at(errors, point, self._border_errors[village])
        return np.where(errors < 0, self._most_border_error, errors)

    def _certain_village(self, boxes: Geometries) -> Indices:
        """The village that holds the whole of a box and shares it with none, or nowhere."""
        point, village = self._tree.query(boxes)
        polygons, around = self._polygons[village], boxes[point]
        shapely.prepare(polygons)
        whole = shapely.contains_properly(polygons, around)
        home = np.full(boxes.size, _NOWHERE, dtype=np.intp)
        home[point[whole]] = village[whole]
        others = np.flatnonzero((home[point] != _NOWHERE) & ~whole)
        shared = shapely.intersects(polygons[others], around[others])
        home[point[others[shared]]] = _NOWHERE
        if whole.sum() > np.count_nonzero(home != _NOWHERE):
            claims = np.bincount(point[whole], minlength=boxes.size)
            home[claims > 1] = _NOWHERE
        return home

    def _certainly(self, village: int) -> Placement:
        if village == _NOWHERE:
            return _OUTSIDE
        placement = self._certain[village]
        if placement is None:
            placement = Placement(((self._codes[village], 1.0),), 0.0)
            self._certain[village] = placement
        return placement

    def _sampled(
        self,
        lon: Floats,
        lat: Floats,
        gps_sigma: Floats,
        metres: tuple[Floats, Floats],
        boxes: Geometries,
    ) -> list[Placement]:
        """Placements by samples; `boxes` hold these and the gaps they may fall in."""
        point, village = self._tree.query(boxes)
        polygons = self._polygons[village]
        shapely.prepare(polygons)
        meets = shapely.intersects(polygons, boxes[point])
        point, village, polygons = point[meets], village[meets], polygons[meets]
        placements = [_OUTSIDE] * lon.size
        if not point.size:
            return placements
        rows, first, row = np.unique(point, return_index=True, return_inverse=True)
        errors = self._border_errors[village]
        home = shapely.intersects_xy(polygons, lon[point], lat[point])
        error = np.maximum.reduceat(np.where(home, errors, -1.0), first)
        error = np.where(error < 0, np.maximum.reduceat(errors, first), error)
        sigma = np.hypot(gps_sigma[rows], error)
        x = lon[rows, None] + (sigma / metres[0][rows])[:, None] * _SAMPLE_X
        y = lat[rows, None] + (sigma / metres[1][rows])[:, None] * _SAMPLE_Y
        hits = shapely.intersects_xy(polygons[:, None], x[row], y[row])
        _claim_gaps(polygons, hits, first, row, (x, y))
        claims = np.add.reduceat(hits, first, axis=0, dtype=np.int16)
        shares = (hits / np.maximum(claims, 1)[row]).sum(axis=1) / _SAMPLES
        outside = np.count_nonzero(claims == 0, axis=1) / _SAMPLES
        for r, placement in zip(
            rows.tolist(), self._ranked(row, village, shares, outside), strict=True
        ):
            placements[r] = placement
        return placements

    def _ranked(
        self, row: Indices, village: Indices, shares: Floats, outside: Floats
    ) -> list[Placement]:
        """A placement for each row of `outside`: improbable villages left out, the rest made 1."""
        largest = np.zeros(outside.size)
        np.maximum.at(largest, row, shares)
        smallest = np.where(outside > 0, 1.0, largest).clip(1e-9, SMALLEST_PROBABILITY)
        kept = shares >= smallest[row]
        row, village, shares = row[kept], village[kept], shares[kept]
        total = outside + np.bincount(row, shares, minlength=outside.size)
        # Villages are numbered by code, so equal shares come in the order of their codes.
        order = np.lexsort((village, -shares, row))
        codes = [self._codes[v] for v in village[order].tolist()]
        entries = list(zip(codes, (shares / total[row])[order].tolist(), strict=True))
        ends = np.cumsum(np.bincount(row, minlength=outside.size)).tolist()
        return [
            Placement(tuple(entries[lo:hi]), lost)
            for lo, hi, lost in zip([0, *ends], ends, (outside / total).tolist(), strict=False)
        ]


def _claim_gaps(
    polygons: Geometries, hits: Flags, first: Indices, row: Indices, xy: tuple[Floats, Floats]
) -> None:
    """Give samples that no village claims to the nearest within 25 m, in place.

    `hits` has a row for each pair of point and village and a column for each sample, `xy` a row for
    each point; `first` and `row` tell where a point's pairs begin and which point a pair is of.
    """
    unclaimed = ~np.logical_or.reduceat(hits, first, axis=0)
    pair, sample = np.nonzero(unclaimed[row])
    at = shapely.points(xy[0][row[pair], sample], xy[1][row[pair], sample])
    near = shapely.dwithin(polygons[pair], at, _GAP_DEGREES)
    pair, sample = pair[near], sample[near]
    distance = shapely.distance(polygons[pair], at[near])
    _, gap = np.unique(row[pair] * _SAMPLES + sample, return_inverse=True)
    nearest = np.full(gap.size, np.inf)
    np.minimum.at(nearest, gap, distance)
    taken = distance == nearest[gap]
    hits[pair[taken], sample[taken]] = True


def _boxes(lon: Floats, lat: Floats, reach: Floats) -> Geometries:
    """Boxes around points that go `reach` degrees (x and y in its rows) to each side."""
    right, up = reach
    boxes: Geometries = shapely.box(lon - right, lat - up, lon + right, lat + up)
    return boxes
