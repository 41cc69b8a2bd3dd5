"""A chessboard of villages of about 1 km, and a patchwork with every oddity."""

import numpy as np
import shapely
from hypothesis import strategies as st

from outreach.geo.ellipsoid import metres_per_degree
from outreach.geo.locating.index import Placement, VillageIndex

WEST, SOUTH, STEP = 98.60, 3.50, 0.009
SIDE = 4
LAT_M, LON_M = (float(m[0]) for m in metres_per_degree(np.array([SOUTH])))


def code(column: int, row: int) -> str:
    return f"12.71.{column:02}.{1001 + row}"


def square(column: float, row: float, size: float = 1.0) -> shapely.Polygon:
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(x, y, x + size * STEP, y + size * STEP)


def index_of(villages: dict[str, shapely.Geometry], border_error_m: float = 0) -> VillageIndex:
    return VillageIndex.build(
        list(villages),
        [shapely.to_wkb(polygon) for polygon in villages.values()],
        [border_error_m] * len(villages),
    )


BOARD = index_of({code(c, r): square(c, r) for c in range(SIDE) for r in range(SIDE)})


def locate(
    index: VillageIndex,
    column: float,
    row: float,
    accuracy_m: float | None = 15.1,
    kind: str = "p68",
) -> Placement:
    """A fix at a place counted in squares from the board's south-west corner."""
    return index.locate([SOUTH + row * STEP], [WEST + column * STEP], [accuracy_m], [kind])[0]


fixes = st.tuples(
    st.floats(-1, SIDE + 1),
    st.floats(-1, SIDE + 1),
    st.floats(0, 1200),
    st.sampled_from(["p68", "p95", "unknown"]),
)


def board_batch(batch: list[tuple[float, float, float, str]]) -> list[Placement]:
    return BOARD.locate(
        [SOUTH + row * STEP for _, row, _, _ in batch],
        [WEST + column * STEP for column, _, _, _ in batch],
        [accuracy for _, _, accuracy, _ in batch],
        [kind for _, _, _, kind in batch],
    )


PATCHES = {
    "12.71.01.1001": square(0, 0, 2),
    "12.71.01.1002": square(1.9, 0),
    "12.71.01.1003": square(2.95, 0).difference(square(3.2, 0.2, 0.4)),
    "12.71.02.1001": square(0, 2.01, 1.5),
    "12.71.02.1002": square(1.2, 1.6, 0.8),
    "12.71.02.1003": square(1.2, 1.6, 0.8),
    "12.72.01.1001": square(2.5, 1.5, 1.5),
}


def patches() -> VillageIndex:
    """Overlaps, slivers, a hole, a disputed village and many border errors; knows no place yet."""
    return VillageIndex.build(
        list(PATCHES),
        [shapely.to_wkb(polygon) for polygon in PATCHES.values()],
        [0, 5, 15, 40, 100, 250, 0],
    )
