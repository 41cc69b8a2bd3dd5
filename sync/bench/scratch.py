"""A throw-away database beside the configured one, with a server on it."""

import base64
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import psycopg
from django.db import connection

from outreach import bulk

START_TIMEOUT_S = 60
PROJECT = Path(__file__).resolve().parents[2]


class BenchError(Exception):
    """The benchmark cannot run; the text says why."""


@contextmanager
def scratch_database() -> Iterator[str]:
    """Create a database with the demo in it; gives its URL and drops it at the end."""
    name = f"bench_{secrets.token_hex(4)}"
    parameters = connection.get_connection_params()
    with psycopg.connect(**_plain(parameters), autocommit=True) as admin:
        try:
            admin.execute(f"CREATE DATABASE {name}")
        except psycopg.errors.InsufficientPrivilege as error:
            raise BenchError("The database role may not create a database.") from error
        try:
            yield _url(parameters | {"dbname": name})
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Have this process work on another database of the same server."""
    configured = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = urlsplit(url).path.lstrip("/")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = configured


@contextmanager
def server(url: str, workers: int) -> Iterator[tuple[int, int]]:
    """Serve a scratch database; gives the port and the server's process id."""
    with tempfile.TemporaryDirectory(prefix="jemput-bench-") as home:
        port = _free_port()
        environment = _environment(url, home) | {
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "WORKERS": str(workers),
        }
        for command in (["migrate", "-v0"], ["load_demo"]):
            _run(command, environment)
        process = subprocess.Popen(
            [sys.executable, "-m", "backend", "serve"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(process, port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def without_indexes(names: Collection[str]) -> list[str]:
    """Drop what would be kept up row by row of these tables of outreach; gives the statements that
    bring it back."""
    tables = [f"outreach_{name}" for name in names]
    found = bulk.run(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('p', 'u', 'f', 'x')"
        " OR confrelid::regclass::text = ANY(%s) AND contype = 'f'"
        " ORDER BY contype = 'f' DESC",
        [tables, tables],
    )
    for table, name, _ in found:
        bulk.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    plain = bulk.run(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)", [tables]
    )
    for name, _ in plain:
        bulk.run(f"DROP INDEX {name}")
    constraints = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {it}" for table, name, it in found]
    return [*(definition for _, definition in plain), *reversed(constraints)]


def cpu_of(pids: Iterable[int]) -> dict[int, float]:
    """Process id → CPU seconds used so far, dead children included; without those unknown."""
    tick = os.sysconf("SC_CLK_TCK")
    told = {pid: _stat(pid) for pid in pids}
    return {
        pid: sum(int(field) for field in fields[11:15]) / tick
        for pid, fields in told.items()
        if fields
    }


def cpu_since(before: dict[int, float], pids: Iterable[int]) -> float | None:
    """CPU seconds that these processes have used since; None where the system does not tell."""
    after = cpu_of(pids)
    return sum(used - before.get(pid, 0.0) for pid, used in after.items()) if after else None


def parents_of(pids: Iterable[int]) -> list[int]:
    """The processes that started these; without those unknown."""
    return [int(fields[1]) for fields in map(_stat, pids) if fields]


def descendants(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        found += [int(child) for child in children]
    return found


def database_pids(url: str) -> list[int]:
    """The server processes of everybody connected to this database but us."""
    with psycopg.connect(url) as link:
        rows = link.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchall()
    return [pid for (pid,) in rows]


def _stat(pid: int) -> list[str]:
    """What the system tells of a process, from its state on; nothing of one unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port", "sslmode")
        if parameters.get(name)
    }


def _url(parameters: dict[str, Any]) -> str:
    plain = _plain(parameters)
    name = plain.pop("dbname")
    return f"postgresql:///{quote(name)}?{urlencode(plain)}"


def _environment(url: str, home: str) -> dict[str, str]:
    def ring() -> str:
        return f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DATABASE_URL": url,
        "DEMO": "1",
        "JEMPUT_HOME": home,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TOKEN_KEY": secrets.token_urlsafe(50),
        "DATA_KEYS": ring(),
        "INDEX_KEYS": ring(),
    }


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backend", *command],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{command[0]} failed: {done.stderr.strip()[-400:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            link = HTTPConnection("127.0.0.1", port, timeout=5)
            link.request("GET", "/api/v1/sync/limits/")
            link.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise BenchError("The server did not start.")
