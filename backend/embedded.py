"""The embedded PostgreSQL: real binaries from a wheel, data in the data folder, no TCP port.

A small process of its own, the keeper, runs the server. Whoever needs the database holds a shared
lock on `users.lock`; the kernel drops it however a process ends. When the keeper can take that
lock alone nobody is left, and it stops the server. So nothing has to be cleaned up after kill -9,
and any number of processes share one server.

    users.lock    shared: everyone who uses the database; exclusive: the keeper while it stops
    keeper.lock   exclusive: the keeper, as long as it lives
    data/         the cluster and its socket, for its own user only
"""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from backend.children import undisturbed, undisturbed_no_more
from backend.database import address, cluster_folder
from backend.failures import CannotStart
from backend.home import PROJECT, make_private

READY_WITHIN_S = 300
STOPPED_WITHIN_S = 40
LOG_LIMIT_BYTES = 4 * 1024 * 1024


def open_lock(folder: Path, name: str) -> int:
    return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock (fcntl.LOCK_SH or LOCK_EX) if that is possible at once."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def answers(home: Path) -> bool:
    """Whether the database of a data folder takes connections."""
    try:
        psycopg.connect(address(home), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


class Hold:
    """Keeps the embedded database of a data folder up until `release`, or until the process ends.

    `throw_away` is for tests: quicker, not safe against a power cut, and deleted when it stops.
    Raises CannotStart.
    """

    def __init__(self, home: Path, *, throw_away: bool = False) -> None:
        self.home = home
        self.folder = cluster_folder(home)
        self.throw_away = throw_away
        self._keepers: list[subprocess.Popen[bytes]] = []
        try:
            make_private(home)
            make_private(self.folder)
            self._users = open_lock(self.folder, "users.lock")
        except OSError as error:
            raise CannotStart(
                f"cannot write to {self.folder}: {error.strerror}; "
                "set JEMPUT_HOME to a folder you may write to"
            ) from error
        try:
            self._wait_for_a_stop_in_progress()
            self.ensure()
        except BaseException:
            self.release()
            raise

    def ensure(self) -> None:
        """Start the database if it is not up, and wait until it answers."""
        deadline = time.monotonic() + READY_WITHIN_S
        self._keepers = [keeper for keeper in self._keepers if keeper.poll() is None]
        while not answers(self.home):
            if any(keeper.poll() for keeper in self._keepers):
                raise CannotStart(self._reason())
            starting = any(keeper.poll() is None for keeper in self._keepers)
            if not starting and not self.is_kept():
                self._start_keeper()
            if time.monotonic() > deadline:
                raise CannotStart(f"the database does not answer; see {self._log()}")
            time.sleep(0.05)

    def is_kept(self) -> bool:
        """Whether a keeper looks after the server, which then comes back by itself."""
        return not self._free("keeper.lock", fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go; the last one to do so waits until the server has stopped."""
        os.close(self._users)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while self.is_kept() and not self._others() and time.monotonic() < deadline:
            time.sleep(0.05)
        for keeper in self._keepers:
            if keeper.poll() is None:
                # It serves others, and may do so for longer than this process lives.
                keeper.returncode = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _wait_for_a_stop_in_progress(self) -> None:
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while not try_lock(self._users, fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                raise CannotStart(f"the database does not stop; see {self._log()}")
            time.sleep(0.05)

    def _others(self) -> bool:
        """Whether somebody else uses the database, as opposed to nobody or a stopping keeper."""
        alone = self._free("users.lock", fcntl.LOCK_EX)
        return not alone and self._free("users.lock", fcntl.LOCK_SH)

    def _free(self, name: str, kind: int) -> bool:
        """Whether a lock could be taken; so it is when its throw-away folder is gone."""
        try:
            descriptor = os.open(self.folder / name, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            return try_lock(descriptor, kind)
        finally:
            os.close(descriptor)

    def _start_keeper(self) -> None:
        command = [sys.executable, "-m", "backend.keeper", str(self.home)]
        if self.throw_away:
            command.append("--throw-away")
        self._failure().unlink(missing_ok=True)
        log_path = self._log()
        if log_path.exists() and log_path.stat().st_size > LOG_LIMIT_BYTES:
            log_path.rename(self.folder / "log.1")
        with log_path.open("ab") as log, undisturbed():
            self._keepers.append(
                subprocess.Popen(
                    command,
                    cwd=PROJECT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C in the terminal must not reach a server that others may be using.
                    start_new_session=True,
                    preexec_fn=undisturbed_no_more,  # noqa: PLW1509 - no threads yet
                )
            )

    def _reason(self) -> str:
        try:
            return self._failure().read_text()
        except OSError:
            return f"the database cannot start; see {self._log()}"

    def _log(self) -> Path:
        return self.folder / "log"

    def _failure(self) -> Path:
        return self.folder / "failure"
