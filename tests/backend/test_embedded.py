"""The embedded PostgreSQL's life: started, shared, killed and stopped."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from backend import postgres
from backend.database import address, cluster_folder, socket_folder
from backend.embedded import Hold, answers
from backend.failures import CannotStart
from backend.home import PROJECT

HOLDER = """
import sys
from pathlib import Path
from backend.embedded import Hold, answers
hold = Hold(Path(sys.argv[1]), throw_away=True)
print("up", flush=True)
sys.stdin.read()
"""


def server_pid(home: Path) -> int:
    return int((cluster_folder(home) / "data" / "postmaster.pid").read_text().split()[0])


def wait_until(true: Callable[[], bool], within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "that took too long"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an initialised cluster, down."""
    home = tmp_path_factory.mktemp("home")
    Hold(home).release()
    return home


def test_it_runs_while_somebody_holds_it(home: Path) -> None:
    first = Hold(home)
    second = Hold(home)
    first.release()
    with psycopg.connect(address(home)) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    second.release()
    assert not answers(home)


def test_only_its_own_user_gets_to_the_data_and_the_socket(home: Path) -> None:
    assert stat.S_IMODE(cluster_folder(home).stat().st_mode) == 0o700
    assert stat.S_IMODE((cluster_folder(home) / "data").stat().st_mode) == 0o700


def test_a_killed_server_comes_back(home: Path) -> None:
    with Hold(home) as hold:
        with psycopg.connect(address(home), autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        os.kill(server_pid(home), signal.SIGKILL)
        wait_until(lambda: not answers(home))
        hold.ensure()
        with psycopg.connect(address(home)) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_killed_keeper_is_replaced(home: Path) -> None:
    with Hold(home) as hold:
        (keeper,) = hold._keepers
        keeper.kill()
        keeper.wait()
        wait_until(lambda: not hold.is_kept())
        hold.ensure()
        assert hold.is_kept()
        assert answers(home)


def test_a_number_left_behind_by_a_crash_is_not_believed(home: Path) -> None:
    left = cluster_folder(home) / "data" / "postmaster.pid"
    left.write_text(f"{os.getpid()}\n{left.parent}\n1\n5432\n\n\n")
    with Hold(home):
        assert server_pid(home) != os.getpid()


def test_after_kill_9_of_its_user_nothing_stays_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"up\n"
        pid = server_pid(home)
        holder.kill()
    wait_until(lambda: not home.exists())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_deep_folder_works_as_well(tmp_path: Path) -> None:
    home = tmp_path / ("d" * 100)
    with Hold(home, throw_away=True):
        assert answers(home)
    assert not socket_folder(home).exists()


def test_programs_in_a_private_checkout_are_copied_to_where_all_may_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PROGRAMS_FOLDER", tmp_path / "programs")
    monkeypatch.setattr(postgres, "_open_to_all", lambda _: False)
    somebody_else = pwd.struct_passwd(("x", "x", os.geteuid() + 1, 1, "", "/", "/bin/sh"))
    programs = postgres.binaries(somebody_else)
    assert tmp_path in programs.parents
    assert stat.S_IMODE((programs / "postgres").stat().st_mode) == 0o755
    for name in ("postgres", "initdb"):
        shown = subprocess.run([programs / name, "--version"], capture_output=True, check=True)
        assert b"PostgreSQL) 18" in shown.stdout
    assert postgres.binaries(somebody_else) == programs


@pytest.mark.parametrize("spoil", ["version", "file"])
def test_what_cannot_run_is_one_line(tmp_path: Path, spoil: str) -> None:
    data = tmp_path / "database" / "data"
    if spoil == "version":
        data.mkdir(parents=True)
        (data / "PG_VERSION").write_text("14\n")
        complaint = "was made by PostgreSQL 14"
    else:
        data.parent.write_text("")
        complaint = "cannot write to"
    with pytest.raises(CannotStart, match=complaint) as caught:
        Hold(tmp_path)
    assert "\n" not in str(caught.value)
