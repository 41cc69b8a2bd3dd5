"""Codes that are not today's, from the files that tell of them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from outreach.models import Region, RegionAlias
from outreach.places.regions.alias_loading import AliasReport, load_aliases
from outreach.places.regions.aliases import resolve
from outreach.places.regions.loading import load_regions
from outreach.places.uploads import Refused

pytestmark = pytest.mark.django_db

BPS = RegionAlias.System.BPS
KEMENDAGRI = RegionAlias.System.KEMENDAGRI
RECODES = "from_vintage,to_vintage,level,old_code,new_code,name,basis,confidence\n"
HISTORY = "code,level,first_vintage,last_vintage,name_first,name_last\n"
BRIDGE = "bps_code,kemendagri_code,name_bps,kemendagri_code_2025\n"
Load = Callable[..., AliasReport]


@pytest.fixture
def load(tmp_path: Path, regions: None) -> Load:
    """Loads texts, a file each."""

    def write_and_load(*texts: str) -> AliasReport:
        files = [tmp_path / f"{number}.csv" for number, _ in enumerate(texts)]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text)
        return load_aliases(files)

    return write_and_load


def move(old: str, new: str, since: int = 2016, sure: str = "high") -> str:
    return f"{since},{since + 2},4,{old},{new},Nama,name,{sure}\n"


def ends() -> dict[str, tuple[str | None, str]]:
    rows = RegionAlias.objects.filter(system=KEMENDAGRI)
    return {row.code: (row.region_id, row.confidence) for row in rows}


def test_moves_are_followed_to_today(load: Load) -> None:
    text = (
        RECODES
        + move("12.71.08.1001", "12.71.01.1001", 2018, "low")
        + move("12.71.09.1001", "12.71.08.1001")
        + move("12.71.09.1002", "12.71.01.1002")
        + move("12.71.09.1003", "", 2016, "none")
        + move("12.71.09.1004", "12.71.07.1004")
    )
    report = load(text)
    assert ends() == {
        "12.71.08.1001": ("12.71.01.1001", "low"),
        "12.71.09.1001": ("12.71.01.1001", "low"),
        "12.71.09.1002": ("12.71.01.1002", "high"),
        "12.71.09.1003": (None, "none"),
        "12.71.09.1004": (None, "none"),
    }
    assert report.confidence["kemendagri"] == {"high": 1, "low": 2, "none": 2}
    assert list(report.without_successor) == ["12.71.09.1003", "12.71.09.1004"]
    again = load(text)
    assert (again.changed, again.unchanged) == (0, 5)


def test_a_later_move_of_a_code_used_anew_is_another_story(load: Load) -> None:
    load(
        RECODES
        + move("12.71.09.1001", "12.71.08.1001", 2020)
        + move("12.71.08.1001", "12.71.01.1001", 2016)
    )
    assert ends()["12.71.09.1001"] == (None, "none")
    load(
        RECODES
        + move("12.71.09.1002", "12.71.01.1001", 2016)
        + move("12.71.09.1002", "12.71.01.1002", 2020)
    )
    assert ends()["12.71.09.1002"] == (None, "none")


def test_a_code_of_today_is_no_alias(load: Load) -> None:
    text = RECODES + move("12.71.01.1001", "12.71.01.1002")
    report = load(text)
    assert (ends(), report.today) == ({}, {"12.71.01.1001": "Nama"})


def test_a_code_that_is_gone_from_the_newest_list_is_an_alias(load: Load, tmp_path: Path) -> None:
    load(RECODES + move("12.71.09.1001", "12.71.01.1001"))
    history = HISTORY + "12.71.01.1001,4,2016,2023,A,A\n12.71.01.1003,4,2016,2025,B,B\n"
    load(
        RECODES
        + move("12.71.01.1001", "12.71.01.1002", 2022)
        + move("12.71.01.1003", "12.71.01.1002", 2018),
        history,
    )
    assert ends() == {
        "12.71.01.1001": ("12.71.01.1002", "high"),
        # It led to what is gone now.
        "12.71.09.1001": ("12.71.01.1002", "high"),
    }
    load(RECODES + move("12.71.09.1002", "12.71.01.1001", 2016))
    assert ends()["12.71.09.1002"] == (None, "none")


def test_a_code_that_a_list_brings_back_is_no_alias_any_more(load: Load, tmp_path: Path) -> None:
    load(RECODES + move("12.71.09.1001", "12.71.01.1001") + move("12.71.01.1009", "", 2016, "none"))
    file = tmp_path / "list.csv"
    file.write_text("code,name\n12.71.01.1009,Baru\n12.71.09.1001,Lama\n")
    report = load_regions(file)
    assert (report.added, report.older) == (["12.71.01.1009"], {"12.71.09.1001": "12.71.01.1001"})
    assert ends() == {"12.71.09.1001": ("12.71.01.1001", "high")}
    file.write_text("code,name\n12.71.09,Baru\n12.71.01.1001,Baru\n12.71.09.1001,Lama\n")
    assert load_regions(file).added == ["12.71.09", "12.71.09.1001"]
    assert ends() == {}


def test_a_bridge_gives_bps_codes_and_keeps_the_rest(load: Load) -> None:
    text = (
        BRIDGE
        + "1275040001,12.71.01.1001,A,12.71.01.1001\n"
        + "1275040901,12.71.01.1001,A,12.71.01.1001\n"
        + "1275040002,12.71.09.1002,B,12.71.01.1002\n"
        + "1275040003,12.71.09.1003,C,12.71.01.1003\n"
        + "1275040004,12.71.09.1004,D,\n"
    )
    moved = RECODES + move("12.71.09.1002", "12.71.01.1002")
    report = load(text, moved)
    assert report.bps_filled == ["12.71.01.1001", "12.71.01.1002"]
    found = resolve(BPS, [f"127504{number}" for number in ("0001", "0901", "0002", "0003", "0004")])
    assert {code: (end.region, end.confidence) for code, end in found.items()} == {
        "1275040001": ("12.71.01.1001", "high"),
        "1275040901": ("12.71.01.1001", "high"),
        "1275040002": ("12.71.01.1002", "high"),
        # Only the file itself leads this one on.
        "1275040003": ("12.71.01.1003", "low"),
        "1275040004": (None, "none"),
    }
    assert load(text, moved).changed == 0


def test_a_file_that_knows_less_takes_no_successor_away(
    load: Load, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    load(RECODES + move("12.71.09.1001", "12.71.01.1001") + move("12.71.09.1002", "12.71.01.1002"))
    load(BRIDGE + "1275040901,12.71.09.1001,A,\n")
    history = HISTORY + "12.71.09.1001,4,2016,2023,A,A\n12.71.01.1003,4,2016,2025,B,B\n"
    recodes = RECODES + move("12.71.09.1002", "", 2016, "none")
    before = list(RegionAlias.objects.order_by("id").values())
    report = load(history, recodes, BRIDGE + "1275040901,12.71.09.1004,A,\n")
    assert list(RegionAlias.objects.order_by("id").values()) == before
    assert report.kept == {
        "12.71.09.1001": "12.71.01.1001",
        "12.71.09.1002": "12.71.01.1002",
        "1275040901": "12.71.01.1001",
    }
    assert (report.changed, report.unchanged, report.without_successor) == (0, 3, {})
    assert report.confidence["kemendagri"] == {"high": 2, "low": 0, "none": 0}
    call_command("load_region_aliases", str(tmp_path / "0.csv"))
    out = capsys.readouterr().out
    assert "though these files name none:\n12.71.09.1001 is 12.71.01.1001 today" in out


def test_a_bridge_may_have_other_names_and_no_dots(load: Load) -> None:
    report = load(
        "kode_bps,nama_bps,kode_dagri,nama_dagri\n1275040001,A,1271011001,A\n1275040,B,127101,B\n"
    )
    assert report.bps_filled == ["12.71.01", "12.71.01.1001"]


def test_a_bps_code_of_a_region_that_is_gone_leads_on(load: Load) -> None:
    Region.objects.filter(code="12.71.01.1001").update(bps_code="1275040001")
    load(
        RECODES + move("12.71.01.1001", "12.71.01.1002", 2022),
        HISTORY + "12.71.01.1001,4,2016,2023,A,A\n12.71.01.1003,4,2016,2025,B,B\n",
    )
    assert resolve(BPS, ["1275040001"])["1275040001"].region == "12.71.01.1002"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("code,name\n12,x\n", "1.csv has code, name; recodes have the columns old_code"),
        (RECODES + move("12.71.9.1001", "12.71.01.1001"), "line 2: .*lost a zero"),
        (RECODES + move("12.71.09", "12.71.01.1001"), "different levels"),
        (RECODES + move("12.71.09.1001", ""), "'high' is not high, low, or none of no code"),
        (RECODES + move("12.71.09.1001", "12.71.01.1001", sure="none"), "none of no code"),
        (RECODES + move("12.71.09.1001", "12.71.09.1001"), "moves to"),
        (
            "old_code,new_code\n12.71.09.1001,12.71.08.1001\n12.71.08.1001,12.71.09.1001\n",
            "in a circle",
        ),
        (BRIDGE + "127504,12.71.01.1001,A,\n", "'127504' is no code of BPS"),
        (BRIDGE + "1275040,12.71.01.1001,A,\n", "is not of 12.71.01.1001's level"),
        (BRIDGE + "1275040001,127101100,A,\n", "is not a region code"),
        ("code,name\n12,x\n", "a list of regions, code and name, is for load_regions"),
        (HISTORY + "12.7x,4,2016,2023,A,A\n", "not a region code"),
    ],
)
def test_a_file_with_a_bad_row_changes_nothing(load: Load, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        load(RECODES + move("12.71.09.1001", "12.71.01.1001"), text)
    assert not RegionAlias.objects.exists()


def test_without_regions_there_is_nothing_to_lead_to(tmp_path: Path) -> None:
    file = tmp_path / "recodes.csv"
    file.write_text(RECODES + move("12.71.09.1001", "12.71.01.1001"))
    with pytest.raises(CommandError, match="load today's list first"):
        call_command("load_region_aliases", str(file))


def test_the_command(load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(RECODES + move("12.71.09.1001", "12.71.01.1001"))
    file, report = tmp_path / "0.csv", tmp_path / "report.json"
    file.write_text(file.read_text() + move("12.71.09.1003", "", 2016, "none"))
    call_command("load_region_aliases", str(file), f"--report={report}")
    out = capsys.readouterr().out
    assert "1 added or changed, 1 as they were" in out
    assert "a CSV file with old_code,new_code gives them one:\n12.71.09.1003 Nama\n" in out
    assert json.loads(report.read_text())["confidence"]["kemendagri"]["high"] == 1


@pytest.mark.reference
def test_every_older_code_of_the_country(reference_data: Path) -> None:
    folder = reference_data / "regions"
    load_regions(folder / "regions_2025.csv.gz")
    files = [folder / f"{name}.csv.gz" for name in ("recodes", "region_history", "bps_bridge_2024")]
    report = load_aliases(files)
    assert report.confidence == {
        "kemendagri": {"high": 7174, "low": 55, "none": 305},
        "bps": {"high": 90_393, "low": 47, "none": 178},
    }
    # Two codes went and came back.
    assert list(report.today) == ["74.05.18.2006", "91.20.02.2015"] and report.unmatched == []
    assert RegionAlias.objects.count() == report.changed == 7759
    assert load_aliases(files).changed == 0
    surabaya = resolve(KEMENDAGRI, ["35.78.12.1004"])["35.78.12.1004"]
    assert (surabaya.region, surabaya.confidence) == (None, "none")
    alone = load_aliases(files[1:2])
    assert (len(alone.kept), len(alone.without_successor)) == (7174 + 55, 305)
    assert alone.confidence["kemendagri"] == report.confidence["kemendagri"]


def test_two_columns_of_one_name_are_refused(load: Load) -> None:
    with pytest.raises(Refused, match="has 2 columns new_code: leave out all but one"):
        load("old_code,new_code,new_code\n12.71.09.1001,12.71.01.1001,12.71.01.1002\n")
    assert ends() == {}
