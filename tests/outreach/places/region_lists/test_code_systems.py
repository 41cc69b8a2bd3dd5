"""Kemendagri or BPS: decided for a whole list, and never guessed."""

import csv
import gzip
from pathlib import Path

import pytest

from outreach.geo.region_codes import bare_name, dotted
from outreach.models import Region, RegionAlias
from outreach.places.regions.loading import load_regions
from outreach.places.uploads import Refused
from tests.outreach.places.region_lists.country import (
    BPS,
    EVERY,
    VILLAGES,
    Load,
    lines,
    stored,
)

pytestmark = pytest.mark.django_db


def bps_stored() -> dict[str, str]:
    return dict(Region.objects.exclude(bps_code="").values_list("code", "bps_code"))


def test_the_system_is_decided_for_the_whole_file(load: Load, country: None) -> None:
    # As Kemendagri codes, 12.71.02.1001 and this one would be villages of other names.
    by_parent = load("1275041001,1275041,SEI MATI\n")
    assert (by_parent.system, by_parent.decided_by) == (
        "bps",
        "how many digits the kecamatan have",
    )
    assert load("1275040001,Sitirejo\n").system == "bps"
    by_names = load("kode,nama\n1275041001,Sei Mati\n")
    assert (by_names.system, "1 by their BPS" in by_names.decided_by) == ("bps", True)
    by_names = load("kode,nama\n1271021001,Sei  Mati.\n")
    assert (by_names.system, by_names.updated) == ("kemendagri", ["12.71.02.1001"])


def test_an_undecided_file_is_refused_until_it_is_said(load: Load, country: None) -> None:
    both = "kode,nama\n1271021001,Nama Baru\n"
    with pytest.raises(Refused, match="--system kemendagri or --system bps"):
        load(both)
    with pytest.raises(Refused, match="--system"):
        load("kode,nama\n12,Sumatera Utara\n", system=None)
    assert load(both, system="kemendagri").updated == ["12.71.02.1001"]


def test_provinces_and_regencies_have_mostly_the_same_code_in_both(
    load: Load, country: None
) -> None:
    # BPS's 1275 is Medan, Kemendagri's is Binjai.
    both = "kode,nama\n12,Sumatera Utara\n1220,Kab. Padang Lawas Utara\n"
    with pytest.raises(Refused, match=r"2 of 2 names .*, 2 by their BPS codes"):
        load(both)
    assert load(both + "1275,KOTA MEDAN\n").system == "bps"
    assert load(both + "1271,KOTA MEDAN\n").system == "kemendagri"
    with pytest.raises(Refused, match="could be Kemendagri's or BPS's"):
        load(both + "1275,KOTA MEDAN\n1271,KOTA MEDAN\n")
    assert {bare_name(name) for name in stored().values()} == set(map(bare_name, EVERY.values()))


def test_codes_that_are_not_known_yet_are_not_contradicted(
    load: Load, country_without_bps: None
) -> None:
    same = "kode,nama\n12,Sumatera Utara\n1220,Kabupaten Padang Lawas Utara\n"
    assert len(load(same, system="bps").bps_filled) == 2


def test_names_contradict_what_is_said(load: Load, country: None) -> None:
    villages = {code: name for code, name in VILLAGES.items() if code.startswith("12.71")}
    with pytest.raises(Refused, match="seems to have Kemendagri codes, but"):
        load(lines("{bps},{name}", "kode,nama", villages), system="kemendagri")
    with pytest.raises(Refused, match="columns' names say BPS, --system says Kemendagri"):
        load(lines("{bps},{name}", "kode_bps,nama", villages), system="kemendagri")
    assert stored() == EVERY


@pytest.mark.parametrize(
    ("theirs", "others"),
    [
        ("12.71.01.1001,Sitirejo", "1275040002,Binjai"),
        ("12.71.01.1001,Nama Baru", "12.75.040.002,Nama Baru"),
        ("127101,Medan Kota", "1275041,Medan Maimun"),
        # Nothing but the name tells whose these are: they would be loaded as Kemendagri's.
        ("1271021001,Sei Mati", "1271022001,Padang Bulan"),
    ],
)
@pytest.mark.parametrize("is_said", [False, True])
def test_a_list_with_codes_of_both_systems_is_refused(
    load: Load, country: None, theirs: str, others: str, is_said: bool
) -> None:
    head = "kode,nama,kode_bps\n12.71.03,Medan Baru,1271022\n12.71.03.1001,Padang Bulan,1271022001"
    load(head)
    before = stored()
    for content in (f"kode,nama\n{theirs}\n{others}\n", f"kode,nama\n{others}\n{theirs}\n"):
        with pytest.raises(Refused) as caught:
            load(content, system="kemendagri" if is_said else None)
        told = "\n".join(caught.value.problems)
        assert "list.csv has two code systems in one file: load the rows of each as" in told
        for system, row in (("Kemendagri", theirs), ("BPS", others)):
            line = content.splitlines().index(row) + 1
            assert f"{system} codes: line {line} ({row.replace(',', ' ')})" in told
    assert stored() == before


def test_a_name_of_thousands_may_be_the_other_systems_by_chance(load: Load, country: None) -> None:
    rows = [f"12.71.02.{number},Kampung {number}" for number in range(1001, 3900)]
    mixed = "\n".join(["kode,nama", *rows, "1275040001,Sitirejo"])
    with pytest.raises(Refused, match="line 2901: '1275040001' is not a dotted Kemendagri code"):
        load(mixed)
    with pytest.raises(Refused, match="two code systems"):
        load(mixed + "\n1275040002,Binjai\n1275041001,Sei Mati\n")


