"""Which village a feature is for, by publishers' conventions and codes."""

import pytest
from django.core.management import CommandError, call_command

from outreach.geo.conventions import FieldMap
from outreach.geo.region_codes import System
from outreach.models import Boundary, BoundarySet, Region, RegionAlias
from outreach.places.boundaries.known_codes import villages_of_today
from outreach.places.uploads import Refused
from tests.outreach.places.matching.conftest import (
    BPS,
    NAMES,
    UNDOTTED,
    Properties,
    Write,
    by_names,
    load,
    matched,
    rows,
)
from tests.outreach.places.medan import MEDAN

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        (rows("code", MEDAN, "name"), "code (cahyadsn), Kemendagri"),
        (rows("KODE", MEDAN), "KODE (cahyadsn), Kemendagri"),
        (rows("KDEPUM", MEDAN, "NAMOBJ"), "KDEPUM (BIG), Kemendagri"),
        (rows("kode_desa_", UNDOTTED, "nama_kel"), "kode_desa_ (Dukcapil), Kemendagri"),
        (rows("KODE_DESA", [int(c) for c in UNDOTTED], "DESA"), "KODE_DESA (Dukcapil), Kem"),
        (rows("Kode_KD", [float(c) for c in UNDOTTED], "desa"), "Kode_KD (Dukcapil), Kem"),
        (rows("KODE_DESA", [f"{c}.0" for c in UNDOTTED]), "Kemendagri"),
        (rows("KODE_DESA", [f"{int(c):.9E}" for c in UNDOTTED]), "Kemendagri"),
        (rows("KODE_DESA", [f"'{c} " for c in UNDOTTED]), "Kemendagri"),
        (rows("ADM4_PCODE", [f"ID{c}" for c in BPS], "ADM4_EN"), "ADM4_PCODE (HDX), BPS"),
        (rows("village_co", [f"id{c}" for c in BPS], "village"), "village_co (HDX), BPS"),
        (rows("KODE_DESA", BPS), "KODE_DESA (Dukcapil), BPS"),
        (rows("IDDESA", [int(c) for c in BPS], "nmdesa"), "IDDESA (BPS), BPS"),
        (rows("CC_4", BPS, "NAME_4"), "CC_4 (GADM), BPS"),
        (rows("uid", UNDOTTED, "label"), "uid (by its values), Kemendagri"),
        (rows("uid", BPS, "label"), "uid (by its values), BPS"),
    ],
)
def test_every_convention_finds_its_villages(
    file: Write, properties: list[Properties], told: str
) -> None:
    report = load(file(properties))
    assert matched(report) == list(MEDAN) and not report.exceptions
    assert told in report.files[0].notes[0] and "3 of 3 names agree" in report.files[0].notes[0]


def test_codes_in_parts_are_put_together(file: Write) -> None:
    dukcapil = [
        {"no_prop": 12, "no_kab": 71, "no_kec": 1, "no_kel": 1001 + n, "nama_kel": name}
        for n, name in enumerate(NAMES)
    ]
    assert matched(load(file(dukcapil))) == list(MEDAN)
    plain = [
        {"prov": 12, "kab": "71", "kec": "01", "kel": 1001 + n, "label": name}
        for n, name in enumerate(NAMES)
    ]
    report = load(file(plain))
    assert matched(report) == list(MEDAN)
    assert "prov+kab+kec+kel (in parts), Kemendagri codes" in report.files[0].notes[0]
    bps = [
        {"KDPROV": "12", "KDKAB": "75", "KDKEC": "060", "KDDESA": f"0{n + 10}", "NMDESA": name}
        for n, name in enumerate(NAMES)
    ]
    assert matched(load(file(bps))) == list(MEDAN)


def swapped_systems() -> None:
    """Make each BPS code also the Kemendagri code of another village, as thousands are."""
    for code, bps_code in zip(MEDAN, [*UNDOTTED[1:], UNDOTTED[0]], strict=True):
        Region.objects.filter(code=code).update(bps_code=bps_code)


def test_names_tell_the_system_of_codes_that_can_be_both(file: Write) -> None:
    swapped_systems()
    report = load(file(rows("KODE_DESA", [*UNDOTTED[1:], UNDOTTED[0]])))
    assert matched(report) == list(MEDAN) and "BPS codes" in report.files[0].notes[0]
    report = load(file(rows("KODE_DESA", UNDOTTED)))
    assert matched(report) == list(MEDAN) and "Kemendagri codes" in report.files[0].notes[0]


