"""Lists of recodes between two editions of the list of regions, made-up ones and the real one."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from outreach.geo.region_codes import kind_of, level_of, parent_of, time_zone_of
from outreach.models import Office, OfficeTerritory, Region, RegionAlias, RegionChange
from outreach.standings.freezing import first_revision
from outreach.standings.rankings import village_standings
from outreach.standings.rebuilding import refresh
from tests.outreach.region_changes.changing import change, figures, measure, people, tallied
from tests.outreach.region_changes.test_comparable import (
    NOVEMBER,
    NOW,
    OCTOBER,
    Put,
)
from tests.outreach.region_changes.test_comparable import (
    campaign as campaign,  # noqa: PLC0414  # for these tests
)
from tests.outreach.region_changes.test_comparable import (
    formula as formula,  # noqa: PLC0414  # for these tests
)
from tests.outreach.region_changes.test_comparable import (
    frozen as frozen,  # noqa: PLC0414  # for these tests
)
from tests.outreach.region_changes.test_comparable import (
    kader as kader,  # noqa: PLC0414  # for these tests
)
from tests.outreach.region_changes.test_comparable import (
    office as office,  # noqa: PLC0414  # for these tests
)
from tests.outreach.region_changes.test_comparable import (
    places as places,  # noqa: PLC0414  # for these tests
)
from tests.outreach.region_changes.test_comparable import (
    put as put,  # noqa: PLC0414  # for these tests
)
from tests.outreach.standings.conftest import FAR, LOWER, UPPER

pytestmark = pytest.mark.django_db
HEAD = "from_vintage,to_vintage,level,old_code,new_code,name,basis,confidence\n"


def ranks(within: str) -> dict[str, tuple[int | None, int | None]]:
    rows = village_standings(within, NOVEMBER, limit=1000).rows
    return {row.code: (row.rank, row.previous_rank) for row in rows}


@pytest.fixture
def moved(tmp_path: Path, frozen: list[Any]) -> Path:
    """The regency goes to another province, with its districts and villages."""
    Region.objects.create(
        code="98", level=1, kind="province", name="Baru", time_zone="Asia/Makassar"
    )
    codes = Region.objects.filter(code__startswith="97.01").values_list("code", flat=True)
    rows = [f"2024,2025,{level_of(code)},{code},98{code[2:]},x,name,high\n" for code in codes]
    rows.sort(reverse=True)  # villages first
    unlike = rows.index(f"2024,2025,4,{FAR},98{FAR[2:]},x,name,high\n")
    rows[unlike] = f"2024,2025,4,{FAR},,x,no_unique_successor,none\n"
    file = tmp_path / "recodes.csv.gz"
    with gzip.open(file, "wt") as written:
        written.write(HEAD + "".join(rows))
        written.write("2023,2024,4,97.01.01.2099,97.01.01.2001,x,name,high\n")
        written.write("2024,2025,4,12.71.01.1001,12.71.01.1010,x,name,high\n")
        written.write("2024,2025,2,97.71,98.71,x,name_unique_nationwide,low\n")
    return file


def test_a_whole_regency_moves_and_standings_stay_comparable(
    moved: Path, tmp_path: Path, capsys: Any
) -> None:
    measure("97.01", 5000)
    before, counted, report = ranks("97"), people("97"), tmp_path / "report.json"
    with pytest.raises(CommandError, match="has recodes to 2024, 2025: say which, with --vintage"):
        change(str(moved))
    with pytest.raises(CommandError, match="and none to 2026"):
        change(str(moved), "--vintage=2026")

    change(str(moved), "--vintage=2025", f"--report={report}")

    told = json.loads(report.read_text())
    assert told["left_out"] == {
        "no_successor": [FAR],
        "not_listed": ["12.71.01.1001"],
        "unsure": ["97.71"],
    }
    assert "left out, no one region is their successor" in capsys.readouterr().out
    assert [one["change"][:18] for one in told["changes"][:2]] == [
        "recode 97.01 → 98.",
        "recode 97.01.01 → ",
    ]
    assert figures("98.01") == [(5000, "official", 1)]
    sums = [people("97"), people("98"), tallied("97"), tallied("98")]
    assert [sum(two) for two in zip(*sums[:2], strict=True)] == list(counted)
    assert sums[:2] == sums[2:]
    # Among those who moved nothing is otherwise, but that the one left behind is not there.
    after = ranks("98")
    assert after["98" + UPPER[2:]] == (1, before[UPPER][1])
    assert {code[2:] for code in after} | {FAR[2:]} == {
        code[2:] for code in before if code.startswith("97.01")
    }

    change(str(moved), "--vintage=2025")

    assert "old codes already" in capsys.readouterr().out
    assert RegionChange.objects.count() == len(told["changes"])


def test_where_todays_list_is_loaded_recodes_go_to_codes_that_nothing_hangs_on(
    frozen: list[Any], put: Put
) -> None:
    new = "97.01.01.2077"
    Region.objects.create(
        code=new, level=4, kind="desa", name="Hulu Baru", parent_id="97.01.01",
        time_zone="Asia/Makassar",
    )  # fmt: skip
    refresh(NOW)
    before = {code: rank for code, rank in ranks("97.01").items() if code != new}
    made = change("--recode", UPPER, "--into", new)
    after = ranks("97.01")
    assert {new if code == UPPER else code: rank for code, rank in before.items()} == after
    assert made and not made.before["added"]
    with pytest.raises(CommandError, match="is there already: that is a merger"):
        change("--recode", LOWER, "--into", new)


@pytest.mark.reference
def test_papua_barat_daya(reference_data: Path, put: Put, holding: Office) -> None:
    """Raja Ampat by the editions of 2023 and 2025: it and its villages have other codes."""
    file = reference_data / "regions" / "recodes.csv.gz"
    moves = _list_of_before(reference_data, file)
    by_new = {new: old for old, new in moves.items()}
    village = "96.03.01.2001"
    old = by_new[village]
    others = sorted(code for code in moves if code[:5] == old[:5] and level_of(code) == 4)[:9]
    for number, code in enumerate({old, *others}):
        measure(code, 400 + number)
        put(code, 3 + number, OCTOBER)
    first_revision(OCTOBER, NOW)
    refresh(NOW)
    before = ranks(old[:5])
    counted = people("9")

    change(str(file), "--vintage=2025")

    assert RegionAlias.objects.get(system="kemendagri", code=old).region_id == village
    assert RegionChange.objects.count() == len(moves) == 137
    assert {moves.get(code, code): rank for code, rank in before.items()} == ranks("96.03")
    assert people("9") == tallied("9") == counted
    held = OfficeTerritory.objects.filter(region__in=["92.05", "96.03"])
    assert set(held.values_list("office", flat=True)) == {holding.pk} and len(held) == 2


@pytest.fixture
def holding(office: Office) -> Office:
    OfficeTerritory.objects.create(office=office, region_id="92.05", first_day="2026-01-01")
    return office


def _list_of_before(reference_data: Path, file: Path) -> dict[str, str]:
    """Have the list of 2023 for Raja Ampat; where its codes lead."""
    with gzip.open(file, "rt") as read:
        recodes = [row for row in csv.DictReader(read) if row["to_vintage"] == "2025"]
    with gzip.open(reference_data / "regions" / "regions_2025.csv.gz", "rt") as read:
        names = {row["code"]: row["name"] for row in csv.DictReader(read)}
    moves = {
        row["old_code"]: row["new_code"]
        for row in recodes
        if row["confidence"] == "high" and row["old_code"].startswith("92.05")
    }
    codes = {old: names[new] for old, new in moves.items()}
    codes |= {code: names[code] for code in ("92", "96")}
    Region.objects.bulk_create(
        Region(
            code=code,
            level=level_of(code),
            kind=kind_of(code) or "",
            name=name,
            parent_id=parent_of(code),
            time_zone=time_zone_of(code),
        )
        for code, name in sorted(codes.items())
    )
    return moves
