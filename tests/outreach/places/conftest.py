"""A small country: one kota and one kabupaten of real codes and made-up squares."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from outreach.geo.region_codes import kind_of, level_of, parent_of
from outreach.models import Region

TYPES = {
    "province": "provinsi",
    "regency": "kabupaten",
    "city": "kota",
    "district": "kecamatan",
    "desa": "desa",
    "kelurahan": "kelurahan",
    "customary_village": "desa_adat",
}
CODES = (
    "12",
    "12.20",
    "12.20.01",
    "12.20.01.2001",
    "12.20.01.2002",
    "12.71",
    "12.71.01",
    "12.71.01.1001",
    "12.71.01.1002",
    "12.71.01.1003",
)
HEADER = "code,level,type,name,parent_code,bps_code"
Feature = dict[str, Any]
WriteCollection = Callable[..., Path]


def line(code: str, name: str = "") -> str:
    """One line of a list of regions."""
    kind = TYPES[kind_of(code) or "desa"]
    return f"{code},{level_of(code)},{kind},{name or 'Nama ' + code},{parent_of(code) or ''},"


def table(lines: Sequence[str]) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def square(column: float, row: float, size: float = 0.009) -> list[list[list[float]]]:
    """The coordinates of a polygon of about 1 km, on a board south of Medan."""
    x, y = round(98.6 + column * 0.009, 6), round(3.5 + row * 0.009, 6)
    right, top = round(x + size, 6), round(y + size, 6)
    return [[[x, y], [right, y], [right, top], [x, top], [x, y]]]


def feature(code: str | None, coordinates: Any, kind: str = "Polygon") -> Feature:
    geometry = {"type": kind, "coordinates": coordinates} if coordinates else None
    properties = {"code": code, "name": f"Nama {code}"}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.fixture
def regions_file(tmp_path: Path) -> Path:
    file = tmp_path / "regions.csv"
    file.write_text(table([line(code) for code in CODES]))
    return file


@pytest.fixture
def regions() -> None:
    for code in CODES:
        Region.objects.create(
            code=code,
            level=level_of(code),
            kind=kind_of(code) or "",
            name=f"Nama {code}",
            parent_id=parent_of(code),
            time_zone="Asia/Jakarta",
        )


@pytest.fixture
def collection(tmp_path: Path) -> WriteCollection:
    """Writes features into a GeoJSON file of the test's folder."""

    def write(*features: Feature, name: str = "villages.geojson") -> Path:
        file = tmp_path / name
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return file

    return write