def test_a_system_that_nothing_tells_is_asked_for(file: Write) -> None:
    swapped_systems()
    path = file([{"KODE_DESA": code, "luas": 1} for code in UNDOTTED])
    with pytest.raises(Refused, match=r"KODE_DESA can hold Kemendagri or BPS codes.*--system"):
        load(path)
    with pytest.raises(Refused, match="has the properties KODE_DESA, luas"):
        load(path)
    assert not BoundarySet.objects.exists()
    systems: dict[System, list[str]] = {
        "kemendagri": list(MEDAN),
        "bps": [MEDAN[2], *MEDAN[:2]],
    }
    for system, codes in systems.items():
        assert matched(load(path, said=FieldMap(system=system))) == codes


def test_names_that_contradict_the_codes_are_not_believed(file: Write) -> None:
    path = file(rows("KODE", [MEDAN[1], MEDAN[2], MEDAN[0]]))
    with pytest.raises(Refused, match="3 of 3 names are not those of the villages"):
        load(path)
    with pytest.raises(Refused) as refused:
        load(path)
    assert refused.value.problems[1] == (
        f"feature 1 is {MEDAN[1]} 'Pasar Baru', and the list of regions calls {MEDAN[1]} 'Wek I'"
    )
    assert len(refused.value.problems) == 4
    report = load(path, said=FieldMap(system="kemendagri"))
    assert matched(report) == [MEDAN[1], MEDAN[2], MEDAN[0]]
    assert report.villages[0].why == "the list of regions calls it Wek I"
    assert len(report.exceptions) == 3


def test_a_property_that_has_other_villages_is_told(file: Write) -> None:
    both = [
        {"code": code, "bps_code": bps, "name": name}
        for code, bps, name in zip([MEDAN[0], MEDAN[0], MEDAN[2]], BPS, NAMES, strict=True)
    ]
    report = load(file(both))
    assert matched(report) == list(MEDAN)
    [_, note] = report.files[0].notes
    assert note.startswith("code (cahyadsn), Kemendagri codes, 3 known, 2 of 3 names agree: not us")
    assert "for 1 of the features (feature 2) it has another village" in note


def test_a_person_names_the_properties(file: Write) -> None:
    both = [
        {"code": wrong, "Kode_Resmi": code, "label": name}
        for wrong, code, name in zip(reversed(MEDAN), MEDAN, NAMES, strict=True)
    ]
    report = load(file(both), said=FieldMap({"code": "kode_resmi", "name": "label"}))
    assert matched(report) == list(MEDAN) and "Kode_Resmi (as said)" in report.files[0].notes[0]
    with pytest.raises(Refused, match=r"has no property nowhere.*code, Kode_Resmi, label"):
        load(file(both), said=FieldMap({"code": "nowhere"}))
    told = r"has no village's code in label, which has 'Pasar Baru', not 12.71.01.1001 \(PP.KK"
    with pytest.raises(Refused, match=told):
        load(file(both), said=FieldMap({"code": "label"}))


def test_digits_that_a_spreadsheet_cut_off_are_told(file: Write) -> None:
    cut = ["1.27E+09", "1,271E+09", "1E9"]
    with pytest.raises(Refused, match=r"KODE_DESA has '1.27E\+09': .* set the column to text"):
        load(file(rows("KODE_DESA", cut)))
    with pytest.raises(Refused, match=r"set the column to text"):
        load(file(rows("KODE_DESA", cut)), said=FieldMap({"code": "KODE_DESA"}))
    report = load(file(rows("KODE_DESA", [MEDAN[0], MEDAN[1], "1.27E+09"])))
    assert "'1.27E+09' is no code: a spreadsheet" in report.villages[2].why
    named = by_names(*[("Kota Medan", "Medan Kota", name) for name in NAMES])
    report = load(file([row | {"KODE": code} for row, code in zip(named, cut, strict=True)]))
    assert "set the column to text" in report.files[0].notes[1] and matched(report) == list(MEDAN)


def test_older_codes_stand_for_their_successors(file: Write) -> None:
    for code, region, confidence in (
        ("12.71.02.1001", MEDAN[0], "high"),
        ("12.71.02.1002", MEDAN[1], "low"),
        ("12.71.02.1003", None, "none"),
    ):
        RegionAlias.objects.create(
            system="kemendagri", code=code, level=4, name="Lama", region_id=region,
            basis="name", confidence=confidence, source="recodes",
        )  # fmt: skip
    old = ["12.71.02.1001", "12.71.02.1002", "12.71.02.1003"]
    report = load(file([{"KODE": code, "NAMA": "Lama"} for code in old]))
    assert [(v.code, v.outcome, v.candidates) for v in report.villages] == [
        (MEDAN[0], "matched", ()),
        ("12.71.02.1002", "unresolved", (MEDAN[1],)),
        ("12.71.02.1003", "dropped", ()),
    ]
    assert report.villages[0].why == "recoded from 12.71.02.1001"
    assert "no one village is sure to be 12.71.02.1002" in report.villages[1].why
    assert report.counts["matched"] == Boundary.objects.count() == 1


