"""The boundary files of the pilot regions as they are published."""

import gzip
from pathlib import Path
from uuid import UUID

import pytest
import shapely

from outreach.models import Boundary
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.regions.loading import load_regions

pytestmark = [pytest.mark.django_db, pytest.mark.reference]

ORIGIN = Origin("cahyadsn/wilayah_boundaries (BIG RBI10K)", "2026-08", "MIT", 15)


@pytest.fixture
def whole_country(reference_data: Path) -> Path:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    return folder


@pytest.fixture
def country(reference_data: Path, tmp_path: Path) -> Path:
    """The provinces that most of the files are of."""
    folder = reference_data / "regions"
    lines = gzip.decompress((folder / "regions_2025.csv.gz").read_bytes()).splitlines(True)
    some = tmp_path / "regions.csv"
    some.write_bytes(b"".join(line for line in lines if line[:2] in {b"co", b"12", b"35", b"62"}))
    load_regions(some)
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
    assert stored == sum(names.values()) == report.counts["matched"] + report.counts["repaired"]
    repaired = [village for village in report.villages if village.outcome == "repaired"]
    assert all("left out 1 speck" in village.why for village in repaired) and len(repaired) == 2
    assert not report.absent


@pytest.mark.parametrize(
    ("name", "villages", "convention", "agreeing"),
    [
        ("messy/hdx2020_1277_padangsidimpuan_original.geojson", 79, "village_code (HDX), BPS", 74),
        ("messy/hdx2020_1220_padang_lawas_utara_original.geojson", 388, "(HDX), BPS", 344),
        ("messy/cahyadsn_kel_12.77_original.sql", 79, "kode (cahyadsn), Kemendagri", 79),
        ("formats/big_rbi10k_2023_kota_kediri_original.geojson", 46, "KDEPUM (BIG), Kemen", 46),
    ],
)
def test_every_publishers_convention(
    country: Path, name: str, villages: int, convention: str, agreeing: int
) -> None:
    report = load_boundaries([country / name], ORIGIN)
    [told] = [note for note in report.files[0].notes if note.startswith("codes: ")]
    assert convention in told
    assert f"{villages} known, {agreeing} of {villages} names agree" in told
    assert report.counts["matched"] + report.counts["repaired"] == villages
    assert not report.absent and all(r.with_boundary == villages for r in report.regencies)


def test_a_dump_with_latitude_first_says_the_same_as_the_other_file(country: Path) -> None:
    names = ("messy/cahyadsn_kel_12.77_original.sql", "villages/12.77_kota_padangsidimpuan.geojson")
    one, other = (load_boundaries([country / name], ORIGIN).set_id for name in names)
    polygons = [
        shapely.from_wkb([bytes(wkb or b"") for wkb in found.values_list("wkb", flat=True)])
        for found in (
            Boundary.objects.filter(set_id=UUID(set_id)).order_by("region")
            for set_id in (one, other)
        )
    ]
    assert shapely.equals_exact(*polygons, tolerance=1e-6).all() and len(polygons[0]) == 79


def test_bps_codes_find_the_villages_that_the_other_layer_has(country: Path) -> None:
    """Two layers of one city agree on which village is where, though not on the borders."""
    names = ("messy/hdx2020_1277_padangsidimpuan_original", "villages/12.77_kota_padangsidimpuan")
    sets = [load_boundaries([country / f"{name}.geojson"], ORIGIN).set_id for name in names]
    one, other = (
        {
            code: shapely.from_wkb(bytes(wkb or b""))
            for code, wkb in Boundary.objects.filter(set_id=UUID(set_id)).values_list(
                "region_id", "wkb"
            )
        }
        for set_id in sets
    )
    assert one.keys() == other.keys()
    shares = [one[code].intersection(other[code]).area / other[code].area for code in one]
    assert sorted(shares)[len(shares) // 2] > 0.85


def test_no_invalid_geometry_of_the_country_is_lost(whole_country: Path) -> None:
    report = load_boundaries(
        [whole_country / "messy" / "invalid_geometries_national.geojson"], ORIGIN
    )
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
