"""Programs for Node.js that tests run, as their locks say."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(project: Path, folder: Path) -> Path:
    """A copy of a project in an empty folder, with what its lock names beside it.

    Skips where there is no Node.js, or no registry; in CI both have to be there.
    """
    shutil.copytree(project, folder, dirs_exist_ok=True)
    why = "no Node.js with npm on this machine: apt install nodejs npm"
    if shutil.which("npm") and shutil.which("node"):
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode == 0:
            return folder
        why = f"{project.name} cannot be installed: {done.stderr[-300:]}"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
