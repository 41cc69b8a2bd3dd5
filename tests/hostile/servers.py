"""Real server processes on a database of their own, started as the project starts them."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg

from backend.home import PROJECT
from tests.hostile.crashing import Database
from tests.hostile.planting import PLANT, plant_in_database

UP_WITHIN_S = 240
WORKERS = 2
POLL_S = 0.001
WRITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'jemput-bola'"
    " AND backend_xid IS NOT NULL AND datname = current_database()"
)


@dataclass
class Server:
    """One gunicorn with its workers, on a port of its own."""

    port: int
    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; `wait` tells when it answers."""
        module = "tests.hostile.planted" if PLANT in self.environment else "backend"
        with (self.home / f"server-{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, "serve"],
                cwd=PROJECT,
                env=self.environment | {"PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it answers requests, whatever it says."""
        assert self.process is not None
        deadline = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < deadline and self.process.poll() is None:
            link = HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                link.request("GET", "/api/v1/sync/limits/")
                link.getresponse().read()
            except (OSError, HTTPException):
                time.sleep(0.1)
            else:
                return
            finally:
                link.close()
        raise RuntimeError(f"the server does not start; see {self.home}")

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        assert self.process is not None
        pid = self.process.pid
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            return [int(child) for child in children.split()]
        told = subprocess.run(["pgrep", "-P", str(pid)], check=False, capture_output=True)
        return [int(child) for child in told.stdout.split()]

    def kill(self) -> None:
        """SIGKILL to all of its processes at once; it stays down until it is started again."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(frozen=True)
class Site:
    """A database with the demo in it and servers on it."""

    database: Database
    url: str
    servers: list[Server]

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def link(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to the database that shares nothing with the servers."""
        return psycopg.connect(self.url, autocommit=True)

    def command(self, *arguments: str) -> None:
        """Run one of the project's commands on the site's database."""
        self.database.command(self.url, *arguments)

    def writing(self) -> bool:
        """Whether a server has a transaction open that wrote something."""
        with self.link() as link:
            return _writing(link)

    def kill_in_transaction(self, rng: random.Random, *, within_s: float = 2.0) -> str:
        """SIGKILL a worker, or a whole server, while a transaction is open.

        Tells what was hit: "worker" or "server", or "" where no transaction came in time.
        """
        server = rng.choice(self.servers)
        deadline = time.monotonic() + within_s
        with self.link() as link:
            while not _writing(link):
                if time.monotonic() > deadline:
                    return ""
                time.sleep(POLL_S)
            if rng.random() < 0.75 and (workers := server.workers()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rng.choice(workers), signal.SIGKILL)
                return "worker"
            server.kill()
        server.start()
        server.wait()
        return "server"


def _writing(link: "psycopg.Connection[tuple[Any, ...]]") -> bool:
    return link.execute(WRITING).fetchone() != (0,)


@contextlib.contextmanager
def site(database: Database, *, servers: int = 2, plant: str | None = None) -> Iterator[Site]:
    """A copy of the prepared database and servers on it, ready; `plant` names a bug to plant."""
    url = database.copy()
    environment = database.environment(url) | {"WORKERS": str(WORKERS)}
    if plant:
        environment[PLANT] = plant
        plant_in_database(plant, url)
    ports = _free_ports(servers)
    started = Site(database, url, [Server(port, database.home, environment) for port in ports])
    try:
        for server in started.servers:
            server.start()
        for server in started.servers:
            server.wait()
        yield started
    finally:
        for server in started.servers:
            server.stop()


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [probe.getsockname()[1] for probe in probes]
