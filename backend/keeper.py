"""The process that runs the embedded PostgreSQL for as long as somebody uses it.

Started by backend.embedded as `python -m backend.keeper <data folder> [--throw-away]`. Exits with
1 and one line in `failure` when the server cannot run.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from backend import postgres
from backend.children import die_with_parent
from backend.database import NAME, ROLE, address, cluster_folder, socket_folder
from backend.embedded import open_lock, try_lock
from backend.failures import CannotStart

POLL_S = 0.1
RESTARTS = 6
STEADY_AFTER_S = 20
STOP_WITHIN_S = 30

SERVER_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "jit": "off",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Statements and error details carry people's data: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
THROW_AWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class Cluster:
    """The data directory of one data folder and the server process on it."""

    def __init__(self, home: Path, *, throw_away: bool) -> None:
        self.home = home
        self.folder = cluster_folder(home)
        self.data = self.folder / "data"
        self.throw_away = throw_away
        self.account = postgres.account()
        self.binaries = postgres.binaries(self.account)
        self.server: subprocess.Popen[bytes] | None = None
        self._database_exists = False

    def initialise(self) -> None:
        """Make the data directory, whole or not at all, unless it is there."""
        version = self.data / "PG_VERSION"
        if version.exists():
            if version.read_text().strip() != postgres.MAJOR:
                raise CannotStart(
                    f"{self.data} was made by PostgreSQL {version.read_text().strip()} and this is "
                    f"{postgres.MAJOR}: move the data with pg_dump, or use another JEMPUT_HOME"
                )
            return
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(draft, self.account.pw_uid, self.account.pw_gid)
        options = ["--username", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        if self.throw_away:
            options.append("--no-sync")
        made = self._run("initdb", draft, *options, stderr=subprocess.PIPE)
        _, complaint = made.communicate()
        if made.returncode:
            lines = complaint.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise CannotStart(f"cannot make a database in {self.data}: {lines[-1]}")
        draft.rename(self.data)

    def start(self) -> None:
        self._clear_stale_pid()
        settings = SERVER_SETTINGS | {"unix_socket_directories": self._socket_setting()}
        if self.throw_away:
            settings |= THROW_AWAY_SETTINGS
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        self.server = self._run("postgres", self.data, *options)

    def stop(self) -> None:
        if self.server is None:
            return
        for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.server.poll() is None:
                self.server.send_signal(sign)
                try:
                    self.server.wait(STOP_WITHIN_S)
                except subprocess.TimeoutExpired:
                    continue
        if socket_folder(self.home) != self.data:
            shutil.rmtree(socket_folder(self.home), ignore_errors=True)

    def make_database(self) -> None:
        """Make our database as soon as the server answers."""
        if self._database_exists:
            return
        url = address(self.home).replace(f"/{NAME}?", "/postgres?")
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=2) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if known.fetchone() is None:
                    connection.execute(f'CREATE DATABASE "{NAME}"')
            self._database_exists = True
        except psycopg.OperationalError:
            return

    def _run(
        self, program: str, data: Path, *options: str, stderr: int | None = None
    ) -> subprocess.Popen[bytes]:
        as_root = os.geteuid() == 0
        # As root the server runs under another user, who may not be able to walk to a folder
        # below a private one. Its working directory is the data, reached through /proc without
        # opening anybody's folders.
        place = "/proc/self/cwd" if as_root and sys.platform == "linux" else str(data)
        return subprocess.Popen(
            [str(self.binaries / program), "-D", place, *options],
            cwd=data,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            umask=0o077,
            user=self.account.pw_uid if as_root else None,
            group=self.account.pw_gid if as_root else None,
            extra_groups=[] if as_root else None,
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - there are no threads
        )

    def _socket_setting(self) -> str:
        folder = socket_folder(self.home)
        if folder == self.data:
            return "."
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid not in {os.geteuid(), self.account.pw_uid} or found.st_mode & 0o077:
            raise CannotStart(f"{folder} belongs to somebody else; use a shorter JEMPUT_HOME")
        if os.geteuid() == 0:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        return str(folder)

    def _clear_stale_pid(self) -> None:
        """Wait for a server that outlived its keeper; forget a number that is now another's."""
        path = self.data / "postmaster.pid"
        deadline = time.monotonic() + STOP_WITHIN_S
        while path.exists():
            words = path.read_text().split()
            pid = int(words[0]) if words and words[0].isdigit() else 0
            if not postgres.runs_on(pid, self.data):
                path.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise CannotStart(f"another PostgreSQL (process {pid}) runs on {self.data}")
            os.kill(pid, signal.SIGINT)
            time.sleep(0.2)


def keep(cluster: Cluster, users: int) -> None:
    """Run the server until nobody holds `users`; a server that dies is started again.

    Raises CannotStart when it keeps dying.
    """
    cluster.start()
    deaths, started_at = 0, time.monotonic()
    while not try_lock(users, fcntl.LOCK_EX):
        assert cluster.server is not None
        if cluster.server.poll() is not None:
            deaths = 1 if time.monotonic() - started_at > STEADY_AFTER_S else deaths + 1
            if deaths > RESTARTS:
                raise CannotStart(
                    f"the database does not stay up; its reasons are in {cluster.folder / 'log'}"
                )
            time.sleep(0.1 * 2**deaths)
            started_at = time.monotonic()
            cluster.start()
        cluster.make_database()
        time.sleep(POLL_S)


def _stop_on_signal(*signal_and_frame: object) -> None:
    del signal_and_frame
    raise SystemExit(0)


def main(home: Path, *, throw_away: bool) -> None:
    folder = cluster_folder(home)
    keeper = open_lock(folder, "keeper.lock")
    if not try_lock(keeper, fcntl.LOCK_EX):
        return
    signal.signal(signal.SIGTERM, _stop_on_signal)
    signal.signal(signal.SIGINT, _stop_on_signal)
    cluster = None
    try:
        cluster = Cluster(home, throw_away=throw_away)
        cluster.initialise()
        keep(cluster, open_lock(folder, "users.lock"))
    except CannotStart as error:
        (folder / "failure").write_text(str(error))
        raise SystemExit(1) from None
    finally:
        if cluster:
            cluster.stop()
    if throw_away:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), throw_away="--throw-away" in sys.argv[2:])
