"""What a person is asked about features, and the answers."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outreach.models import Boundary, BoundarySet
from outreach.places.boundaries.confirmed_codes import read_confirmed
from outreach.places.uploads import Refused
from tests.outreach.places.matching.conftest import (
    BPS,
    UNDOTTED,
    Write,
    by_names,
    load,
    matched,
    rows,
)
from tests.outreach.places.medan import GIVEN, MEDAN

pytestmark = pytest.mark.django_db


def test_what_was_listed_is_loaded_once_it_is_confirmed(file: Write, tmp_path: Path) -> None:
    villages = file(
        by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Medan Kota", "Weg Dua"))
    )
    answers = tmp_path / "answers.csv"
    answers.write_text(f"feature,code\n2,{MEDAN[2]}\n1,\n")
    call_command("load_boundaries", villages, confirm=answers, **GIVEN)
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
            call_command("load_boundaries", villages, confirm=answers, **GIVEN)
    for text, why in (
        (f"feature,kode\n1,{MEDAN[0]}\n", "no column code"),
        (f"feature,code,Code\n1,{MEDAN[0]},{MEDAN[1]}\n", "more than one column code"),
    ):
        answers.write_text(text)
        with pytest.raises(CommandError, match=why):
            call_command("load_boundaries", villages, confirm=answers, **GIVEN)
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
    template = tmp_path / "template.csv"
    with pytest.raises(CommandError, match="no property has codes"):
        call_command("load_boundaries", second, template=template, **GIVEN)
    assert "=HYPERLINK(1)" in template.read_text("utf-8-sig") and not BoundarySet.objects.exists()
    with pytest.raises(CommandError, match="is there already: give --template another name"):
        call_command("load_boundaries", first, template=template, **GIVEN)
    answers = filled_in(template, {"'=HYPERLINK(1)": MEDAN[0]})
    template.unlink()

    call_command("load_boundaries", first, second, confirm=answers, template=template, **GIVEN)
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
    call_command("load_boundaries", first, second, confirm=answers, **GIVEN)
    assert set(Boundary.objects.filter(is_current=True).values_list("region_id", flat=True)) == {
        *MEDAN
    }
    assert "to be confirmed: 1; --template FILE.csv" in capsys.readouterr().out


def test_a_template_names_the_candidates_and_has_a_folder(file: Write, tmp_path: Path) -> None:
    villages = file(
        by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Elsewhere", "Sei Rengaas"))
    )
    with pytest.raises(CommandError, match="is in no folder that exists"):
        call_command("load_boundaries", villages, template=tmp_path / "no" / "t.csv", **GIVEN)
    call_command("load_boundaries", villages, template=tmp_path / "t.csv", **GIVEN)
    assert f",{MEDAN[2]} Sei Rengas,\n" in (tmp_path / "t.csv").read_text("utf-8-sig")
    assert BoundarySet.objects.count() == 1


def test_a_code_of_another_village_is_asked_by_what_else_is_known(file: Write) -> None:
    said = rows("code", (MEDAN[0], MEDAN[2], MEDAN[2]), "name")
    told = [row | {"bps_code": code} for row, code in zip(said, (*BPS[:2], None), strict=True)]
    path = file(told)
    report = load(path)
    assert [village.outcome for village in report.villages] == ["matched", "unresolved", "matched"]
    asked = report.villages[1]
    assert asked.is_open and asked.candidates == (MEDAN[1],)
    confirmed = {path.name: {2: MEDAN[1]}}
    assert matched(load(path, confirmed=confirmed)) == list(MEDAN)


def test_one_code_is_not_confirmed_for_features_of_different_names(
    file: Write, tmp_path: Path
) -> None:
    path = file(rows("code", ("", MEDAN[1], ""), "name"))
    with pytest.raises(Refused, match="features 1 'Pasar Baru' and 3 'Sei Rengas' are both to be"):
        load(path, confirmed={path.name: {1: MEDAN[0], 3: MEDAN[0]}})
    table = tmp_path / "confirmed.csv"
    table.write_text(f"feature,name,code\n1,Pasar Baru,{MEDAN[0]}\n3,Sei Rengas,{MEDAN[0]}\n")
    with pytest.raises(Refused, match=f"lines 2 and 3: {MEDAN[0]} is there for features of"):
        read_confirmed(table, [path.name])


def test_a_confirmed_code_may_lack_its_dots(tmp_path: Path) -> None:
    table = tmp_path / "confirmed.csv"
    table.write_text(f"feature,code\n2,{UNDOTTED[1]}\n")
    assert read_confirmed(table, ["villages.geojson"]) == {"villages.geojson": {2: MEDAN[1]}}
