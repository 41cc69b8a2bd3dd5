"""Builds the project's own Python environment from the locked list, with only Python and pip.

`ensure` leaves a `.venv` in the checkout that has at least what the level needs and goes on inside
it. A script as well: `python3 backend/environment.py server`. Only the standard library.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

LEVELS = ("server", "local", "tests")
OLDEST_PIP = (22, 3)
KEPT_LINES = 200

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / ".venv"
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / "installed"
UNFINISHED = FOLDER / "unfinished"
LOCK = FOLDER / "lock"

# pip has one such line for each requirement; its details are indented.
ONE_PACKAGE = ("Collecting ", "Processing ", "Ignoring ", "Requirement already satisfied")
# What pip says, and what to say instead of its many lines.
KNOWN_REASONS = (
    ("No space left on device", "the disk is full: free some space and start again"),
    ("DO NOT MATCH THE HASHES", "a package differs from the locked list: use another index"),
    ("Read-only file system", "the folder is read-only: copy the project elsewhere"),
    ("Permission denied", "no permission to write to .venv"),
    ("NewConnectionError", "the package index cannot be reached: check the network"),
    ("Temporary failure in name", "the package index cannot be reached: check the network"),
    ("Max retries exceeded", "the package index cannot be reached: check the network"),
    ("timed out", "the package index does not answer: check the network"),
)


class CannotInstall(Exception):
    """The environment cannot be built; the text is one line saying why and what to do."""


def ensure(level: str, module: str) -> None:
    """Go on inside an environment with this level's packages, as `python -m module` with our
    arguments; returns only in a process that already runs inside."""
    if os.name != "posix":
        sys.exit("Linux or macOS is needed; on Windows use the Windows Subsystem for Linux.")
    if Path(sys.prefix).resolve() == FOLDER.resolve():
        return
    try:
        build(level)
    except CannotInstall as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped. The next start begins the installation again.")
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", module, *sys.argv[1:]])  # noqa: S606 - our own Python


def build(level: str) -> None:
    """Have the packages of this level in `.venv`; quick when they are. Raises CannotInstall."""
    if is_installed(level):
        return
    try:
        FOLDER.mkdir(exist_ok=True)
        with LOCK.open("w") as lock:
            wait_for(lock)
            if not is_installed(level):
                install(level)
    except OSError as error:
        place = error.filename or FOLDER
        why = error.strerror or error
        raise CannotInstall(f"Cannot build the environment: {why}: {place}.") from error


def is_installed(level: str) -> bool:
    """Whether a finished installation has this level, or a larger one, as it is locked now."""
    try:
        found, digest, version = STAMP.read_text().split()
        large_enough = found in LEVELS[LEVELS.index(level) :]
        return large_enough and digest == lock_digest(found) and version == version_inside()
    except (OSError, ValueError):
        return False


def lock_path(level: str) -> Path:
    return PROJECT / "requirements" / f"{level}.txt"


def lock_digest(level: str) -> str:
    return hashlib.sha256(lock_path(level).read_bytes()).hexdigest()


def version_inside() -> str:
    """The version of the environment's Python, or "" when it does not run (any more)."""
    show = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        shown = subprocess.run(
            [str(PYTHON), "-I", "-S", "-c", show], check=False, capture_output=True
        )
    except OSError:
        return ""
    return shown.stdout.decode().strip()


def wait_for(lock: IO[str]) -> None:
    """Take the lock that keeps two starts from installing at once; it ends with the process."""
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another start is installing; waiting for it...")
        fcntl.flock(lock, fcntl.LOCK_EX)


def install(level: str) -> None:
    started_at = time.monotonic()
    check_pip()
    if UNFINISHED.exists() or not version_inside():
        make()
    UNFINISHED.touch()
    if STAMP.exists():
        STAMP.unlink()
    say(f"Installing the packages of requirements/{level}.txt into .venv, once...")
    run_pip(level)
    draft = FOLDER / "installed.new"
    draft.write_text(f"{level} {lock_digest(level)} {version_inside()}\n")
    draft.replace(STAMP)
    UNFINISHED.unlink()
    say(f"Installed in {time.monotonic() - started_at:.0f} s.")


def check_pip() -> None:
    if importlib.util.find_spec("pip") is None:
        raise CannotInstall(
            f"pip is missing for {sys.executable}: install it (Debian: apt install python3-pip; "
            f"elsewhere: {sys.executable} -m ensurepip --user)."
        )
    from importlib import metadata

    version = metadata.version("pip")
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST_PIP:
        raise CannotInstall(
            f"pip {version} is too old, {OLDEST_PIP[0]}.{OLDEST_PIP[1]} or newer is needed: "
            f"{sys.executable} -m pip install --user --upgrade pip"
        )


def make() -> None:
    """A new environment in place of whatever is there, but for the lock that others wait on."""
    import venv

    for path in FOLDER.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != LOCK:
            path.unlink()
    say("Making .venv with Python {}.{}.{}...".format(*sys.version_info[:3]))
    venv.EnvBuilder(with_pip=False, symlinks=True).create(FOLDER)


def run_pip(level: str) -> None:
    """Install with this Python's pip into the other Python, telling how far it is."""
    command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "--disable-pip-version-check"]
    command += ["install", "--no-input", "--progress-bar", "off", "--no-warn-script-location"]
    command += ["--root-user-action", "ignore", "--only-binary", ":all:"]
    command += ["--require-hashes", "-r", str(lock_path(level))]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as pip:
        assert pip.stdout is not None
        said = report(pip.stdout, package_count(level))
    if pip.returncode != 0:
        raise CannotInstall(f"Cannot install: {reason(said)}.")


def package_count(level: str) -> int:
    return len(re.findall(r"^\S+==", lock_path(level).read_text(encoding="utf-8"), re.MULTILINE))


def report(lines: IO[bytes], total: int) -> list[str]:
    """Tell pip's progress in steps of ten percent; gives its last lines."""
    seen, told = 0, 0
    said: list[str] = []
    for raw in lines:
        line = raw.decode(errors="replace").rstrip()
        said = [*said[-KEPT_LINES:], line]
        if line.startswith(ONE_PACKAGE):
            seen += 1
            percent = min(100, 100 * seen // max(total, 1)) // 10 * 10
            if percent > told:
                told = percent
                say(f"  {percent:3d} % of {total} packages fetched")
        elif line.startswith("Installing collected packages"):
            say("  unpacking them...")
    return said


def reason(said: list[str]) -> str:
    text = "\n".join(said)
    for sign, meaning in KNOWN_REASONS:
        if sign in text:
            return meaning
    errors = [line[len("ERROR: ") :] for line in said if line.startswith("ERROR: ")]
    return (errors or said[-1:] or ["pip gave no reason"])[-1].rstrip(".")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LEVELS:
        sys.exit("usage: python3 backend/environment.py " + "|".join(LEVELS))
    try:
        build(sys.argv[1])
    except CannotInstall as problem:
        sys.exit(str(problem))
