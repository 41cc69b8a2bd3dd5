"""Villages that exist nowhere: listed, drawn on a map, with working people."""

import random
from datetime import datetime
from uuid import uuid4

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach import bulk
from outreach.models import Boundary, BoundaryChange, BoundarySet, Region
from outreach.places.boundaries.switching import make_current
from outreach.places.showing.outlines import refresh_pending_outlines

CENTRE, RADIUS = (110.4, -4.9), 1.2
BORDER_STEP, BEND, WAVES = 0.002, 0.0015, 400.0
"""In degrees: how often a border has a corner, how far it strays; and waves in a degree."""
KM2_A_DEGREE2 = 111.195**2
_LEVELS = {1: "province", 2: "regency", 3: "district", 4: "desa"}


def lay_out(
    province: str, regencies: int, districts: int, villages: int, now: datetime
) -> list[str]:
    """Store a province with everything in it; gives its villages' codes."""
    codes = [
        f"{province}.{regency:02}.{district:02}.{2000 + village}"
        for regency in range(1, regencies + 1)
        for district in range(1, districts + 1)
        for village in range(1, villages + 1)
    ]
    for level, length in enumerate((2, 5, 8, 13), start=1):
        Region.objects.bulk_create(
            Region(
                code=code,
                level=level,
                kind=_LEVELS[level],
                name=f"Rekaan {code}",
                parent_id=code.rpartition(".")[0] or None,
                time_zone="Asia/Jakarta",
            )
            for code in sorted({code[:length] for code in codes})
        )
    _draw(codes, now)
    bulk.run(
        "INSERT INTO outreach_denominator (region_id, year, segment, value, kind, method, source,"
        " loaded_at) SELECT code, %s, 'working_population', 300 + (hashtext(code) & 1023),"
        " 'estimate', 'made up', 'bench', now() FROM outreach_region"
        " WHERE level = 4 AND code LIKE %s",
        [now.year - 1, f"{province}.%"],
    )
    return codes


def _draw(codes: list[str], now: datetime) -> None:
    """Boundaries as crooked as real ones, neighbours' alike, villages of a regency together."""
    chance = random.Random("ground")
    lon, lat = CENTRE
    island = shapely.Point(lon, lat).buffer(RADIUS, quad_segs=32)
    seeds = shapely.MultiPoint(
        [
            (lon + chance.uniform(-RADIUS, RADIUS), lat + chance.uniform(-RADIUS, RADIUS))
            for _ in range(int(len(codes) * 1.35))
        ]
    )
    cells = shapely.voronoi_polygons(seeds, extend_to=island, ordered=True).geoms
    inside = [cell for cell in cells if island.contains(cell.centroid)][: len(codes)]
    inside.sort(key=lambda cell: (round(cell.centroid.x * 5), cell.centroid.y))
    bent = shapely.transform(shapely.segmentize(inside, BORDER_STEP), _bent)
    shapes = shapely.set_precision(shapely.make_valid(bent), 1e-7)
    source = BoundarySet.objects.create(
        id=uuid4(), source="Made up", vintage=str(now.year), licence="Apache-2.0",
        border_error_m=20, sha256="0" * 64, loaded_at=now,
    )  # fmt: skip
    Boundary.objects.bulk_create(
        Boundary(
            set=source,
            region_id=code,
            wkb=shapely.to_wkb(shape),
            area_km2=shape.area * KM2_A_DEGREE2,
        )
        for code, shape in zip(codes, shapes, strict=False)
    )
    make_current(source.id, {code[:5] for code in codes}, BoundaryChange.Kind.LOAD)
    refresh_pending_outlines()


def _bent(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The plane, crumpled alike for all that lie on it."""
    x, y = points[:, 0], points[:, 1]
    return points + BEND * np.column_stack((np.sin(WAVES * y), np.sin(WAVES * x)))
