"""The boundary files of the pilot regions as they are published."""

from pathlib import Path

import pytest
import shapely

from outreach.models import Boundary
from outreach.places.boundaries import Origin, load_boundaries
from outreach.places.regions import load_regions

pytestmark = [pytest.mark.django_db, pytest.mark.reference]

ORIGIN = Origin("cahyadsn/wilayah_boundaries (BIG RBI10K)", "2026-08", "MIT", 15)


@pytest.fixture
def country(reference_data: Path) -> Path:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    return folder


def test_all_of_sumatera_utara(country: Path) -> None:
    report = load_boundaries([country / "villages" / "12_sumatera_utara_all.geojson.gz"], ORIGIN)
    assert report.counts["matched"] + report.counts["repaired"] == 6110
    assert all(r.with_boundary == r.villages for r in report.regencies)
    areas = dict(
        Boundary.objects.filter(region__code__startswith="12.71.").values_list(
            "region_id", "area_km2"
        )
    )
    assert sum(area or 0 for area in areas.values()) == pytest.approx(278.2, rel=0.003)


def test_the_pilot_regencies(country: Path) -> None:
    names = {
        "12.03_tapanuli_selatan": 248,
        "12.20_padang_lawas_utara": 388,
        "12.77_kota_padangsidimpuan": 79,
        "35.78_kota_surabaya": 153,
        "62.71_kota_palangka_raya": 30,
    }
    files = [country / "villages" / f"{name}.geojson" for name in names]
    report = load_boundaries(files, ORIGIN)
    assert [file.features for file in report.files] == list(names.values())
    stored = Boundary.objects.filter(is_current=True, wkb__isnull=False).count()
    assert stored == sum(names.values()) == report.counts["matched"]


def test_no_invalid_geometry_of_the_country_is_lost(country: Path) -> None:
    report = load_boundaries([country / "messy" / "invalid_geometries_national.geojson"], ORIGIN)
    assert report.counts == {
        "matched": 0,
        "repaired": 27,
        # They come with BPS codes only, and which one is meant is to be confirmed.
        "unresolved": 2,
        "no_boundary": 1,
        "dropped": 0,
    }
    assert all(village.why for village in report.villages)
    candidates = [village.candidates for village in report.villages[-2:]]
    assert candidates == [("11.71.05.2006",), ("11.71.07.2004",)]
    stored = Boundary.objects.filter(wkb__isnull=False).values_list("wkb", flat=True)
    polygons = shapely.from_wkb([bytes(wkb or b"") for wkb in stored])
    assert len(polygons) == 27 and shapely.is_valid(polygons).all()
