"""A PostgreSQL that can be crashed: `python -m tests.hostile.crashing <data folder> [--unsafe]`.

A process of its own, so that nothing is left behind when the runner is killed: it stops the server
when its standard input ends. Each line on standard input crashes the server (an immediate stop, as
`pg_ctl -m immediate` does it) and starts it again; it answers "up" each time the server answers.
`--unsafe` is quicker and only safe against that, not against a power cut.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from backend.database import NAME, address, cluster_folder
from backend.embedded import answers
from backend.home import PROJECT, make_private
from backend.keeper import Cluster

UP_WITHIN_S = 240


def main(home: Path, *, is_unsafe: bool) -> None:
    """Run the server of a data folder until standard input ends."""
    make_private(home)
    make_private(cluster_folder(home))
    cluster = Cluster(home, throw_away=is_unsafe)
    cluster.initialise()
    try:
        _start(cluster)
        for _ in sys.stdin:
            assert cluster.server is not None
            cluster.server.send_signal(signal.SIGQUIT)
            cluster.server.wait()
            _start(cluster)
    finally:
        cluster.stop()


def _start(cluster: Cluster) -> None:
    cluster.start()
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline:
        cluster.make_database()
        if answers(cluster.home):
            print("up", flush=True)
            return
        time.sleep(0.02)
    raise SystemExit("the database does not come up")


class Database:
    """Such a server, from the outside, with a prepared database to make copies of."""

    def __init__(self, home: Path, *, is_unsafe: bool = False) -> None:
        self.home = home
        self._url = address(home)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.crashing", str(home)] + ["--unsafe"] * is_unsafe,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._wait()
        self.command(self._url, "migrate", "-v0")
        self.command(self._url, "load_demo")

    def environment(self, url: str) -> dict[str, str]:
        """What the project's commands need to know to work on one of the databases."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        here = {"JEMPUT_HOME": str(self.home), "DATABASE_URL": url, "DEMO": "1"}
        return kept | here | {"LOG_LEVEL": "ERROR"}

    def copy(self) -> str:
        """The URL of a new database with the schema and the demo."""
        name = f"copy_{secrets.token_hex(4)}"
        elsewhere = self._url.replace(f"/{NAME}?", "/postgres?")
        with psycopg.connect(elsewhere, autocommit=True) as link:
            # The other strategy leaves sequences that go back when the server crashes before the
            # next checkpoint: it copies how many numbers they need not log.
            link.execute(f"CREATE DATABASE {name} TEMPLATE {NAME} STRATEGY file_copy")
        return self._url.replace(f"/{NAME}?", f"/{name}?")

    def command(self, url: str, *arguments: str) -> None:
        """Run one of the project's commands on one of the databases."""
        subprocess.run(
            [sys.executable, "-m", "backend", *arguments],
            cwd=PROJECT,
            env=self.environment(url),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def crash(self) -> None:
        """Stop the server in the middle of whatever it does, and start it again."""
        assert self._process.stdin is not None
        self._process.stdin.write("crash\n")
        self._process.stdin.flush()
        self._wait()

    def _wait(self) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "up\n":
            raise RuntimeError("the database of the campaign does not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_unsafe="--unsafe" in sys.argv[2:])
