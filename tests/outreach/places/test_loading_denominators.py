import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from outreach.models import Denominator, Region, RegionAlias, Standing
from outreach.places.denominators import DenominatorReport, Origin, load_denominators
from outreach.places.regions.loading import load_regions
from outreach.places.uploads import Refused

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
    return load_denominators(file, {"workers": "working_population"}, origin, timezone.now())


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


@pytest.mark.parametrize(
    "value", ["-1", "1.200", "1.5", "1,2e3", "many", "2147483648", "9" * 5000, "१२"]
)
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
        ("code,people\n12.71,5\n", "no column workers; it has code, people"),
        ("code,workers\n12.71.01.1001,1.234\n", "write it without a separator, 1234 if that is"),
        ("code,workers\n12.71.01.1001,12 345 678\n", "without a separator, 12345678 if that"),
        ("code;workers\n12.71.01.1001;1,234\n", "write it without a separator, 1234 if that is"),
        ("kode,workers\n1271011001,5\n", "--system kemendagri or --system bps"),
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
    assert "1 added" in out and "12.71.01.1999: no region of today" in out
    assert json.loads(report.read_text())["kind"] == "estimate"
    stored = Denominator.objects.get()
    assert stored.method == "by age"
    assert Standing.objects.get(village="12.71.01.1001").denominator == stored
    with pytest.raises(CommandError, match="not a year"):
        call_command("load_denominators", str(table), *options, "--year=25")


def test_codes_come_in_any_convention(table: Path) -> None:
    table.write_text("Kode Desa;Nama;workers\n1271011001;Nama 12.71.01.1001;1200.0\n")
    assert load(table).added == ["12.71.01.1001"]
    Region.objects.filter(code="12.71.01.1002").update(bps_code="1275040002")
    table.write_text("kode_bps,workers\n1275040002,70\n1275040003,80\n")
    report = load(table)
    assert (report.system, report.added, report.unknown) == (
        "bps",
        ["12.71.01.1002"],
        ["1275040003"],
    )


def test_an_older_code_counts_for_what_it_is_today(table: Path) -> None:
    for code, region, confidence in (
        ("12.71.09.1001", "12.71.01.1001", "high"),
        ("12.71.09.1002", "12.71.01.1002", "low"),
        # It is gone, though the list of regions keeps it.
        ("12.71.01.1003", None, "none"),
    ):
        RegionAlias.objects.create(
            system="kemendagri",
            code=code,
            level=4,
            name="Lama",
            region_id=region,
            basis="test",
            confidence=confidence,
            source="test",
        )
    rows = "code,workers\n12.71.09.1001,1200\n12.71.09.1002,70\n12.71.01.1003,5\n"
    table.write_text(rows)
    report = load(table)
    assert report.older == {"12.71.09.1001": "12.71.01.1001"}
    assert (report.added, report.unknown) == (
        ["12.71.01.1001"],
        ["12.71.01.1003", "12.71.09.1002"],
    )
    table.write_text(rows + "12.71.01.1001,30\n")
    with pytest.raises(Refused, match=r"line 5: 12\.71\.01\.1001 and 12\.71\.09\.1001 are both"):
        load(table)


def test_several_columns_are_several_segments(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_text("code,workers,age_15_64\n12.71.01.1001,1200,1500\n12.71.01.1002,,80\n")
    command = ["load_denominators", str(table), "--source=Dukcapil", "--year=2025"]
    command += ["--kind=official", "--column=workers", "--column=age_15_64"]
    call_command(*command, "--segment=working_population", "--segment=age_15_64")
    assert "12.71.01.1002 workers: no value" in capsys.readouterr().out
    stored = Denominator.objects.order_by("region", "segment")
    assert [*stored.values_list("region", "segment", "value")] == [
        ("12.71.01.1001", "age_15_64", 1500),
        ("12.71.01.1001", "working_population", 1200),
        ("12.71.01.1002", "age_15_64", 80),
    ]
    with pytest.raises(CommandError, match="2 times --column and 0 times --segment"):
        call_command(*command)
    with pytest.raises(CommandError, match="2 times --column and 1 times --segment"):
        call_command(*command, "--segment=workers")
    with pytest.raises(CommandError, match="each column and each segment once"):
        call_command(*command, "--segment=workers", "--segment=workers")
    with pytest.raises(CommandError, match="it has 21 and may have 1 to 20 characters"):
        call_command(*command, "--segment=workers", f"--segment={'a' * 21}")


@pytest.mark.reference
def test_the_villages_of_a_province(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    origin = Origin("Dukcapil", 2019, OFFICIAL)
    columns = {"age_15_64": "age_15_64", "working_by_ktp": "working_population"}
    report = load_denominators(
        folder / "denominators_desa_diy_2019.csv", columns, origin, timezone.now()
    )
    assert (len(report.added), report.unknown, report.blank) == (438, [], [])


@pytest.mark.reference
def test_the_population_of_the_whole_country(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    origin = Origin("Dukcapil", 2024, OFFICIAL)
    columns = {"total": "population", "male": "men", "female": "women"}
    report = load_denominators(folder / "population_kab_2024.csv", columns, origin, timezone.now())
    assert (len(report.added), report.unknown) == (552, [])
    assert report.segments == dict.fromkeys(columns.values(), 552)
    provinces = Denominator.objects.filter(region__level=1, segment="population")
    assert sum(provinces.values_list("value", flat=True)) == 284_973_643


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


def test_a_report_fits_on_a_page_and_the_important_comes_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, report = tmp_path / "workers.csv", tmp_path / "report.json"
    rows = [f"12.71.01.{number},x,{number % 2 or ''}" for number in range(1001, 1201)]
    file.write_text("\n".join(["code,name,workers", *rows]))
    call_command(
        *("load_denominators", str(file), "--column=workers", "--source=x", "--year=2025"),
        *("--kind=official", f"--report={report}"),
    )
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 40
    assert told[4].endswith("no region of today that is sure")
    assert [line for line in told if "more" in line] == [
        "and 166 more (see --report)",
        "and 97 more (see --report)",
    ]
    assert len(json.loads(report.read_text())["unknown"]) == 197
