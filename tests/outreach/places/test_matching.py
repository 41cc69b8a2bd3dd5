"""Which village a feature is for, by publishers' conventions, codes and names."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from outreach.geo.conventions import FieldMap
from outreach.geo.region_codes import System
from outreach.models import Boundary, BoundarySet, Region, RegionAlias
from outreach.places.boundaries.confirmed_codes import read_confirmed
from outreach.places.boundaries.known_codes import villages_of_today
from outreach.places.boundaries.loading import Answers, BoundaryReport, Origin, load_boundaries
from outreach.places.uploads import Refused
from tests.outreach.places.conftest import square

pytestmark = pytest.mark.django_db

ORIGIN = Origin("Surveyors", "2026", "MIT", 15)
MEDAN = ("12.71.01.1001", "12.71.01.1002", "12.71.01.1003")
NAMES = ("Pasar Baru", "Wek I", "Sei Rengas")
BPS = ("1275060010", "1275060011", "1275060012")
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


UNDOTTED = [code.replace(".", "") for code in MEDAN]


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
    with pytest.raises(Refused, match="has no village's code in label"):
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


def by_names(*names: tuple[str, str, str]) -> list[Properties]:
    fields = ("WADMKK", "WADMKC", "WADMKD")
    return [dict(zip(fields, three, strict=True)) for three in names]


def test_files_without_codes_match_by_exact_names(file: Write) -> None:
    report = load(
        file(
            by_names(
                ("KOTA MEDAN", "Kec. Medan-Kota", "PASAR  BARU"),
                ("Medan", "medan kota", "Kelurahan Wek I"),
                ("Kab. Padang Lawas Utara", "DOLOK SIGOMPULON", "Desa Janji-Manahan"),
                ("Kabupaten Medan", "Medan Kota", "Sei Rengas"),
                ("Kota Medan", "Medan Kota", "Sei Rengaas"),
                ("Padang Lawas Utara", "Elsewhere", "Pasar Baru"),
            )
        )
    )
    assert "matched by the names in WADMKK, WADMKC, WADMKD" in report.files[0].notes[0]
    assert matched(report) == [MEDAN[0], MEDAN[1], "12.20.01.2001"]
    assert [(v.outcome, v.candidates) for v in report.villages[3:]] == [
        ("unresolved", (MEDAN[2],)),
        ("unresolved", (MEDAN[2],)),
        ("unresolved", ("12.20.01.2002",)),
    ]


def test_numbers_of_ten_digits_are_not_codes_for_that(file: Write) -> None:
    named = by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Medan Kota", "Nowhere"))
    report = load(file([{**row, "LUAS": 1_234_567_890 + n} for n, row in enumerate(named)]))
    assert matched(report) == [MEDAN[1]]
    assert [(v.outcome, v.candidates) for v in report.villages[1:]] == [("unresolved", ())]


def test_a_name_that_two_villages_have_is_not_guessed(file: Write) -> None:
    Region.objects.filter(code=MEDAN[1]).update(name="Pasar Baru")
    with pytest.raises(Refused) as caught:
        load(file(by_names(("Kota Medan", "Medan Kota", "Pasar Baru"))))
    assert f"may be {MEDAN[0]}, {MEDAN[1]}: say so with --confirm" in caught.value.problems[-1]


def test_what_was_listed_is_loaded_once_it_is_confirmed(file: Write, tmp_path: Path) -> None:
    villages = file(
        by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Medan Kota", "Weg Dua"))
    )
    given = {"source": "Surveyors", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
    answers = tmp_path / "answers.csv"
    answers.write_text(f"feature,code\n2,{MEDAN[2]}\n1,\n")
    call_command("load_boundaries", villages, confirm=answers, **given)
    assert set(Boundary.objects.values_list("region_id", flat=True)) == {MEDAN[1], MEDAN[2]}
    for wrong, why in (
        ("3,12.71.01.1003", "no feature 3"),
        ("1,12.71.01.1009", "no known village"),
        ("one,12.71.01.1001", "no number of a feature"),
        ("1,12.71.01", "no village's code"),
        ("1,12.71.01.1001\n1,12.71.01.1002", "twice"),
    ):
        answers.write_text(f"feature,code\n{wrong}\n")
        with pytest.raises(CommandError, match=why):
            call_command("load_boundaries", villages, confirm=answers, **given)
    for text, why in (
        (f"feature,kode\n1,{MEDAN[0]}\n", "no column code"),
        (f"feature,code,Code\n1,{MEDAN[0]},{MEDAN[1]}\n", "more than one column code"),
    ):
        answers.write_text(text)
        with pytest.raises(CommandError, match=why):
            call_command("load_boundaries", villages, confirm=answers, **given)
    assert BoundarySet.objects.count() == 1


def test_answers_may_be_as_a_spreadsheet_saves_them(file: Write, tmp_path: Path) -> None:
    villages = file(by_names(("Kota Medan", "Medan Kota", "Weg Dua")))
    answers = tmp_path / "answers.csv"
    answers.write_text(f"Feature;Code\n1;{MEDAN[2]}\n")
    confirmed = read_confirmed(answers, [villages.name])
    assert matched(load(villages, confirmed=confirmed)) == [MEDAN[2]]


def filled_in(template: Path, codes: dict[str, str], name: str = "filled.csv") -> Path:
    """The template as a spreadsheet saves it, with codes by the features' names."""
    with template.open(encoding="utf-8-sig", newline="") as file:
        asked = list(csv.DictReader(file))
    filled = template.with_name(name)
    with filled.open("x", newline="") as file:
        writer = csv.DictWriter(file, asked[0], delimiter=";")
        writer.writeheader()
        writer.writerows(
            {**row, "code": row["code"] or codes.get(row["name"], "")} for row in asked
        )
    return filled


