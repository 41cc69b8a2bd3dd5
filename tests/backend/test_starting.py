"""`python3 -m backend` as people run it: in processes of its own, on a data folder of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.database import cluster_folder
from backend.home import PROJECT
from backend.keys import new_keys

HOST_NAME = "jemput.example.id"
READY_WITHIN_S = 900
PATIENCE_S = 120
"""For what takes moments, on a machine that does much else."""
LOG_IN = {"username": "kader1", "password": "jemput-bola"}


class Machine:
    """A data folder, a port and the environment to start on them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.keys = new_keys()

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "JEMPUT_HOME": str(self.home), "PORT": str(self.port), **extra}

    def production(self) -> dict[str, str]:
        return {**self.keys, "ALLOWED_HOSTS": HOST_NAME}

    def demos_keys(self) -> dict[str, str]:
        """The keys that the demo's data was written with, as the environment wants them."""
        keys: dict[str, str] = json.loads((self.home / "keys.json").read_text())
        return keys

    def start(self, *arguments: str, **extra: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "backend", *arguments],
            cwd=PROJECT,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **extra: str) -> tuple[int, str]:
        with self.start(*arguments, **extra) as process:
            said, _ = process.communicate(timeout=PATIENCE_S)
        return process.returncode, said

    @contextlib.contextmanager
    def running(self, **extra: str) -> Iterator["subprocess.Popen[str]"]:
        """The whole system, ready; `process.said` has what it printed until then."""
        with self.start(**extra) as process:
            hurry = threading.Timer(READY_WITHIN_S, process.kill)
            hurry.start()
            try:
                assert process.stdout
                said = []
                for line in process.stdout:
                    said.append(line)
                    if "Ctrl-C" in line:
                        break
                hurry.cancel()
                process.said = "".join(said)  # type: ignore[attr-defined]
                assert "Ready:" in process.said, process.said  # type: ignore[attr-defined]
                yield process
            finally:
                hurry.cancel()
                process.terminate()
                process.communicate(timeout=PATIENCE_S)

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, headers and JSON of one request."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - http, to itself
                return answer.status, answer.headers, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, json.load(error)

    def processes(self) -> list[str]:
        """The command lines of everything that lives on this data folder (Linux)."""
        found = []
        mark = f"JEMPUT_HOME={self.home}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                ours = mark in (folder / "environ").read_bytes().split(b"\0")
                if ours or str((folder / "cwd").readlink()).startswith(str(self.home)):
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
        return found

    def is_gone(self) -> None:
        """Wait until nothing lives on this data folder."""
        deadline = time.monotonic() + PATIENCE_S
        while left := self.processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)

    def answers(self, status: int, path: str, body: Any = None) -> None:
        """Wait until it answers so."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self.ask(path, body)[0]) != status:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine whose demo is loaded."""
    machine = Machine(tmp_path_factory.mktemp("machine") / "home")
    with machine.running() as process:
        said = process.said  # type: ignore[attr-defined]
        assert "Loading the demo" in said
        for name in ("kader1", "kader2", "koordinator", "pengawas", "petugas", "admin"):
            assert name in said
        assert f"http://127.0.0.1:{machine.port}/" in said
        assert machine.ask("/api/v1/auth/token/", LOG_IN)[0] == 200
    assert process.returncode == 0
    return machine


def test_a_command_outlives_the_reader_of_what_it_tells(machine: Machine, tmp_path: Path) -> None:
    file, report = tmp_path / "list.csv", tmp_path / "report.json"
    file.write_text("kode,nama\n31,Jakarta\n31.71,Kota Jakarta Pusat\n", "utf-8")
    command = [sys.executable, "-m", "backend"]
    for arguments in (
        ["boundaries"],
        ["load_regions", str(file), "--system=kemendagri", f"--report={report}"],
    ):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*command, *arguments],
            cwd=PROJECT,
            env=machine.environment(),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, "")
    # A load that tells what it does is not broken off halfway.
    assert json.loads(report.read_text("utf-8"))["added"] == ["31", "31.71"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_kill_9_leaves_no_orphans_and_the_next_start_takes_seconds(machine: Machine) -> None:
    started_at = time.monotonic()
    with machine.running() as process:
        usual_s = time.monotonic() - started_at
        assert len(machine.processes()) > 5
        process.kill()
        process.wait()
        machine.is_gone()
    started_at = time.monotonic()
    with machine.running() as process:
        # Nothing is waited for until it is given up, which takes 30 s and more.
        assert time.monotonic() - started_at < 2 * usual_s + 20
        assert "Loading the demo" not in process.said  # type: ignore[attr-defined]


def test_what_happens_to_it_while_it_runs(machine: Machine) -> None:
    with machine.running(WORKERS="1", THREADS="1"):
        _a_second_start_on_the_same_port_says_so(machine)
        _a_body_that_stays_away_gives_its_thread_back(machine)
        if sys.platform == "linux":
            _it_outlives_its_database_and_says_so_meanwhile(machine)


def _a_second_start_on_the_same_port_says_so(machine: Machine) -> None:
    status, said = machine.run()
    assert status == 1
    assert said.startswith(f"backend: cannot listen on 127.0.0.1:{machine.port}: ")
    assert said.count("\n") == 1
    # Other commands share the running database.
    status, said = machine.run("migrate", "--check")
    assert (status, said) == (0, "")


def _a_body_that_stays_away_gives_its_thread_back(machine: Machine) -> None:
    head = (
        "POST /api/v1/auth/token/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", machine.port), timeout=PATIENCE_S) as slow:
        slow.sendall(head.encode() + b'{"a":')
        assert machine.ask("/health/")[0] == 200
        answer = slow.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"code": "incomplete"' in answer


