"""Runs the web server and the worker as children, and keeps them running."""

import contextlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings

from backend.children import die_with_parent, undisturbed
from backend.embedded import Hold
from backend.failures import CannotStart
from backend.home import PROJECT
from backend.serving import LISTENER, STOP_WITHIN_S

# Tells a child that its parent has made sure of database and settings.
SUPERVISED = "JEMPUT_SUPERVISED"
POLL_S = 0.25
STEADY_AFTER_S = 60
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0

Tell = Callable[[str], None]


class Stopped(BaseException):
    """Somebody asked us to stop, by Ctrl-C or SIGTERM."""


@dataclass
class Asked:
    """Whether we were asked to stop, for when `Stopped` was raised where Python drops exceptions:
    in a destructor or a weak reference's callback."""

    to_stop: bool = False


asked = Asked()


def stop_on_signal(*signal_and_frame: object) -> NoReturn:
    del signal_and_frame
    asked.to_stop = True
    # A second signal while we stop would only leave things behind.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise Stopped


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that takes connections for the server even while that restarts.

    Raises CannotStart when the address cannot be had, and Stopped for whatever goes wrong inside
    once we were asked to stop.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {host}:{port}: {error.strerror}; "
            "stop what uses it, or choose another HOST or PORT"
        ) from error
    with listener:
        try:
            yield listener
        except Exception as error:
            # An import of C code (NumPy's) makes an error of its own of `Stopped`.
            if asked.to_stop:
                raise Stopped from error
            raise


@dataclass
class Child:
    """One of our commands as a process that is started again when it ends."""

    command: str
    listener: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S

    def start(self) -> None:
        handed = [self.listener.fileno()] if self.listener else []
        environment = {**os.environ, SUPERVISED: "1"}
        if self.listener:
            environment[LISTENER] = str(self.listener.fileno())
        self.started_at = time.monotonic()
        with undisturbed():
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend", self.command],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=handed,
                # Ctrl-C is for us; the children get their SIGTERM from `stop`.
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - there are no threads
            )

    def watch(self, tell: Tell) -> None:
        """Start the process again, later each time, if it has ended."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            if now - self.started_at > STEADY_AFTER_S:
                self.pause_s = FIRST_PAUSE_S
            tell(f"The {self.command} process ended ({self.process.returncode}); restarting it.")
            self.process = None
            self.start_again_at = now + self.pause_s
            self.pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
        if self.process is None and now >= self.start_again_at:
            self.start()


def supervise(
    listener: socket.socket, hold: Hold | None, announce: Callable[[], None], tell: Tell
) -> None:
    """Run server and worker until `Stopped`; announces them once the server answers."""
    if _is_exposed(listener) and not settings.PROXIES:
        tell(
            "Warning: other machines can reach this server directly; slow clients can stall it. "
            "Put a proxy that buffers requests in front, and set PROXIES."
        )
    children = [Child("serve", listener), Child("worker")]
    announced = False
    try:
        while not asked.to_stop:
            for child in children:
                child.watch(tell)
            if hold is not None and not hold.is_kept():
                tell("The database's process ended; starting it again.")
                hold.ensure()
            if not announced and _answers(listener):
                announce()
                announced = True
            time.sleep(POLL_S)
        raise Stopped
    finally:
        stop(children)


def _is_exposed(listener: socket.socket) -> bool:
    return not ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _answers(listener: socket.socket) -> bool:
    """Whether the server speaks HTTP yet, whatever it says."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked, not bound
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"GET /health/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def stop(children: list[Child]) -> None:
    """Ask the processes to end, and end those that do not within their time."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_WITHIN_S + 2
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            # Its own children notice that it is gone.
            process.kill()
            process.wait()
