"""The environment is built for real, from a lock with one small package made on the spot."""

import ast
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
# The Python outside our environment: the one that has pip.
OUTER = getattr(sys, "_base_executable", sys.executable)


class Checkout:
    """A copy of the bootstrap with a lock of its own and no package index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        (folder / "backend").mkdir()
        (folder / "requirements").mkdir()
        (folder / "wheels").mkdir()
        for name in ("__init__.py", "environment.py"):
            shutil.copy(PROJECT / "backend" / name, folder / "backend" / name)
        (folder / "backend" / "__main__.py").write_text(
            "from backend.environment import ensure\n"
            "ensure('server', 'backend')\n"
            "import sys, tiny\n"
            "print(tiny.VERSION, *sys.argv[1:])\n"
        )
        for level in ("server", "local", "tests"):
            self.lock(level, self.wheel("1.0"))

    def wheel(self, version: str) -> str:
        """Build version `version` of the package; its line for a lock."""
        path = self.folder / "wheels" / f"tiny-{version}-py3-none-any.whl"
        info = f"tiny-{version}.dist-info"
        files = {
            "tiny.py": f"VERSION = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = [f"{name},{_record_digest(text)}" for name, text in files.items()]
        files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"tiny=={version} \\\n    --hash=sha256:{digest}\n"

    def lock(self, level: str, text: str) -> None:
        (self.folder / "requirements" / f"{level}.txt").write_text(text)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        environment = os.environ | {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder / "wheels"),
            "PIP_CONFIG_FILE": os.devnull,
        }
        environment.pop("PIP_EXTRA_INDEX_URL", None)
        return subprocess.Popen(
            [OUTER, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def build(self, level: str) -> tuple[int, str, str]:
        return self.run("backend/environment.py", level)


def _record_digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')},{len(text)}"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_start_installs_and_the_second_goes_straight_on(checkout: Checkout) -> None:
    status, out, err = checkout.run("-m", "backend", "some", "--words")
    assert (status, out) == (0, "1.0 some --words\n"), err
    assert "100 %" in err
    assert checkout.run("-m", "backend", "again") == (0, "1.0 again\n", "")


def test_a_larger_level_serves_a_smaller_one_until_a_lock_changes(checkout: Checkout) -> None:
    assert checkout.build("local")[0] == 0
    assert checkout.build("server") == (0, "", "")
    assert "Installed" in checkout.build("tests")[2]
    assert checkout.build("local") == (0, "", "")
    checkout.lock("tests", checkout.wheel("2.0"))
    assert "Installed" in checkout.build("tests")[2]
    assert checkout.run("-m", "backend")[1] == "2.0\n"


def test_an_interrupted_installation_starts_over(checkout: Checkout) -> None:
    process = checkout.start("backend/environment.py", "server")
    deadline = time.monotonic() + 120
    while not (checkout.venv / "unfinished").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (checkout.venv / "installed").exists()
    shutil.rmtree(checkout.venv / "bin")
    status, out, err = checkout.run("-m", "backend")
    assert (status, out) == (0, "1.0\n"), err
    assert not (checkout.venv / "unfinished").exists()


def test_two_starts_at_once_install_once(checkout: Checkout) -> None:
    started = [checkout.start("-m", "backend") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert sum("Installed in" in err for _, err in said) == 1


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        ("hash", "a package differs from the locked list"),
        ("missing", "No matching distribution found for tiny==1.0"),
        ("file", "Cannot build the environment: File exists"),
    ],
)
def test_what_goes_wrong_is_one_line(checkout: Checkout, spoil: str, complaint: str) -> None:
    if spoil == "hash":
        checkout.lock("server", f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    elif spoil == "missing":
        shutil.rmtree(checkout.folder / "wheels")
    else:
        checkout.venv.write_text("")
    status, out, err = checkout.build("server")
    last = err.strip().splitlines()[-1]
    assert status == 1
    assert not out
    assert complaint in last
    assert "Traceback" not in err


def test_without_pip_it_says_how_to_get_it(checkout: Checkout) -> None:
    status, _, err = checkout.run("-S", "backend/environment.py", "server")
    assert status == 1
    assert err.startswith("pip is missing")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "path", ["backend/__init__.py", "backend/__main__.py", "tests/__main__.py"]
)
def test_old_pythons_can_read_what_comes_before_the_refusal(path: str) -> None:
    ast.parse((PROJECT / path).read_text(), feature_version=(3, 6))
