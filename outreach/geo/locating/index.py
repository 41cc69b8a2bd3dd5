"""Which village a fix lies in, and how sure that is.

A fix and a border are both uncertain: the true point is taken as Gaussian around the fix with
σ² = σ_gps² + σ_border², and a village's probability is its mass of that Gaussian. Most fixes are
farther than 3.1 σ from every border: one village has them, which the cell they lie in mostly tells
(`border_cells`). Near a border the mass is an exact integral along its edges (`border_shares`,
`gaussian`); where villages overlap or leave gaps in ways that masses do not tell, samples are
asked, as they are for areas beyond 1 km (`coarse_shares`). An answer depends on the fix and the
polygons alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.geo.locating.border_cells import GAP_M, OUTSIDE, UNDECIDED, BorderCells
from outreach.geo.locating.border_samples import Fixes, Triples
from outreach.geo.locating.border_shares import WIDER, BorderErrors, Borders, joined, place
from outreach.geo.locating.coarse_shares import coarse_shares
from outreach.geo.locating.gaussian import REACH_SIGMAS
from outreach.geo.locating.outside import Outside

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Geometries = NDArray[np.object_]

P68_SIGMAS = 1.51
P95_SIGMAS = 2.45
COARSEST_ACCURACY_M = 1000.0
LARGEST_BORDER_ERROR_M = 1000.0
COARSEST_FOR_AREAS_M = 100_000.0
SURE_OF_AN_AREA = 0.9
SMALLEST_PROBABILITY = 0.01
_DISTRICT, _REGENCY = len("12.71.01"), len("12.71")
# So many fixes are looked at at a time.
_MOST_FIXES = 4096


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

    They sum to 1, unless the fix says nothing about a village: then there are none. Between 1 and
    100 km `areas` has districts, or regencies where no district is sure, and sums to 1 with
    `outside`.
    """

    probabilities: tuple[tuple[str, float], ...]
    outside: float
    areas: tuple[tuple[str, float], ...] = ()

    @property
    def says_nothing(self) -> bool:
        """The fix is too coarse (or absurd) to be evidence for or against any village."""
        return not self.probabilities and self.outside < 1

    @property
    def best(self) -> tuple[str, float] | None:
        return self.probabilities[0] if self.probabilities else None

    def probability_of(self, code: str) -> float:
        """0.0 also for a village that the index does not hold: ask `code in index` first."""
        return next((p for village, p in self.probabilities if village == code), 0.0)


_NO_SHARES: Triples = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0)
_SAYS_NOTHING = Placement((), 0.0)
_OUTSIDE = Placement((), 1.0)


