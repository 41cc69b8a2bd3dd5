"""What a command may be told, and where it may write what it did."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from outreach.models import BoundarySet, Denominator, Region

pytestmark = pytest.mark.django_db

LIST = "code,name\n12,Sumatera Utara\n12.71,Kota Medan\n"
SET = {"source": "BIG", "vintage": "2023", "licence": "MIT"}
FIGURES = {"source": "BPS", "method": "census", "segment": "workers"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    call_command("load_regions", str(file), "--system=kemendagri")
    file.write_text("code,number\n12.71,5\n")
    return file


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("BIG\x1b[31m", r"character 4 is U\+001B, which cannot be printed"),
        ("BIG\u202eGIB", r"character 4 is U\+202E"),
        ("BIG\nRBI", r"character 4 is U\+000A"),
        ("BIG\udcff", r"character 4 is U\+DCFF"),
        ("  ", "it has 0 and may have 1 to "),
        ("é" * 201, "it has 201 and may have 1 to "),
    ],
)
class TestTextsThatAreKept:
    @pytest.mark.parametrize("option", SET)
    def test_of_boundaries(self, table: Path, option: str, text: str, why: str) -> None:
        options = [f"--{name}={value}" for name, value in (SET | {option: text}).items()]
        with pytest.raises(CommandError, match=f"--{option}: {why}"):
            call_command("load_boundaries", str(table), "--border-error-m=5", *options)
        assert not BoundarySet.objects.exists()

    @pytest.mark.parametrize("option", FIGURES)
    def test_of_denominators(self, table: Path, option: str, text: str, why: str) -> None:
        options = [f"--{name}={value}" for name, value in (FIGURES | {option: text}).items()]
        with pytest.raises(CommandError, match=f"--{option}: {why}"):
            call_command(
                *("load_denominators", str(table), "--column=number", "--year=2025"),
                *("--kind=estimate", *options),
            )
        assert not Denominator.objects.exists()

    @pytest.mark.parametrize("command", ["switch_boundaries", "undo_boundaries"])
    def test_of_changes(self, command: str, text: str, why: str) -> None:
        with pytest.raises(CommandError, match="--reason: it has 501 and may have 1 to 500"):
            call_command(command, "1", f"--reason={'x' * 501}")
        if "201" not in why:
            with pytest.raises(CommandError, match=f"--reason: {why}"):
                call_command(command, "1", f"--reason={text}")


def test_an_accepted_text_is_kept_whole(table: Path) -> None:
    source = "Dukcapil – " + "ä" * 149
    call_command(
        *("load_denominators", str(table), "--column=number", "--year=2025", "--kind=official"),
        f"--source= {source} ",
    )
    assert Denominator.objects.get().source == source


def test_a_report_that_cannot_be_written_stops_a_load_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    command = ("load_regions", str(file), "--system=kemendagri")
    for path in (tmp_path / "none" / "report.json", tmp_path):
        with pytest.raises(CommandError, match=f"cannot be written to {path}: name a file"):
            call_command(*command, f"--report={path}")
    (tmp_path / "link").symlink_to(file)
    with pytest.raises(CommandError, match=r"the report would replace .*, which is to be loaded"):
        call_command(*command, f"--report={tmp_path / 'link'}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError, match="would replace"):
        call_command("load_region_aliases", "list.csv", "--report=./list.csv")
    assert (file.read_text(), Region.objects.exists()) == (LIST, False)
    call_command(*command, "--report=report.json")
    assert (tmp_path / "report.json").exists()


def test_texts_of_a_file_are_shown_without_control_characters_and_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"\x1b[2J,b{'c' * 100_000}\nx,y\n")
    with pytest.raises(CommandError) as caught:
        call_command("load_regions", str(file))
    why = str(caught.value)
    assert "its columns are \ufffd[2J, bccc" in why
    assert len(why) < 1100