def test_a_bps_list_makes_no_regions(load: Load, country_without_bps: None) -> None:
    report = load(lines("{bps},{name}", "kode_bps,nama_bps") + "1275041002,Kampung Baru\n")
    assert stored() == EVERY
    assert bps_stored() == BPS
    assert len(report.bps_filled) == len(BPS)
    assert report.unmatched == ["1275041002 Kampung Baru: no region has this name in 12.71.02"]
    assert load(lines("{bps},{name}", "kode_bps,nama_bps")).unchanged == len(BPS)


def test_a_bps_list_never_guesses(load: Load, country_without_bps: None) -> None:
    load("kode,nama\n12.71.01.1003,Sitirejo\n")
    report = load("kode_bps,nama\n12,Sumatera Utara\n1275,Kota Medan\n1275040,Medan Kota\n")
    assert len(report.bps_filled) == 3
    report = load("kode_bps,nama\n1275040001,SITIREJO\n1275041001,SEI MATI\n")
    assert report.bps_filled == []
    assert report.unmatched == [
        "1275040001 SITIREJO: 2 regions have this name in 12.71.01",
        "1275041001 SEI MATI: the region of its parent 1275041 is not known",
    ]


def test_another_bps_code_of_a_region_is_kept_beside(load: Load, country: None) -> None:
    report = load("kode_bps,nama\n1275040901,SITIREJO\n1275040002,Nama Lain\n")
    assert report.bps_aliased == ["1275040901"]
    assert RegionAlias.objects.get(code="1275040901").region_id == "12.71.01.1001"
    assert report.unmatched == [
        "1275040002 Nama Lain: known as 12.71.01.1002 Binjai, and kept",
    ]
    assert bps_stored() == BPS


def test_a_bps_list_before_any_other_is_refused(load: Load) -> None:
    with pytest.raises(Refused, match="load Kemendagri's list first"):
        load(lines("{bps},{name}", "kode_bps,nama"))


def test_a_bridge_brings_bps_codes(load: Load) -> None:
    report = load(lines("{bps},{name},{digits},{name}", "kode_bps,nama_bps,kode_dagri,nama_dagri"))
    assert (stored(), bps_stored()) == (EVERY, BPS)
    assert report.decided_by == "the columns' names"


def test_a_bridge_without_kemendagri_names_makes_no_regions(
    load: Load, country_without_bps: None
) -> None:
    report = load(
        lines("{bps},{code},x", "bps_code,kemendagri_code,name_bps")
        + "1275041002,12.71.02.1002,Baru\n"
    )
    assert (stored(), bps_stored()) == (EVERY, BPS)
    assert report.unmatched == ["1275041002: 12.71.02.1002 is not in the list of regions"]


def test_a_list_without_bps_codes_takes_none_away(load: Load, country: None) -> None:
    assert load(lines("{code},{name}", "kode,nama")).unchanged == len(EVERY)
    assert bps_stored() == BPS


def test_capitals_are_no_new_name(load: Load, country: None) -> None:
    assert load("code,name\n12.71.01,MEDAN KOTA\n").unchanged == 1
    assert load("code,name\n12.20,KAB. PADANG LAWAS UTARA\n").unchanged == 1
    assert load("code,name\n12.71.01,Medan kota\n").updated == ["12.71.01"]


@pytest.mark.reference
@pytest.mark.parametrize("is_bridged", [False, True])
def test_the_codes_that_are_of_different_villages_in_each_system(
    reference_data: Path, load: Load, is_bridged: bool
) -> None:
    """Nothing but BPS codes that are also Kemendagri's, with BPS's names and no parents."""
    with gzip.open(reference_data / "regions" / "regions_2025.csv.gz", "rt") as file:
        regions = {row["code"]: row for row in csv.DictReader(file)}
    both = {
        row["bps_code"]: row["name"]
        for row in regions.values()
        if row["level"] == "4" and dotted(row["bps_code"]) in regions
    }
    assert len(both) > 3800
    given = "code,name,bps_code\n" if is_bridged else "code,name\n"
    parents = {dotted(code)[:length] for code in both for length in (2, 5, 8, 13)}
    of_both = {row["code"] for row in regions.values() if row["bps_code"] in both}
    needed = parents | {code[:length] for code in of_both for length in (2, 5, 8, 13)}
    for code in sorted(needed):
        row = [code, f'"{regions[code]["name"]}"', regions[code]["bps_code"]]
        given += ",".join(row[: 3 if is_bridged else 2]) + "\n"
    load(given)
    trap = "\n".join(f'{code},"{name}"' for code, name in both.items())
    if is_bridged:
        report = load(trap)
        assert (report.system, report.unchanged) == ("bps", len(both))
    else:
        with pytest.raises(Refused, match="--system kemendagri or --system bps"):
            load(trap)


@pytest.mark.reference
def test_every_sample_of_the_country(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    told = {}
    for file in sorted((folder / "formats").glob("codes_sample_*")):
        report = load_regions(file)
        told[file.name.removeprefix("codes_sample_").partition("_")[0]] = (
            report.system,
            len(report.added),
            len(report.updated),
            len(report.unmatched),
            len(report.vanished),
        )
    assert told == {
        "bps": ("kemendagri", 0, 1, 0, 0),
        "cahyadsn": ("kemendagri", 0, 0, 0, 0),
        "emsifa": ("bps", 0, 0, 4, 0),
        "idn-area-data": ("kemendagri", 0, 2, 0, 6),
        "region-id": ("kemendagri", 0, 0, 0, 0),
    }
    assert Region.objects.count() == 91_599