def _it_outlives_its_database_and_says_so_meanwhile(machine: Machine) -> None:
    machine.answers(200, "/health/")
    pid_file = cluster_folder(machine.home) / "data" / "postmaster.pid"
    server = int(pid_file.read_text().split()[0])
    keeper = int(Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(keeper, signal.SIGSTOP)
    try:
        os.kill(server, signal.SIGKILL)
        status, headers, problem = machine.ask("/api/v1/auth/token/", LOG_IN)
        assert status == 503
        assert headers["Content-Type"] == "application/problem+json"
        assert int(headers["Retry-After"]) > 0
        assert problem["action"] == "retry"
        assert machine.ask("/health/")[0] == 503
    finally:
        os.kill(keeper, signal.SIGCONT)
    machine.answers(200, "/api/v1/auth/token/", LOG_IN)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("said", ["Data in", "Bringing the database", "Loading the demo"])
def test_it_stops_while_it_starts(tmp_path: Path, said: str) -> None:
    machine = Machine(tmp_path / "home")
    with machine.start() as process:
        assert process.stdout
        while said not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.2)
        process.terminate()
        rest, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, rest.splitlines()[-1]) == (0, "Stopped.")
    assert "Traceback" not in rest and "ignored" not in rest
    machine.is_gone()


def test_the_demos_users_are_refused_in_production(machine: Machine) -> None:
    secure = {"Host": HOST_NAME, "X-Forwarded-Proto": "https"}
    with machine.running(**{**machine.production(), **machine.demos_keys()}) as process:
        assert "backend.W001: The database holds 6 users" in process.said  # type: ignore[attr-defined]
        assert "jemput-bola" not in process.said  # type: ignore[attr-defined]
        status, headers, problem = machine.ask("/api/v1/auth/token/", LOG_IN, **secure)
        assert (status, problem["code"]) == (401, "credentials_invalid")
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "script-src" not in headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
        assert machine.ask("/metrics", **secure)[0] == 404


def test_check_deploy_is_clean_with_production_settings(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    status, said = machine.run("check", "--deploy", **machine.production())
    assert (status, said) == (0, "System check identified no issues (0 silenced).\n")


@pytest.mark.parametrize(
    ("unsafe", "complaints"),
    [
        (
            {"SECRET_KEY": "x", "TOKEN_KEY": "", "DATA_KEYS": "k1:eA==", "INDEX_KEYS": ""},
            ["SECRET_KEY is too weak", "TOKEN_KEY is missing", "DATA_KEYS: ", "INDEX_KEYS is m"],
        ),
        ({"ALLOWED_HOSTS": "*"}, ["ALLOWED_HOSTS must name the hosts"]),
        ({"PROXIES": "0", "PORT": "http"}, ["PORT must be", "PROXIES must be 1 or more"]),
        ({"CSRF_TRUSTED_ORIGINS": "http://x", "METRICS_TOKEN": "x"}, ["CSRF_TRUSTED", "METRICS"]),
    ],
)
def test_unsafe_settings_stop_the_start_one_line_each(
    tmp_path: Path, unsafe: dict[str, str], complaints: list[str]
) -> None:
    machine = Machine(tmp_path)
    status, said = machine.run(**{**machine.production(), **unsafe})
    assert status == 1
    lines = said.splitlines()
    assert len(lines) == len(complaints), said
    for line, complaint in zip(lines, complaints, strict=True):
        assert line.startswith(f"backend: {complaint}")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://a:geheim@127.0.0.1:1/b", "cannot use the database 127.0.0.1:1/b: "),
        ("mysql://a:geheim@b/c", "DATABASE_URL cannot be read"),
    ],
)
@pytest.mark.parametrize("command", [[], ["migrate"], ["worker"]])
def test_a_wrong_database_is_one_line(
    tmp_path: Path, url: str, complaint: str, command: list[str]
) -> None:
    machine = Machine(tmp_path)
    status, said = machine.run(*command, **machine.production(), DATABASE_URL=url)
    assert status == 1
    assert f"backend: {complaint}" in said.splitlines()[-1]
    assert "geheim" not in said
    assert "Traceback" not in said
