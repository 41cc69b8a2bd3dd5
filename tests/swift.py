"""A real S3 server that checks keys: Debian's OpenStack Swift with its s3api.

Its packages are fetched by apt and unpacked into a folder, nothing is installed; four processes on
one device serve one account until the test run ends.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

PYTHON = "/usr/bin/python3"
PACKAGES = ("swift-proxy", "swift-account", "swift-container", "swift-object")
NEEDED = ("python3-", "liberasurecode", "swift")
UP_WITHIN_S = 60
RINGS = ("account", "container", "object")
# Where Swift looks for its configuration is fixed in it, and some of its modules read it at once.
LAUNCH = (
    "import sys, swift.common.utils as utils; utils.SWIFT_CONF_FILE = sys.argv[2];"
    "from swift.common.wsgi import run_wsgi; sys.argv = sys.argv[:2];"
    "sys.exit(run_wsgi(sys.argv[1], sys.argv[1].rpartition('/')[2][:-5]))"
)
PROXY_CONF = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
user = {user}
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = false
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_photos_keeper = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""
STORAGE_CONF = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
user = {user}
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


class CannotStart(Exception):
    """There is no such server on this machine; the text says why."""


@dataclass(frozen=True)
class S3:
    """Where it is, and who may use it."""

    endpoint: str
    key: str
    secret: str


@contextmanager
def running(folder: Path) -> Iterator[S3]:
    """The server, answering. Raises CannotStart."""
    root = _unpacked(folder / "packages")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
        "LD_LIBRARY_PATH": ":".join(str(path) for path in root.glob("usr/lib/*-linux-gnu")),
    }
    secret = secrets.token_hex(16)
    port = _configured(folder, root, environment, secret)
    with ExitStack() as stack:
        for kind in ("account", "container", "object", "proxy"):
            log = stack.enter_context((folder / f"{kind}.log").open("wb"))
            process = subprocess.Popen(
                [PYTHON, "-c", LAUNCH, f"{folder}/{kind}-server.conf", f"{folder}/swift.conf"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
        _wait(port, folder)
        yield S3(f"http://127.0.0.1:{port}", "photos:keeper", secret)


def _unpacked(folder: Path) -> Path:
    """Debian's packages, in a folder of their own."""
    for tool in ("apt-get", "dpkg", PYTHON):
        if not shutil.which(tool):
            raise CannotStart(f"no {tool}: this needs Debian")
    folder.mkdir(parents=True)
    told = _ran(
        ["apt-get", "-s", "install", "--no-install-recommends", *PACKAGES], folder
    ).splitlines()
    names = [line.split()[1] for line in told if line.startswith("Inst ")]
    _ran(["apt-get", "download", *(name for name in names if name.startswith(NEEDED))], folder)
    for package in folder.glob("*.deb"):
        _ran(["dpkg", "-x", str(package), str(folder / "root")], folder)
    return folder / "root"


def _configured(folder: Path, root: Path, environment: dict[str, str], secret: str) -> int:
    """Write configuration and rings; gives the port of the proxy."""
    user = _ran(["id", "-un"], folder).strip()
    (folder / "devices/d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = tests\nswift_hash_path_prefix = tests\n"
        "[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    ports = _free_ports(4)
    for kind, port in zip(RINGS, ports, strict=False):
        conf = STORAGE_CONF.format(kind=kind, port=port, folder=folder, user=user)
        (folder / f"{kind}-server.conf").write_text(conf)
        builder = str(folder / f"{kind}.builder")
        for arguments in (
            ["create", "4", "1", "0"],
            ["add", f"r1z1-127.0.0.1:{port}/d1", "1"],
            ["rebalance"],
        ):
            _ran(
                [PYTHON, str(root / "usr/bin/swift-ring-builder"), builder, *arguments],
                folder,
                environment,
            )
    conf = PROXY_CONF.format(port=ports[3], folder=folder, user=user, secret=secret)
    (folder / "proxy-server.conf").write_text(conf)
    return ports[3]


def _wait(port: int, folder: Path) -> None:
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline:
        link = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/")
            if link.getresponse().status < 500:
                return
        except (OSError, HTTPException):
            pass
        finally:
            link.close()
        time.sleep(0.2)
    logs = "\n".join(log.read_text()[-800:] for log in folder.glob("*.log"))
    raise CannotStart(f"Swift does not answer:\n{logs}")


def _ran(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    # swift-ring-builder warns with 1.
    if done.returncode > (1 if environment else 0):
        raise CannotStart(f"{' '.join(command[:3])}: {done.stderr[-500:] or done.stdout[-500:]}")
    return done.stdout


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        probes = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [probe.getsockname()[1] for probe in probes]


if __name__ == "__main__":
    with running(Path(sys.argv[1])) as s3:
        print(s3)
        input("Enter ends it.")
