"""Three named villages, and files whose features say which of them they are for."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from outreach.models import Region
from outreach.places.boundaries.loading import Answers, BoundaryReport, load_boundaries
from tests.outreach.places.conftest import square
from tests.outreach.places.medan import MEDAN, ORIGIN

NAMES = ("Pasar Baru", "Wek I", "Sei Rengas")
BPS = ("1275060010", "1275060011", "1275060012")
UNDOTTED = [code.replace(".", "") for code in MEDAN]
Properties = dict[str, Any]
Write = Callable[[Sequence[Properties]], Path]


@pytest.fixture(autouse=True)
def named(regions: None) -> None:
    del regions
    for code, name, bps_code in zip(MEDAN, NAMES, BPS, strict=True):
        Region.objects.filter(code=code).update(name=name, bps_code=bps_code)
    Region.objects.filter(code="12.71").update(name="Kota Medan")
    Region.objects.filter(code="12.71.01").update(name="Medan Kota")
    Region.objects.filter(code="12.20").update(name="Kabupaten Padang Lawas Utara")
    Region.objects.filter(code="12.20.01").update(name="Dolok Sigompulon")
    Region.objects.filter(code="12.20.01.2001").update(name="Janji Manahan")
    Region.objects.filter(code="12.20.01.2002").update(name="Pasar Baru")


@pytest.fixture
def file(tmp_path: Path) -> Write:
    """Writes features with these properties, each a square of its own."""

    def write(rows: Sequence[Properties]) -> Path:
        features = [
            {
                "type": "Feature",
                "properties": row,
                "geometry": {"type": "Polygon", "coordinates": square(column, 0)},
            }
            for column, row in enumerate(rows)
        ]
        path = tmp_path / "villages.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path

    return write


def load(path: Path, **answers: Any) -> BoundaryReport:
    return load_boundaries([path], ORIGIN, Answers(**answers))


def rows(field: str, codes: Sequence[object], name: str = "NAMA") -> list[Properties]:
    return [{field: code, name: text} for code, text in zip(codes, NAMES, strict=True)]


def matched(report: BoundaryReport) -> list[str]:
    return [village.code for village in report.villages if village.outcome == "matched"]


def by_names(*names: tuple[str, str, str]) -> list[Properties]:
    fields = ("WADMKK", "WADMKC", "WADMKD")
    return [dict(zip(fields, three, strict=True)) for three in names]