class VillageIndex:
    """Village polygons in memory, to be asked from any thread."""

    __slots__ = (
        "_borders",
        "_certain",
        "_codes",
        "_is_made",
        "_known",
        "_tree",
    )

    def __init__(self, codes: Sequence[str], polygons: Geometries, errors: Floats) -> None:
        self._codes = tuple(codes)
        self._known = frozenset(self._codes)
        self._tree = shapely.STRtree(polygons)
        self._borders = Borders(
            BorderCells(polygons), Outside(polygons, self._tree), BorderErrors.of(errors)
        )
        # One placement for all fixes that a village has alone, made when needed.
        self._certain = np.full(len(self._codes) + 1, None, dtype=object)
        self._certain[OUTSIDE] = _OUTSIDE
        self._is_made = np.zeros(len(self._codes) + 1, dtype=np.bool_)
        self._is_made[OUTSIDE] = True

    @classmethod
    def build(
        cls, codes: Sequence[str], wkbs: Sequence[bytes], border_error_m: Sequence[float]
    ) -> Self:
        """An index of valid 2-D polygons in WGS84 longitude and latitude, one for each code.

        Raises ValueError when the three differ in length, a code is there twice, or a border error
        is not from 0 to 1000 m.
        """
        if not len(codes) == len(wkbs) == len(border_error_m):
            raise ValueError("codes, polygons and border errors differ in number")
        if len(set(codes)) < len(codes):
            raise ValueError("a village has two polygons")
        if not all(0 <= error_m <= LARGEST_BORDER_ERROR_M for error_m in border_error_m):
            raise ValueError("a border error is not from 0 to 1000 m")
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
        the nearest village within 25 m. Accuracies beyond 1 km have districts or regencies only;
        those beyond 100 km (or missing, negative, not finite) and coordinates that are none say
        nothing.
        """
        lat, lon = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
        accuracy = np.asarray(accuracies_m, dtype=np.float64)
        sigma = accuracy / P68_SIGMAS
        if "p95" in kinds:
            is_p95 = np.fromiter((kind == "p95" for kind in kinds), np.bool_, lat.size)
            sigma[is_p95] = accuracy[is_p95] / P95_SIGMAS
        usable = (np.abs(lat) <= 89) & (np.abs(lon) <= 180) & (sigma >= 0)
        fine = usable & (sigma <= COARSEST_ACCURACY_M / P68_SIGMAS)
        if lat.size <= _MOST_FIXES and fine.all():
            return self._place(lat, lon, sigma)
        placements = [_SAYS_NOTHING] * lat.size
        rows = np.flatnonzero(fine)
        if rows.size > _MOST_FIXES:
            # Neighbours together, so that what is known of a place need not be forgotten between.
            rows = rows[np.lexsort((lon[rows], np.floor(lat[rows] * 20)))]
        for start in range(0, rows.size, _MOST_FIXES):
            part = rows[start : start + _MOST_FIXES]
            found = self._place(lat[part], lon[part], sigma[part])
            for row, placement in zip(part.tolist(), found, strict=True):
                placements[row] = placement
        coarse = usable & ~fine & (sigma <= COARSEST_FOR_AREAS_M / P68_SIGMAS)
        for row in np.flatnonzero(coarse).tolist():
            placements[row] = self._areas(float(lat[row]), float(lon[row]), float(sigma[row]))
        return placements

    def _place(self, lat: Floats, lon: Floats, gps_sigma: Floats) -> list[Placement]:
        if not len(self) or not lat.size:
            return [_OUTSIDE] * lat.size
        found, shares = self._by_borders(Fixes(lat, lon, gps_sigma))
        placements = self._certainly(np.maximum(found, OUTSIDE))
        rows = np.flatnonzero(found < OUTSIDE)
        if rows.size:
            point, village, share = shares
            ranked = self._ranked(np.searchsorted(rows, point), village, share, rows.size)
            for row, placement in zip(rows.tolist(), ranked, strict=True):
                placements[row] = placement
        return placements

    def _by_borders(self, fixes: Fixes) -> tuple[Indices, Triples]:
        """For each fix a village, OUTSIDE or SHARED; and triples for the SHARED ones."""
        cells, errors = self._borders.cells, self._borders.errors
        found = cells.alone(fixes.lat, fixes.lon)
        reach_m = REACH_SIGMAS * np.hypot(fixes.gps_sigma, errors.by_village[found]) + 1.05 * GAP_M
        found[(found == UNDECIDED) | (reach_m > cells.margins_m[0])] = WIDER
        rows = np.flatnonzero(found == WIDER)
        reach_m = REACH_SIGMAS * np.hypot(fixes.gps_sigma[rows], errors.least) + 1.05 * GAP_M
        rings = np.searchsorted(cells.margins_m, reach_m)
        shares: list[Triples] = []
        while rows.size:
            for number in np.unique(rings).tolist():
                some = rows[rings == number]
                for part in cells.parts(fixes.lat[some], fixes.lon[some], number):
                    of = some[part]
                    placed = place(self._borders, fixes[of], number)
                    found[of] = placed.found
                    row, village, share = placed.shares
                    shares.append((of[row], village, share))
            is_wider = found[rows] == WIDER
            rows, rings = rows[is_wider], rings[is_wider] + 1
        return found, joined(shares) if shares else _NO_SHARES

    def _certainly(self, village: Indices) -> list[Placement]:
        """The placements of fixes that one village (or OUTSIDE) has alone."""
        made = self._is_made[village]
        if not made.all():
            for v in np.unique(village[~made]).tolist():
                self._certain[v] = Placement(((self._codes[v], 1.0),), 0.0)
                self._is_made[v] = True
        placements: list[Placement] = self._certain[village].tolist()
        return placements

    def _areas(self, lat: float, lon: float, sigma_m: float) -> Placement:
        """Districts if one of them is sure, else regencies."""
        village, share = coarse_shares(self._tree, lat, lon, sigma_m)
        outside = max(0.0, 1 - float(share.sum()))
        for length in (_DISTRICT, _REGENCY):
            areas: dict[str, float] = {}
            for v, part in zip(village.tolist(), share.tolist(), strict=True):
                code = self._codes[v][:length]
                areas[code] = areas.get(code, 0.0) + part
            if max(areas.values(), default=0) >= SURE_OF_AN_AREA:
                break
        kept = {code: part for code, part in areas.items() if part >= SMALLEST_PROBABILITY}
        total = outside + sum(kept.values())
        ranked = sorted(kept.items(), key=lambda area: (-area[1], area[0]))
        if not ranked:
            return _SAYS_NOTHING
        return Placement((), outside / total, tuple((code, part / total) for code, part in ranked))

    def _ranked(self, row: Indices, village: Indices, shares: Floats, rows: int) -> list[Placement]:
        """A placement for each of so many rows: what is improbable left out, the rest made 1."""
        outside = (1 - np.bincount(row, shares, minlength=rows)).clip(0)
        largest = outside.copy()
        np.maximum.at(largest, row, shares)
        smallest = np.minimum(largest, SMALLEST_PROBABILITY)
        outside[outside < smallest] = 0
        kept = shares >= smallest[row]
        row, village, shares = row[kept], village[kept], shares[kept]
        total = outside + np.bincount(row, shares, minlength=rows)
        shares, outside = shares / total[row], outside / total
        # Villages are numbered by code, so equal shares come in the order of their codes.
        order = np.lexsort((village, -shares, row))
        codes = [self._codes[v] for v in village[order].tolist()]
        entries = list(zip(codes, shares[order].tolist(), strict=True))
        ends = np.cumsum(np.bincount(row, minlength=rows)).tolist()
        return [
            Placement(tuple(entries[lo:hi]), lost)
            for lo, hi, lost in zip([0, *ends], ends, outside.tolist(), strict=False)
        ]
