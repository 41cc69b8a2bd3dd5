"""A made-up kabupaten of any number of villages, loaded by the project's own commands."""

import csv
import json
import random
from pathlib import Path

from sync.fleet.places import Point
from tests.hostile.servers import Site

REGENCY = "98.01"
IN_A_DISTRICT = 20
WEST, SOUTH = 105.0, -3.0
SIDE = 0.03
CORNERS = 12
"""Points along each side of a village, so that its outline weighs what a real one does."""


def load_territory(site: Site, villages: int) -> Point:
    """Load REGENCY with so many villages and their boundaries; gives a point in its middle."""
    codes = [
        f"{REGENCY}.{at // IN_A_DISTRICT + 1:02}.{2001 + at % IN_A_DISTRICT}"
        for at in range(villages)
    ]
    rows = [("98", "Rekaan Jauh"), (REGENCY, "Kabupaten Rekaan")]
    rows += [(code, f"Kecamatan {code[-2:]}") for code in sorted({code[:8] for code in codes})]
    rows += [(code, f"Desa {code[6:8]} {code[-2:]}") for code in codes]
    listed, drawn = site.database.home / "regions.csv", site.database.home / "villages.geojson"
    _write(listed, rows)
    wide = round(villages**0.5)
    features = [
        {
            "type": "Feature",
            "properties": {"kode": code, "nama": f"Desa {code[6:8]} {code[-2:]}"},
            "geometry": {"type": "Polygon", "coordinates": [_outline(*divmod(at, wide))]},
        }
        for at, code in enumerate(codes)
    ]
    drawn.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    site.command("load_regions", str(listed), "--system=kemendagri")
    site.command(
        "load_boundaries",
        str(drawn),
        *("--source", "made up", "--vintage", "2026", "--licence", "none"),
        *("--border-error-m", "20"),
    )
    middle = wide * SIDE / 2
    return Point(SOUTH + middle, WEST + middle)


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("kode", "nama"), *rows])


def _outline(row: int, column: int) -> list[tuple[float, float]]:
    """A village's ring; neighbours draw the side between them alike."""
    south = _side(row, column, 1, 0)
    east = _side(row, column + 1, 0, 1)
    north = _side(row + 1, column, 1, 0)[::-1]
    west = _side(row, column, 0, 1)[::-1]
    ring = [*south[:-1], *east[:-1], *north[:-1], *west[:-1]]
    return [*ring, ring[0]]


def _side(row: int, column: int, right: int, up: int) -> list[tuple[float, float]]:
    rng = random.Random(f"{row}/{column}/{right}")
    points = []
    for step in range(CORNERS + 1):
        along = step / CORNERS
        off = rng.uniform(-0.03, 0.03) if 0 < step < CORNERS else 0.0
        x, y = column + along * right + off * up, row + along * up + off * right
        points.append((round(WEST + x * SIDE, 7), round(SOUTH + y * SIDE, 7)))
    return points
