"""Boundaries of made-up squares, of about a kilometre, for the villages of the cast."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import shapely

from outreach.models import Boundary, BoundarySet

SIDE = 0.009
WEST, SOUTH = 98.66, 3.58
LOADED = datetime(2026, 11, 1, tzinfo=UTC)


def square(column: float, row: float, columns: float = 1) -> shapely.Geometry:
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(x, y, x + columns * SIDE, y + SIDE)


def fix(column: float, row: float, accuracy_m: float = 8.0) -> dict[str, Any]:
    """A fix at so many squares from the corner, as a tablet sends it."""
    return {
        "lat": round(SOUTH + row * SIDE, 7),
        "lon": round(WEST + column * SIDE, 7),
        "accuracy_m": accuracy_m,
        "accuracy_kind": "p68",
        "provider": "gps",
        "is_mock": False,
        "fixed_at": None,
    }


def stored_set(
    polygons: Mapping[str, shapely.Geometry], border_error_m: float = 0.0, source: str = "Squares"
) -> BoundarySet:
    """A set with these polygons by village, current nowhere yet."""
    made = BoundarySet.objects.create(
        source=source,
        vintage="2026",
        licence="MIT",
        border_error_m=border_error_m,
        sha256="0" * 64,
        loaded_at=LOADED,
    )
    Boundary.objects.bulk_create(
        Boundary(set=made, region_id=code, wkb=shapely.to_wkb(polygon), area_km2=1.0)
        for code, polygon in polygons.items()
    )
    return made