def test_a_template_is_filled_in_and_given_back(
    file: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = file(
        by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Medan Kota", "Weg Dua"))
    ).rename(tmp_path / "-one.geojson")
    second = file(by_names(("Kota Medan", "Medan Kota", "=HYPERLINK(1)"), ("Medan", "+1", "@x")))
    given = {"source": "Surveyors", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
    template = tmp_path / "template.csv"
    with pytest.raises(CommandError, match="no property has codes"):
        call_command("load_boundaries", second, template=template, **given)
    assert "=HYPERLINK(1)" in template.read_text("utf-8-sig") and not BoundarySet.objects.exists()
    with pytest.raises(CommandError, match="is there already: give --template another name"):
        call_command("load_boundaries", first, template=template, **given)
    answers = filled_in(template, {"'=HYPERLINK(1)": MEDAN[0]})
    template.unlink()

    call_command("load_boundaries", first, second, confirm=answers, template=template, **given)
    assert "to be confirmed: 2, in " in capsys.readouterr().out
    with template.open(encoding="utf-8-sig", newline="") as written:
        asked = list(csv.DictReader(written))
    assert [tuple(row[key] for key in ("file", "feature", "name", "code")) for row in asked] == [
        ("'-one.geojson", "2", "Weg Dua", ""),
        ("villages.geojson", "1", "'=HYPERLINK(1)", MEDAN[0]),
        ("villages.geojson", "2", "'@x", ""),
    ]
    assert (asked[2]["district"], asked[2]["regency"]) == ("'+1", "Medan")
    assert asked[0]["candidates"] == ""
    answers = filled_in(template, {"Weg Dua": MEDAN[2]}, "both.csv")
    call_command("load_boundaries", first, second, confirm=answers, **given)
    assert set(Boundary.objects.filter(is_current=True).values_list("region_id", flat=True)) == {
        *MEDAN
    }
    assert "to be confirmed: 1; --template FILE.csv" in capsys.readouterr().out


def test_a_template_names_the_candidates_and_has_a_folder(file: Write, tmp_path: Path) -> None:
    villages = file(
        by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Elsewhere", "Sei Rengaas"))
    )
    given = {"source": "Surveyors", "vintage": "2026", "licence": "MIT", "border_error_m": 15}
    with pytest.raises(CommandError, match="is in no folder that exists"):
        call_command("load_boundaries", villages, template=tmp_path / "no" / "t.csv", **given)
    call_command("load_boundaries", villages, template=tmp_path / "t.csv", **given)
    assert f",{MEDAN[2]} Sei Rengas,\n" in (tmp_path / "t.csv").read_text("utf-8-sig")
    assert BoundarySet.objects.count() == 1


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
