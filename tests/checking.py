"""Every check and test, each with its time: what `python3 -m tests [pytest arguments]` runs.

All steps run even when one fails; the exit status is 1 if any did.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Its script in .venv/bin names a path that breaks when the checkout moves.
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
# A worker for each processor, with a database of its own; a file's tests stay together.
SIDE_BY_SIDE = ["-n", "logical", "--dist", "loadfile", "--no-loadscope-reorder"]
PYTHON_FOLDERS = ["backend", "outreach", "sync", "fixtures", "tests"]


@dataclass
class Step:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    def succeeds(self) -> bool:
        print(f"\n-- {self.name}", flush=True)
        started_at = time.monotonic()
        status = subprocess.run(
            self.command, check=False, cwd=PROJECT, env=os.environ | self.environment
        ).returncode
        verdict = "ok" if status == 0 else f"FAILED ({status})"
        print(f"-- {self.name}: {verdict} in {time.monotonic() - started_at:.1f} s", flush=True)
        return status == 0


def steps(home: str, pytest_arguments: list[str]) -> list[Step]:
    """Every check in the order of its cost; `home` is a scratch data folder."""
    python = [sys.executable, "-m"]
    # Checks read the settings; they must not touch the data of whoever runs them.
    apart = {"JEMPUT_HOME": home, "DEMO": "1", "DATABASE_URL": ""}
    quiet = [sys.executable, "-W", "ignore::RuntimeWarning", "-m", "django"]
    migrations = [*quiet, "makemigrations", "--check", "--dry-run"]
    return [
        *_browser_step(),
        Step("ruff format", [*python, "ruff", "format", "--check", "--quiet", "."]),
        Step("ruff check", [*python, "ruff", "check", "--quiet", "."]),
        Step("imports", [sys.executable, "-c", LINT_IMPORTS, "--no-cache"]),
        Step("migrations", migrations, {**apart, "DJANGO_SETTINGS_MODULE": "backend.settings"}),
        Step("mypy", [*python, "mypy", *PYTHON_FOLDERS], apart),
        Step("pytest", [*python, "pytest", *SIDE_BY_SIDE, *pytest_arguments]),
    ]


def _browser_step() -> list[Step]:
    """In CI, a browser for the tests that need one."""
    if not os.environ.get("CI") or os.geteuid() != 0 or shutil.which("chromium"):
        return []
    tests = (path.read_text() for path in PROJECT.glob("tests/**/test_*.py"))
    if not any(re.search(r"mark\.browser", text) for text in tests):
        return []
    install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"
    return [Step("Chromium", ["sh", "-c", install], {"DEBIAN_FRONTEND": "noninteractive"})]


def main() -> None:
    started_at = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jemput-bola-checks-") as home:
        verdicts = {step.name: step.succeeds() for step in steps(home, sys.argv[1:])}
    failed = [name for name, succeeded in verdicts.items() if not succeeded]
    took = f"in {time.monotonic() - started_at:.0f} s"
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'All good'} {took}", flush=True)
    sys.exit(1 if failed else 0)
