import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from outreach.models import Denominator, Standing
from outreach.places.denominators import DenominatorReport, Origin, load_denominators
from outreach.places.regions import load_regions
from outreach.places.sources import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("regions")]

OFFICIAL = Denominator.Kind.OFFICIAL
ORIGIN = Origin("Dukcapil", 2025, OFFICIAL)
ROWS = "code,name,workers\n12.71.01.1001,A,1200\n12.71.01.1002,B,\n12.71.01.1999,C,80\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "workers.csv"
    file.write_text(ROWS)
    return file


def load(file: Path, origin: Origin = ORIGIN) -> DenominatorReport:
    return load_denominators(file, "workers", origin, timezone.now())


def values(code: str = "12.71.01.1001") -> list[tuple[str, int, int]]:
    rows = Denominator.objects.filter(region=code).order_by("source", "year")
    return list(rows.values_list("source", "year", "value"))


def test_values_come_with_their_origin_and_the_rest_is_reported(table: Path) -> None:
    report = load(table)
    assert (report.added, report.blank, report.unknown) == (
        ["12.71.01.1001"],
        ["12.71.01.1002"],
        ["12.71.01.1999"],
    )
    [stored] = Denominator.objects.all()
    assert (stored.value, stored.year, stored.kind, stored.source) == (
        1200,
        2025,
        "official",
        "Dukcapil",
    )
    assert stored.segment == "working_population"


def test_another_source_or_year_stands_beside(table: Path) -> None:
    load(table)
    table.write_text(ROWS.replace("1200", "1300"))
    load(table, Origin("Dukcapil", 2026, OFFICIAL))
    load(table, Origin("BPS", 2025, Denominator.Kind.ESTIMATE, method="Sakernas by age"))
    assert values() == [("BPS", 2025, 1300), ("Dukcapil", 2025, 1200), ("Dukcapil", 2026, 1300)]


def test_what_stands_is_never_changed(table: Path) -> None:
    load(table)
    assert load(table).unchanged == 1
    table.write_text(ROWS.replace("1200", "1300").replace("B,", "B,70"))
    with pytest.raises(Refused, match=r"12\.71\.01\.1001 stands at 1200"):
        load(table)
    with pytest.raises(Refused, match="stands at 1200"):
        load(table, Origin("Dukcapil", 2025, Denominator.Kind.ESTIMATE))
    assert Denominator.objects.count() == 1


@pytest.mark.parametrize("value", ["-1", "1.200", "1,2e3", "many", "2147483648", "9" * 5000, "१२"])
def test_a_value_that_is_no_count_refuses_the_file(table: Path, value: str) -> None:
    table.write_text(ROWS.replace(",\n", f',"{value}"\n'))
    with pytest.raises(Refused, match=r"line 3: .* not a whole number of people"):
        load(table)
    assert not Denominator.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("code,workers\n12.2,5\n", "lost a zero"),
        ("code,workers\n12.71,5\n12.71,6\n", "line 3: 12.71 is there twice"),
        ("code,workers\n12.71,\n12.71,6\n", "line 3: 12.71 is there twice"),
        ("code,people\n12.71,5\n", "no column workers"),
        ("code,workers\n99.71,5\n", "none of its codes is known"),
    ],
)
def test_a_bad_file_is_refused(table: Path, content: str, why: str) -> None:
    table.write_text(content)
    with pytest.raises(Refused, match=why):
        load(table)


def test_the_command(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    options = ["--column=workers", "--source=Dukcapil", "--kind=estimate", "--method=by age"]
    call_command("load_denominators", str(table), *options, "--year=2025", f"--report={report}")
    out = capsys.readouterr().out
    assert "1 added" in out and "12.71.01.1999: not in the list of regions" in out
    assert json.loads(report.read_text())["kind"] == "estimate"
    stored = Denominator.objects.get()
    assert stored.method == "by age"
    assert Standing.objects.get(village="12.71.01.1001").denominator == stored
    with pytest.raises(CommandError, match="not a year"):
        call_command("load_denominators", str(table), *options, "--year=25")


@pytest.mark.reference
def test_the_population_of_the_whole_country(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    origin = Origin("Dukcapil", 2024, OFFICIAL, segment="population")
    report = load_denominators(folder / "population_kab_2024.csv", "total", origin, timezone.now())
    assert (len(report.added), report.unknown) == (552, [])
    provinces = Denominator.objects.filter(region__level=1).values_list("value", flat=True)
    assert sum(provinces) == 284_973_643


def test_a_column_that_is_there_twice_refuses_the_file(table: Path) -> None:
    table.write_text("code,workers,workers\n12.71.01.1001,1200,80\n")
    with pytest.raises(Refused, match=r"more than one column workers"):
        load(table)
    assert not Denominator.objects.exists()


@pytest.mark.parametrize("given", ["-5", "0", "many", "9" * 30, "1.5"])
@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            "load_denominators",
            ["--column=workers", "--source=BPS", "--year=2025", "--kind=official"],
        ),
        ("load_regions", []),
        ("load_boundaries", ["--source=BPS", "--licence=x", "--attribution=x", "--edition=x"]),
    ],
)
def test_a_size_that_is_none_is_one_line(
    table: Path, command: str, options: list[str], given: str
) -> None:
    with pytest.raises(CommandError, match=r"--max-mib: .* is not a whole number from 1 to 4096"):
        call_command(command, str(table), *options, f"--max-mib={given}")