def test_a_village_that_is_gone_stands_for_its_successor_though_the_list_keeps_it(
    file: Write,
) -> None:
    RegionAlias.objects.create(
        system="kemendagri", code=MEDAN[2], level=4, name="Lama", region_id=MEDAN[0],
        basis="name", confidence="high", source="recodes",
    )  # fmt: skip
    report = load(file([{"KODE": MEDAN[2], "NAMA": "Lama"}]))
    assert matched(report) == [MEDAN[0]]
    assert report.villages[0].why == f"recoded from {MEDAN[2]}"
    with pytest.raises(Refused, match="none fits one village"):
        load(file(by_names(("Kota Medan", "Medan Kota", NAMES[2]))))


def test_the_command_takes_fields_and_a_status(
    file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(file(rows("Nomor", MEDAN, "Sebutan")))
    given = ["--source=BIG", "--vintage=2023", "--licence=CC BY 4.0", "--border-error-m=15"]
    said = ["--field=code=nomor", "--field=name=Sebutan", "--system=kemendagri"]
    call_command("load_boundaries", path, *given, *said, "--status=indicative")
    assert "Nomor (as said), Kemendagri codes, 3 known" in capsys.readouterr().out
    assert BoundarySet.objects.get().status == "indicative"
    for wrong, why in (("code", "is not ROLE=PROPERTY"), ("kode=KODE", "is not ROLE=PROPERTY")):
        with pytest.raises(CommandError, match=why):
            call_command("load_boundaries", path, *given, f"--field={wrong}")
    with pytest.raises(CommandError, match="for example --vintage=2023-09-28 --border-error-m=15"):
        call_command("load_boundaries", path, given[0], given[2])


def test_a_layer_has_more_codes_than_a_statement_has_parameters() -> None:
    """The country has 83,762 villages, and a statement of PostgreSQL 65,535 parameters."""
    asked = [f"99.{n // 10**6:02}.{n // 10**4 % 100:02}.{2000 + n % 10**4}" for n in range(70_000)]
    assert set(villages_of_today([*asked, *MEDAN])) == {*MEDAN}


def test_a_layer_of_larger_regions_is_told(file: Write) -> None:
    layer = [{"KDPKAB": code, "WADMKK": name} for code, name in (("12.71", "Medan"), ("12.20", ""))]
    with pytest.raises(Refused, match=r"KDPKAB has codes of districts or regencies.*--field code"):
        load(file(layer))


def test_a_layer_without_anything_is_told(file: Write) -> None:
    with pytest.raises(Refused, match=r"no property for the regency.*properties OBJECTID"):
        load(file([{"OBJECTID": 1, "luas": 2.5}]))
    with pytest.raises(Refused, match=r"the file has the properties \(none\)"):
        load(file([{}]))


@pytest.mark.parametrize(
    "value",
    [True, None, [], {"a": [1]}, "", " ", "\0", float("1e300"), -1, "x" * 10_000, "\u202e12.71"],
)
def test_odd_values_are_no_codes_and_no_error(file: Write, value: object) -> None:
    odd = {"code": value, "name": value, "\0\n": value, "WADMKK": value, "WADMKC": value}
    report = load(file([*rows("code", MEDAN, "name"), odd]))
    assert report.counts["matched"] == 3 and report.counts["dropped"] == 1
    with pytest.raises(Refused):
        load(file([odd]))


def test_unnamed_water_is_told_as_such(file: Write) -> None:
    report = load(file([*rows("code", MEDAN, "name"), {"code": None, "name": "Danau Toba"}]))
    assert "named like water or forest" in report.villages[3].why


@pytest.mark.parametrize("written", ["{}-{}-{}-{}", "KEL-{}-{}-{}-{}", "{} {} {} {}"])
def test_codes_with_other_separators_are_codes(file: Write, written: str) -> None:
    codes = [written.format(*code.split(".")) for code in MEDAN]
    assert matched(load(file(rows("KODE", codes)))) == list(MEDAN)
