"""A small fleet against a real server, right and wrong."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError
from django.utils import timezone

from fixtures.demo_region import load_region
from outreach.models import Campaign, Person, Registration, User
from outreach.standings import tallies
from outreach.standings.rebuilding import refresh

PASSWORD = "sawah-hijau-42"


@pytest.fixture
def server(transactional_db: None, live_server: Any) -> str:
    """The address of a server with a region and an administrator, and nothing else."""
    load_region(timezone.now())
    refresh(timezone.now())
    User.objects.create_user(
        "kepala", password=PASSWORD, role=User.Role.ADMINISTRATOR, full_name="Kepala"
    )
    return str(live_server.url)


def simulate(server: str, truth: Path, table: StringIO | None = None, **options: Any) -> str:
    """Runs the command; gives the table. Raises SystemExit when that does not end well."""
    table = table or StringIO()
    settings: dict[str, Any] = {
        "server": server,
        "user": "kepala",
        "password": PASSWORD,
        "truth": truth,
        "records": 150,
        "tablets": 6,
        "days": 2,
        "signal": "bad",
        "at_once": 3,
        "seed": 5,
    }
    call_command("simulate", stdout=table, stderr=StringIO(), **(settings | options))
    return table.getvalue()


def test_a_fleet_finds_a_right_server_right(server: str, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    table = simulate(server, truth)
    assert "Nothing lost, nothing doubled; outcomes and standings equal the truth." in table
    assert re.search(r"records acknowledged +150 ", table)
    assert re.search(r"standings after verifying [1-9]", table)
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert {line["id"] for line in lines} == {
        str(key) for key in Registration.objects.values_list("id", flat=True)
    }
    assert re.search(r"precision 1\.0000", table)
    assert 0 < Person.objects.exclude(state="none").count() <= 150
    assert {campaign.type for campaign in Campaign.objects.all()} == {
        "market_drive",
        "mobile_car",
        "trade_center_drive",
        "kader_penggerak",
    }
    with pytest.raises(CommandError, match="Seed 5 was played on this server before"):
        simulate(server, truth)
    assert len(truth.read_text().splitlines()) == 150


def test_a_fleet_finds_a_server_that_miscounts(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "move", lambda *_: None)
    table = StringIO()
    with pytest.raises(SystemExit) as ended:
        simulate(server, tmp_path / "truth.jsonl", table, records=40, tablets=2, days=1)
    assert ended.value.code == 1
    gained = r"standing: 99\.01\.\S+ gained 0 provisional and 0 verified, not"
    assert re.search(gained, table.getvalue())


def test_what_cannot_begin_is_told_in_one_line(server: str, tmp_path: Path) -> None:
    for options, words in (
        ({"password": "salah"}, "Wrong password for kepala"),
        ({"within": "12.71"}, "The server knows no region 12.71."),
        ({"truth": Path("/nowhere/truth.jsonl")}, "/nowhere/truth.jsonl: No such file"),
    ):
        with pytest.raises(CommandError) as error:
            simulate(server, **({"truth": tmp_path / "truth.jsonl"} | options))
        assert words in str(error.value)
        assert "\n" not in str(error.value)


def test_the_server_is_the_one_on_port(settings: Any) -> None:
    settings.PORT = 8123
    parser = load_command_class("sync", "simulate").create_parser("backend", "simulate")
    assert parser.parse_args([]).server == "http://127.0.0.1:8123"


def test_a_server_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"http://127\.0\.0\.1:1/api/v1/ does not answer"):
        simulate("http://127.0.0.1:1", tmp_path / "truth.jsonl")


@pytest.mark.parametrize("option", ["--tablets=0", "--records=x", "--within=abc", "--signal=none"])
def test_options_out_of_bounds_are_refused(option: str) -> None:
    with pytest.raises((CommandError, SystemExit)):
        call_command("simulate", option)
